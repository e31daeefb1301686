"""What SIGTERM does, whenever it comes."""

import signal

import uvicorn

from pager.wiring import Stopping


async def nothing(*_: object) -> None:
    """Serve nobody."""


def server() -> uvicorn.Server:
    """One that has not begun."""
    return uvicorn.Server(uvicorn.Config(nothing))


def test_a_start_is_finished_first() -> None:
    """An exception out of a signal would be dropped where it meets a destructor."""
    stopping, begun = Stopping(), server()
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
