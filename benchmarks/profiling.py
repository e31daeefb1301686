"""Where the time of a storm goes, by py-spy: samples of the threads that run Python.

Only those that hold the interpreter's lock count. It cannot tell a thread that waits from one that
is in C code without the lock, such as a commit.
"""

import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.machine import BenchmarkError, say
from benchmarks.storm import Storm, run_storm
from benchmarks.systems import Pager, Running

INSTALL = "pip install py-spy"
RATE = 200
"""Samples a second."""
MOST_FUNCTIONS = 25
LEAST_PART = 0.005
Profile = list[tuple[float, str]]


def program() -> str | None:
    """Where py-spy is."""
    beside = Path(sys.executable).with_name("py-spy")
    return str(beside) if beside.exists() else shutil.which("py-spy")


def profile(storm: Storm) -> tuple[Profile, Profile]:
    """The parts of Pager's modules, and of functions, the largest first."""
    spy = program()
    if spy is None:
        raise BenchmarkError(f"py-spy is not installed: {INSTALL}")
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as folder:
        raw = Path(folder) / "raw"

        @contextmanager
        def watch(server: Running) -> Iterator[None]:
            options = ("--rate", str(RATE), "--format", "raw", "--output", str(raw))
            command = [
                spy,
                "record",
                "--subprocesses",
                "--gil",
                *options,
                "--pid",
                str(server.pids[0]),
            ]
            process = subprocess.Popen(  # noqa: S603
                command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            try:
                yield
            finally:
                process.send_signal(signal.SIGINT)
                process.wait(60)

        run = run_storm(Pager(), storm, watch=watch)
        say(f"profiled: {run.alerts_per_s:,.0f} Alerts/s")
        if not raw.exists():
            raise BenchmarkError("py-spy may not look into other processes here")
        stacks = raw.read_text().splitlines()
    return _parts(_by(stacks, _module)), _parts(_by(stacks, _function))


def _by(stacks: list[str], name_of: Callable[[list[str]], str]) -> Counter[str]:
    found: Counter[str] = Counter()
    for line in stacks:
        stack, _, number = line.rpartition(" ")
        found[name_of(stack.split(";"))] += int(number)
    return found


def _parts(counts: Counter[str]) -> Profile:
    total = sum(counts.values()) or 1
    return [
        (round(number / total, 4), name)
        for name, number in counts.most_common(MOST_FUNCTIONS)
        if number / total >= LEAST_PART
    ]


def _function(frames: list[str]) -> str:
    """The function that the processor was in."""
    name, path = _split(frames[-1])
    return f"{path}: {name}"


def _module(frames: list[str]) -> str:
    """The module of Pager that the processor worked for."""
    for frame in reversed(frames):
        _, path = _split(frame)
        if path.startswith("pager/"):
            return path
    return "outside of Pager (HTTP server, threads, start)"


def _split(frame: str) -> tuple[str, str]:
    found = re.fullmatch(r"(.*) \((.*?)(?::\d+)?\)", frame)
    if found is None:
        return frame, "?"
    path = found[2].rpartition("site-packages/")[2]
    if (at := path.rfind("/pager/")) >= 0:
        path = path[at + 1 :]
    return found[1], path if not path.startswith("/") else path.rpartition("/")[2]
