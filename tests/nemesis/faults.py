"""Carries out what the plan says: kills, freezes, cuts."""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import assert_never

from nemesis.node import Node
from nemesis.plan import Fault, Kind, PastFault, Step
from nemesis.postgresql import Postgresql


class Nemesis:
    """Carries the plan out, and keeps what there was."""

    def __init__(self, nodes: Sequence[Node], postgresql: Postgresql) -> None:
        """These are its victims."""
        self._nodes = nodes
        self._postgresql = postgresql
        self.past_faults: list[PastFault] = []

    def carry_out(self, step: Step) -> None:
        """All is well when it returns."""
        with ExitStack() as stack:
            for fault in step.faults:
                stack.enter_context(self._there_is(fault))
            time.sleep(step.lasts)
        time.sleep(step.then)

    @contextmanager
    def _there_is(self, fault: Fault) -> Iterator[None]:
        began = time.monotonic()
        nodes = self._nodes if fault.node is None else [self._nodes[fault.node]]
        self._begin(fault.kind, nodes)
        cut = time.monotonic()  # after which it may connect again
        yield
        self._end(fault.kind, nodes)
        name = None if fault.node is None else self._nodes[fault.node].name
        ended = cut if fault.kind == "connections are cut" else time.monotonic()
        self.past_faults.append(PastFault(fault.kind, name, began, ended))

    def _begin(self, kind: Kind, nodes: Sequence[Node]) -> None:
        if kind == "the database is killed":
            self._postgresql.kill()
            return
        for node in nodes:
            match kind:
                case "a node is killed":
                    node.kill()
                case "a node is frozen":
                    node.freeze()
                case "connections are cut":
                    node.network.cut()
                case "connections are refused":
                    node.network.refuse()
                case "the network stalls":
                    node.network.stall()
                case "answers are lost":
                    node.network.lose_answers(to=b"COMMIT")
                case _:
                    assert_never(kind)

    def _end(self, kind: Kind, nodes: Sequence[Node]) -> None:
        if kind == "the database is killed":
            self._postgresql.start()
            return
        for node in nodes:
            match kind:
                case "a node is killed":
                    node.start()
                case "a node is frozen":
                    node.thaw()
                case _:
                    node.network.mend()
