"""What SIGTERM does, whenever it comes."""

import signal
import subprocess
import sys

import uvicorn

from pager.adapters.runtime.shutdown import GracefulShutdown
from waiting import WAIT_TIMEOUT


async def nothing(*_: object) -> None:
    """Serve nobody."""


def server() -> uvicorn.Server:
    """A server that has not started."""
    return uvicorn.Server(uvicorn.Config(nothing))


def test_a_signal_during_the_start_stops_the_server_once_it_has_started() -> None:
    """An exception from a signal handler would be dropped if it met a destructor."""
    shutdown, started = GracefulShutdown(), server()
    shutdown.request(signal.SIGTERM, None)
    shutdown.attach(started)
    assert started.should_exit


def test_a_signal_stops_a_server_that_runs() -> None:
    """Nothing is raised in it: it finishes what it has begun."""
    shutdown, running = GracefulShutdown(), server()
    shutdown.attach(running)
    assert not running.should_exit
    shutdown.request(signal.SIGTERM, None)
    assert running.should_exit


def test_a_process_that_something_keeps_from_ending_ends_all_the_same() -> None:
    """Such as a call to a database that is halted. The log says so."""
    program = """
import threading
from datetime import timedelta
from pager.adapters.runtime.shutdown import end_within
threading.Thread(target=threading.Event().wait).start()
end_within(timedelta(seconds=0.1))
"""
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, timeout=WAIT_TIMEOUT, check=False
    )
    assert ended.returncode == 1
    assert b"not everything has stopped within 0.1 s: Pager ends now" in ended.stderr
