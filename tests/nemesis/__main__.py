"""`tox -e nemesis -- --minutes 30 --seed 7`: the storm for as long as one likes."""

import argparse
import random
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from nemesis.run import run


def main() -> int:
    """Run it and print the report; the exit status is 1 where something was violated."""
    options = argparse.ArgumentParser(prog="tox -e nemesis --", description=run.__doc__)
    options.add_argument("--minutes", type=float, default=1, help="how long it storms [1]")
    options.add_argument("--seed", type=int, help="of what happens when [another each time]")
    arguments = options.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Stopped."))  # and leave no process behind
    seed: int = random.randrange(10**6) if arguments.seed is None else arguments.seed
    say(f"Seed {seed}. It storms for {arguments.minutes:g} minutes, then runs dry and is judged.")
    directory = Path(tempfile.mkdtemp(prefix="pager-nemesis-"))
    result = run(seed, arguments.minutes * 60, directory, say)
    say(result.report)
    if result.violations:
        say(f"{len(result.violations)} violations. Logs and data are kept in {directory}.")
        return 1
    shutil.rmtree(directory)
    say("No page lost, none doubled without a reason, every answer as decide has it.")
    return 0


def say(text: str) -> None:
    """On the screen, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
