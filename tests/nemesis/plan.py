"""What goes wrong, and when: it follows from the seed alone."""

import random
from collections.abc import Iterator
from typing import Literal, NamedTuple, get_args

Kind = Literal[
    "a node is killed",
    "a node is frozen",
    "the database is killed",
    "connections are cut",
    "connections are refused",
    "the network stalls",
    "answers are lost",
]

OF_A_NODE: frozenset[Kind] = frozenset({"a node is killed", "a node is frozen"})
OF_A_NETWORK: frozenset[Kind] = frozenset(
    {"connections are cut", "connections are refused", "the network stalls", "answers are lost"}
)


RARELY = 0.15


class Fault(NamedTuple):
    """One thing that goes wrong."""

    kind: Kind
    node: int | None
    """The node that it concerns; None where it concerns all of them."""


class Step(NamedTuple):
    """Faults that are there at the same time, for how long, and how long all is well then."""

    faults: tuple[Fault, ...]
    lasts: float
    then: float


class PastFault(NamedTuple):
    """A fault that there was, from before it began until after it was over."""

    kind: Kind
    node: str | None
    began: float
    ended: float


def plan(seed: int, nodes: int, lease: float) -> Iterator[list[Step]]:
    """Rounds without end. In each, every kind of fault comes once, alone or with another.

    A node is frozen for longer than `lease`, in seconds; other faults last as long at times.
    """
    chance = random.Random(f"{seed}/faults")
    while True:
        kinds = list(get_args(Kind))
        chance.shuffle(kinds)
        steps = []
        while kinds:
            together = [kinds.pop() for _ in range(min(len(kinds), chance.choice((1, 1, 2))))]
            # What is first there is last gone: a node starts once its database is back.
            together.sort(key=lambda kind: kind not in OF_A_NODE)
            victims = chance.sample(range(nodes), len(together))
            faults = tuple(
                Fault(kind, victim if _is_of_one(kind, chance) else None)
                for kind, victim in zip(together, victims, strict=True)
            )
            outlasts_lease = "a node is frozen" in together or chance.random() < RARELY
            lasts = chance.uniform(1.2, 2.2) * lease if outlasts_lease else chance.uniform(0.2, 2.5)
            steps.append(Step(faults, lasts, then=chance.uniform(0.5, 2.5)))
        yield steps


def _is_of_one(kind: Kind, chance: random.Random) -> bool:
    return kind in OF_A_NODE or (kind in OF_A_NETWORK and chance.choice((True, False)))
