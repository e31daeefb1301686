"""One answer for all who look at the same page: no older than a second, and than the last write."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from contract.web.installation import Installation, alert
from pager import Acknowledgement
from pager.adapters.store.core.database import Database
from pager.adapters.web.console.shared_reads import MOST_ANSWERS, SharedReads


class Source:
    """What is read, and how often; with the changes of a database, and a clock."""

    def __init__(self) -> None:
        """At 0 seconds, without a change."""
        self.changes, self.now, self.reads = 0, 0.0, 0
        self.go_on = asyncio.Event()
        self.shared: SharedReads[int] = SharedReads(self, lambda: self.now)
        self.error: Exception | None = None

    async def work(self) -> int:
        """The number of the read."""
        self.reads += 1
        number = self.reads
        await self.go_on.wait()
        if self.error:
            raise self.error
        return number

    def read(self, page: str = "") -> Awaitable[int]:
        """As whoever looks."""
        return self.shared.read(page, self.work)


def run(story: Callable[[Source], Awaitable[None]]) -> None:
    """Run it with a new source."""

    async def begin() -> None:
        await story(Source())

    asyncio.run(begin())


def test_all_who_look_at_the_same_moment_have_one_answer() -> None:
    """It is read once, and each page is another answer."""

    async def story(source: Source) -> None:
        looking = [asyncio.ensure_future(source.read(page)) for page in "aaab"]
        await asyncio.sleep(0)
        source.go_on.set()
        assert await asyncio.gather(*looking) == [1, 1, 1, 2]
        assert await source.read("a") == 1

    run(story)


@pytest.mark.parametrize(
    ("seconds", "changes", "expected"), [(0.9, 0, 1), (1.0, 0, 2), (0.0, 1, 2)]
)
def test_an_answer_is_old_after_a_second_or_a_write(
    seconds: float, changes: int, expected: int
) -> None:
    """Whoever has written something sees it."""

    async def story(source: Source) -> None:
        source.go_on.set()
        await source.read()
        source.now += seconds
        source.changes += changes
        assert await source.read() == expected

    run(story)


def test_a_write_while_it_is_read_makes_it_an_old_answer() -> None:
    """Nobody can tell whether what was written is in it."""

    async def story(source: Source) -> None:
        first = asyncio.ensure_future(source.read())
        await asyncio.sleep(0)
        source.changes += 1
        second = asyncio.ensure_future(source.read())
        await asyncio.sleep(0)
        source.go_on.set()
        assert (await first, await second, await source.read()) == (1, 2, 2)

    run(story)


def test_there_is_one_read_at_a_time_however_much_is_written() -> None:
    """Those who come while a page is read, each after a write, share the next read."""

    async def story(source: Source) -> None:
        looking = []
        for _ in range(5):
            looking.append(asyncio.ensure_future(source.read()))
            await asyncio.sleep(0)
            source.changes += 1
        assert source.reads == 1
        source.go_on.set()
        assert await asyncio.gather(*looking) == [1, 2, 2, 2, 2]

    run(story)


def test_an_error_is_not_shared_with_those_who_look_later() -> None:
    """They read again."""

    async def story(source: Source) -> None:
        source.go_on.set()
        source.error = LookupError()
        with pytest.raises(LookupError):
            await source.read()
        source.error = None
        assert await source.read() == 2

    run(story)


def test_whoever_goes_away_does_not_take_the_answer_from_the_others() -> None:
    """Even the one for whom it was begun."""

    async def story(source: Source) -> None:
        first, second = (asyncio.ensure_future(source.read()) for _ in range(2))
        await asyncio.sleep(0)
        first.cancel()
        source.go_on.set()
        assert await second == 1

    run(story)


def test_the_answers_that_are_kept_are_few() -> None:
    """Whatever people search for."""

    async def story(source: Source) -> None:
        source.go_on.set()
        for number in range(MOST_ANSWERS + 1):
            await source.read(str(number))
        assert await source.read("1") == 2
        assert await source.read("0") == MOST_ANSWERS + 2

    run(story)


def test_now_shows_what_was_written_last_to_everybody(database: Database) -> None:
    """Right after it was written, and to each with the buttons of their role."""
    installation = Installation(database)
    installation.policy("checkout-api", ("ada",))
    installation.receive(alert())
    button = 'Acknowledge<span class="sr"> incident 1'
    assert button in installation.client("engineer").get("/").text
    assert button not in installation.client("viewer").get("/").text
    installation.receive(Acknowledgement(service_id="checkout-api", incident=1, by="Grace"))
    for role in ("viewer", "engineer"):
        assert "Acknowledged by Grace" in installation.client(role).get("/").text
