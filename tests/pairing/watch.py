"""Runs what a change touches, as soon as it is saved: `tox -e watch`.

watchfiles says what was saved, pytest runs it. A new Python would spend most of its time on
importing pytest and pydantic, so a server imports them once (`warm.py`), and each run is a fork
of it that reads pager, the tests and the features as they are by then.
"""

import multiprocessing
import os
import signal
import sys
import traceback
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from pairing.touched import ROOT, Touched, is_of_the_specification

FOLDERS = ("features", "pager", "tests")
OPTIONS = ("--quiet", "--no-header", "--tb=short", "--failed-first", "--maxfail=3")
TESTS = ("tests/acceptance", "tests/unit")  # the specification answers first
HOLDS = {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}
FAILS = {pytest.ExitCode.TESTS_FAILED}


def main() -> None:
    """Run everything, and then what each save touches, until Ctrl-C."""
    # Started in the background by a script, it would ignore Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    forks = multiprocessing.get_context("forkserver")
    forks.set_forkserver_preload(["pairing.warm"])
    changed: set[Path] = set()
    with suppress(KeyboardInterrupt):
        for saved in saves():
            # What does not hold is run again with every later save, until it does.
            changed |= saved
            run = forks.Process(target=run_touched, args=(changed,))
            run.start()
            run.join()
            if run.exitcode in HOLDS:
                changed.clear()
            elif run.exitcode not in FAILS:
                say("BROKEN: not every test could be run.")
            say("Waiting for a save; Ctrl-C ends this.")
    say("")


def saves() -> Iterator[set[Path]]:
    """Every file, to begin with; then the files of each save."""
    # Imported here: the forks import this module too, and have no use for it.
    from watchfiles import Change, DefaultFilter, watch  # noqa: PLC0415

    folders = [ROOT / folder for folder in FOLDERS]
    by_default = DefaultFilter()

    def is_source(change: Change, path: str) -> bool:
        is_one = path.endswith(".py") or is_of_the_specification(Path(path))
        return is_one and by_default(change, path)

    events = watch(
        *folders,
        watch_filter=is_source,
        debounce=100,
        step=20,
        rust_timeout=100,
        yield_on_timeout=True,
    )
    next(events)  # from here on no save is missed
    yield {path for folder in folders for path in folder.rglob("*.*")}
    for changes in events:
        if saved := {Path(path) for _, path in changes}:
            say(f"\n{', '.join(sorted(str(path.relative_to(ROOT)) for path in saved))}")
            yield saved


def run_touched(changed: Iterable[Path]) -> None:
    """Run pytest, in a process of its own, on what `changed` touches."""
    # A file that is saved twice in one second, at one size, looks the same to the cache.
    sys.dont_write_bytecode = True
    sys.pycache_prefix = os.devnull
    try:
        code = pytest.main([*OPTIONS, *TESTS], plugins=[Touched(changed)])
    except Exception:  # noqa: BLE001 - such as a SyntaxError of what the steps import
        # Python would end with 1, which means to us that tests have failed.
        traceback.print_exc()
        code = pytest.ExitCode.INTERNAL_ERROR
    sys.exit(code)


def say(text: str) -> None:
    """On the screen, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
