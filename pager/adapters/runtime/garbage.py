"""Python's garbage collector, set for a server."""

import gc
from datetime import timedelta

COLLECTED_AFTER = (10_000, 20, 20)
"""New objects until the youngest are collected, and how often that is until older ones are."""

COLLECTED_EVERY = timedelta(seconds=1)
"""How often what is next is collected before there is so much."""


def spare_what_stays() -> None:
    """Leave all that is in memory now, mostly modules, out of every later collection.

    For the end of a start. Otherwise each collection of the oldest objects looks at all of them,
    and all requests wait for a quarter of a second: there were twenty in a storm of half a minute.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTED_AFTER)


def collect_what_is_next() -> None:
    """Collect the youngest, and what is older where its turn has come.

    On a server that is not busy, this is seldom in the middle of an Alert. Python itself collects
    only where something new is made, so one Alert of a hundred waited for it.
    """
    counts = gc.get_count()
    is_due = [count > most for count, most in zip(counts, COLLECTED_AFTER, strict=True)]
    gc.collect(2 if is_due[2] else 1 if is_due[1] else 0)
