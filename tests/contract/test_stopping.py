"""What SIGTERM does, whenever it comes."""

import signal

import pytest
import uvicorn

from pager.wiring import Stopping


async def nothing(*_: object) -> None:
    """Serve nobody."""


def server() -> uvicorn.Server:
    """One that has not begun."""
    return uvicorn.Server(uvicorn.Config(nothing))


def test_a_start_is_broken_off() -> None:
    """With exit status 0: it was told to."""
    with pytest.raises(SystemExit) as left:
        Stopping()(signal.SIGTERM, None)
    assert left.value.code == 0


def test_what_python_has_lost_is_not_forgotten() -> None:
    """An exception out of a signal is dropped where it meets the garbage collector."""
    stopping, begun = Stopping(), server()
    with pytest.raises(SystemExit):
        stopping(signal.SIGTERM, None)
    stopping.begins(begun)
    assert begun.should_exit


def test_a_server_finishes_what_was_begun() -> None:
    """Nothing is raised into it."""
    stopping, begun = Stopping(), server()
    stopping.begins(begun)
    assert not begun.should_exit
    stopping(signal.SIGTERM, None)
    assert begun.should_exit
