"""`pager serve` in a process of its own that need not import anything first.

It is forked from a server that has imported Pager once: importing takes a second and more of a
processor, which is most of what a test takes that starts a Pager.
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
        *("httpcore2", "pydantic.v1", "uvloop"),
    ]
)
"""The last three are imported by a server when it starts."""


def serve(directory: Path, environment: Mapping[str, str]) -> tuple[BaseProcess, TextIO]:
    """Start it in that directory; gives the process, and what it prints."""
    ours, theirs = _forks.Pipe(duplex=False)
    process = _forks.Process(target=_serve, args=(directory, dict(environment), theirs))
    process.start()
    theirs.close()
    output = os.fdopen(os.dup(ours.fileno()), encoding="utf-8")
    ours.close()
    return process, output


def _serve(
    directory: Path, environment: Mapping[str, str], output: "Connection[None, None]"
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
    main(["serve"], prog_name="pager")
