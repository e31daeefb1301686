"""Python's garbage collector, set for a server."""

import gc

COLLECTED_AFTER = (10_000, 20, 20)
"""New objects until the youngest are collected, and how often that is until older ones are."""


def spare_what_stays() -> None:
    """Leave all that is in memory now, mostly modules, out of every later collection.

    For the end of a start. Otherwise each collection of the oldest objects looks at all of them,
    and all requests wait for a quarter of a second: there were twenty in a storm of half a minute.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTED_AFTER)
