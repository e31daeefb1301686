"""How much CPU and memory a server uses, and what else used the machine meanwhile."""

import multiprocessing
import os
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from types import TracebackType
from typing import NamedTuple, Self

import psutil

from benchmarks.machine import busy_seconds

PERIOD = 0.2
"""Seconds between two samples."""
MIB = 2**20


class Use(NamedTuple):
    """What a server used."""

    cpu_s: float
    # The sum over its processes; what they share counts once (PSS).
    peak_mib: float
    # CPU seconds of everything but the server, the generator, the sink and the sampler.
    other_cpu_s: float


class _Sample(NamedTuple):
    at: float
    cpu: float
    helpers: float
    memory: int
    busy: float


class Sampler:
    """Use it with `with`; ask for `use` behind it."""

    def __init__(self, servers: Sequence[int], helpers: Sequence[int]) -> None:
        """The roots of the server's process trees, and processes that serve the measurement."""
        self._servers, self._helpers = list(servers), [*helpers, os.getpid()]
        self._samples: list[_Sample] = []

    def __enter__(self) -> Self:
        self._ours, theirs = multiprocessing.Pipe()
        self._process = multiprocessing.Process(
            target=_sample, args=(theirs, self._servers, self._helpers), daemon=True
        )
        self._process.start()
        self._ours.recv()  # the first sample is taken
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._ours.send("stop")
        self._samples = self._ours.recv()
        self._process.join()

    def use(self, until: float) -> Use:
        """From the beginning to that time (`time.time`)."""
        first = self._samples[0]
        last = next((each for each in self._samples if each.at >= until), self._samples[-1])
        cpu = last.cpu - first.cpu
        other = last.busy - first.busy - cpu - (last.helpers - first.helpers)
        return Use(
            round(cpu, 2),
            round(max(each.memory for each in self._samples) / MIB, 1),
            round(max(other, 0.0), 2),
        )


def _sample(parent: "Connection[object, object]", servers: list[int], helpers: list[int]) -> None:
    samples = [_now(servers, helpers)]
    parent.send("ready")
    while not parent.poll(PERIOD):
        samples.append(_now(servers, helpers))
    samples.append(_now(servers, helpers))
    parent.send(samples)


def _now(servers: list[int], helpers: list[int]) -> _Sample:
    cpu = memory = 0.0
    for process in _trees(servers):
        try:
            with process.oneshot():
                times = process.cpu_times()
                cpu += times.user + times.system + times.children_user + times.children_system
                memory += process.memory_full_info().pss
        except psutil.Error:
            continue  # it has ended: its parent has its time
    helpers_cpu = sum(
        times.user + times.system
        for times in (psutil.Process(pid).cpu_times() for pid in [*helpers, os.getpid()])
    )
    return _Sample(time.time(), cpu, helpers_cpu, int(memory), busy_seconds())


def _trees(roots: list[int]) -> list[psutil.Process]:
    found = []
    for root in roots:
        try:
            process = psutil.Process(root)
            found += [process, *process.children(recursive=True)]
        except psutil.Error:
            continue
    return found
