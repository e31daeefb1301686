"""Garbage is collected between Alerts."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from pager.adapters.runtime.garbage import COLLECTED_AFTER, collect_what_is_next


class Node:
    """Something that refers to itself."""

    def __init__(self) -> None:
        self.me = self


@pytest.fixture(autouse=True)
def none_by_itself() -> Iterator[None]:
    """Python itself collects nothing meanwhile."""
    gc.disable()
    yield
    gc.enable()


def garbage() -> "weakref.ref[Node]":
    """Tells whether something new that nobody refers to is still there."""
    return weakref.ref(Node())


def test_what_is_new_is_collected_at_once() -> None:
    """However little it is."""
    new = garbage()
    collect_what_is_next()
    assert new() is None


def test_what_has_survived_is_collected_some_time_later() -> None:
    """Otherwise the memory of a server that is never busy would grow for ever."""
    node = Node()
    old = weakref.ref(node)
    collect_what_is_next()
    collect_what_is_next()
    del node
    _, rounds, more = COLLECTED_AFTER
    for _ in range((rounds + 2) * (more + 2)):
        collect_what_is_next()
    assert old() is None
