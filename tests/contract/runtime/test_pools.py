"""Pools of threads: callers take turns, and nobody waits for ever."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import timedelta

import pytest

from pager.adapters.runtime.pools import Overloaded, Pool, answer_within, caller
from waiting import WAIT_TIMEOUT, wait_until


@contextmanager
def called(name: str) -> Iterator[None]:
    """Whoever calls meanwhile has that name."""
    token = caller.set(name)
    yield
    caller.reset(token)


class Blocked:
    """Work that takes a thread until it may go on."""

    def __init__(self) -> None:
        self.began, self.go_on = threading.Event(), threading.Event()

    def __call__(self) -> None:
        """Wait."""
        self.began.set()
        self.go_on.wait(WAIT_TIMEOUT)


async def blocked(pool: Pool) -> tuple[Blocked, asyncio.Task[None]]:
    """A pool of one thread whose thread is busy."""
    work = Blocked()
    task = asyncio.create_task(pool.run(work))
    await asyncio.to_thread(work.began.wait, WAIT_TIMEOUT)
    return work, task


def test_the_result_and_the_error_of_the_work_reach_the_caller() -> None:
    """Also an error that is a time-out of the work itself."""

    def fail() -> None:
        raise TimeoutError("its own")

    async def scene() -> None:
        pool = Pool("test", 1)
        assert await pool.run(divmod, 7, 2) == (3, 1)
        with pytest.raises(TimeoutError, match="its own"):
            await pool.run(fail)

    asyncio.run(scene())


def test_what_is_done_when_the_time_is_over_is_an_answer() -> None:
    """The loop of a busy server may see both at once."""
    done: Future[str] = Future()
    done.set_result("in time")
    assert asyncio.run(answer_within(0, done)) == "in time"


def test_a_caller_that_asks_for_much_delays_nobody_else() -> None:
    """Callers take turns."""

    async def scene() -> None:
        pool = Pool("test", 1)
        done: list[str] = []
        work, busy = await blocked(pool)
        with called("greedy"):
            waiting = [asyncio.create_task(pool.run(done.append, "greedy")) for _ in range(5)]
            await asyncio.sleep(0)
        with called("modest"):
            waiting.append(asyncio.create_task(pool.run(done.append, "modest")))
            await asyncio.sleep(0)
        work.go_on.set()
        await asyncio.gather(busy, *waiting)
        assert done == ["greedy", "modest", *["greedy"] * 4]

    asyncio.run(scene())


def test_where_too_many_wait_the_caller_with_the_most_is_refused() -> None:
    """The one that asks now where that is itself."""

    async def scene() -> None:
        pool = Pool("test", 1, most_waiting=2)
        work, busy = await blocked(pool)
        with called("greedy"):
            first, second = (asyncio.create_task(pool.run(str, n)) for n in range(2))
            await asyncio.sleep(0)
            with pytest.raises(Overloaded):
                await pool.run(str, 3)
        with called("modest"):
            other = asyncio.create_task(pool.run(str, 4))
            await asyncio.sleep(0)
        with pytest.raises(Overloaded):
            await second
        work.go_on.set()
        assert (await first, await other) == ("0", "4")
        await busy

    asyncio.run(scene())


def test_nobody_waits_for_ever_for_a_thread_that_hangs() -> None:
    """And what was given up is not done later."""

    async def scene() -> None:
        pool, work = Pool("test", 1, answer_within=timedelta(milliseconds=10)), Blocked()
        done: list[str] = []
        for late in (pool.run(work), pool.run(done.append, "late")):
            with pytest.raises(Overloaded):
                await late
        work.go_on.set()
        wait_until(lambda: not pool.waiting)
        assert done == []

    asyncio.run(scene())


def test_threads_are_started_as_they_are_needed() -> None:
    """As many as there is work for, and no more than there may be."""

    async def scene() -> None:
        before = set(threading.enumerate())
        pool, work = Pool("counted", 2), [Blocked() for _ in range(3)]
        tasks = [asyncio.create_task(pool.run(one)) for one in work]
        await asyncio.sleep(0)
        wait_until(lambda: work[0].began.is_set() and work[1].began.is_set())
        assert not work[2].began.is_set()
        started = set(threading.enumerate()) - before
        assert len([thread for thread in started if thread.name == "counted"]) == 2
        for one in work:
            one.go_on.set()
        await asyncio.gather(*tasks)

    asyncio.run(scene())
