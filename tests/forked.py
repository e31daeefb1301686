"""`pager` in a process of its own that need not import anything first.

It is forked from a server that has imported Pager once: importing takes up to a second and more of
a processor, which is most of what a test takes that starts a Pager.
"""

import multiprocessing
import os
import sys
from collections.abc import Mapping
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TextIO

_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(
    [
        *("pager.cli", "pager.commands.serving", "pager.adapters.web.app"),
        *("httpcore2", "pydantic.v1", "uvloop"),  # a server imports them when it starts
        *("pager.commands.verifying", "pytest_bdd.plugin"),
    ]
)


def start(
    directory: Path, environment: Mapping[str, str], *arguments: str
) -> tuple[BaseProcess, TextIO]:
    """Start `pager` with these arguments there; gives the process, and what it prints."""
    ours, theirs = _forks.Pipe(duplex=False)
    process = _forks.Process(target=_pager, args=(directory, dict(environment), arguments, theirs))
    process.start()
    theirs.close()
    output = os.fdopen(os.dup(ours.fileno()), encoding="utf-8")
    ours.close()
    return process, output


def run(directory: Path, environment: Mapping[str, str], *arguments: str) -> tuple[int, str]:
    """Run it to its end: its exit status, and what it printed."""
    process, output = start(directory, environment, *arguments)
    with output:
        printed = output.read()
    process.join()
    assert process.exitcode is not None
    return process.exitcode, printed


def _pager(
    directory: Path,
    environment: Mapping[str, str],
    arguments: tuple[str, ...],
    output: "Connection[None, None]",
) -> None:
    """Become the program that a shell would start."""
    from pager.cli import main  # noqa: PLC0415 - not in the process of the tests

    for stream in (1, 2):
        os.dup2(output.fileno(), stream)
    output.close()
    sys.stdout, sys.stderr = (os.fdopen(stream, "w", 1, "utf-8") for stream in (1, 2))
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(directory)
    main(arguments, prog_name="pager")
