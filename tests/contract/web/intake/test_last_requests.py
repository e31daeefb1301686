"""The last request of an integration is noted, and costs a storm next to nothing."""

import asyncio
from datetime import timedelta
from functools import partial

import pytest

from pager.access.integrations import Routing
from pager.adapters.store.access.integrations import NewIntegration, SqlIntegrations
from pager.adapters.store.core.database import Database
from pager.adapters.web.intake.last_requests import LastRequests
from pager.testing import Clock


@pytest.fixture
def rows(database: Database) -> SqlIntegrations:
    """The integrations."""
    return SqlIntegrations(database)


@pytest.fixture
def made(rows: SqlIntegrations) -> NewIntegration:
    """One of them."""
    return rows.make("ada", None, "webhook", Routing(service_id="checkout-api"))


def note(text: str) -> tuple[str, str]:
    """What is noted of a request."""
    return text, f"{text} was taken"


def test_of_a_second_the_first_request_is_due_and_no_other(database: Database) -> None:
    """Each integration has its own second."""
    clock = Clock()

    def seconds() -> float:
        return clock.now.total_seconds()

    last = LastRequests(database, timedelta(seconds=1), seconds)
    assert [last.is_due(1), last.is_due(1), last.is_due(2)] == [True, False, True]
    clock.advance(timedelta(milliseconds=999))
    assert not last.is_due(1)
    clock.advance(timedelta(milliseconds=1))
    assert last.is_due(1)


def test_the_last_request_of_a_burst_is_noted_by_one_write(
    database: Database, rows: SqlIntegrations, made: NewIntegration
) -> None:
    """A moment later: nobody waits for it."""
    written: list[str] = []

    def counted(text: str) -> tuple[str, str]:
        written.append(text)
        return note(text)

    async def burst() -> None:
        last = LastRequests(database, timedelta(milliseconds=20))
        assert last.is_due(made.id)
        for number in range(100):
            last.keep(made.id, partial(counted, f"request {number}"))
        await asyncio.sleep(0.1)

    asyncio.run(burst())
    database.write(lambda _: None)  # what was queued before is done
    [stored] = rows.all()
    assert (stored.last_request, stored.last_outcome) == note("request 99")
    assert written == ["request 99"]


def test_an_older_request_is_never_noted_over_a_newer_one(
    database: Database, rows: SqlIntegrations, made: NewIntegration
) -> None:
    """Where the newer one is noted in its own transaction."""
    clock = Clock()

    def seconds() -> float:
        return clock.now.total_seconds()

    async def scene() -> None:
        last = LastRequests(database, timedelta(milliseconds=20), seconds)
        assert last.is_due(made.id)
        last.keep(made.id, partial(note, "older"))
        clock.advance(timedelta(seconds=1))
        assert last.is_due(made.id)
        rows.note_request(made.id, *note("newer"))
        await asyncio.sleep(0.05)

    asyncio.run(scene())
    database.write(lambda _: None)
    assert rows.all()[0].last_request == "newer"
