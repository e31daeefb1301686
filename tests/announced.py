"""Programs that say in their output where they listen."""

import re
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from typing import IO

START_TIMEOUT = 60.0  # seconds


@contextmanager
def announced(
    command: Sequence[str], url: str, environment: Mapping[str, str] | None = None
) -> Iterator[str]:
    """Run a program, and give where it listens: what the first group of `url` finds in a line.

    Raises RuntimeError with what it has printed if it ends before.
    """
    found: Future[str] = Future()
    with (
        subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as program,
        ExitStack() as stop,
    ):
        assert program.stdout is not None
        reader = threading.Thread(target=_follow, args=(program.stdout, url, found))
        reader.start()
        stop.callback(reader.join)
        stop.callback(program.kill)
        yield found.result(START_TIMEOUT)


def _follow(output: IO[str], url: str, found: Future[str]) -> None:
    """Find the URL; read on to the end, so that the pipe never fills up."""
    lines = []
    for line in output:
        lines.append(line)
        if match := re.search(url, line):
            found.set_result(match[1])
    if not found.done():
        found.set_exception(RuntimeError("It did not start:\n" + "".join(lines)))
