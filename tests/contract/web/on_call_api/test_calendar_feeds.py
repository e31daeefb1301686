"""Calendar feeds over HTTP: who may read them, and what a calendar program is answered."""

from collections.abc import Iterator
from contextlib import contextmanager
from logging import Handler, LogRecord, getLogger

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from icalendar import Calendar
from sqlalchemy import update

from contract.web.application import KEY, check_problem, shared_application
from contract.web.on_call_api.team import DATABASE, program, put, set_up
from pager.adapters.store.access.accounts import SqlAccounts
from pager.adapters.store.access.calendar_feeds import FeedSubject, SqlCalendarFeeds
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.schema import on_call_edits
from pager.adapters.urls import feed_url

PERSON = FeedSubject("person", "Ada Lovelace")
SCHEDULE = FeedSubject("schedule", "Database")


@pytest.fixture
def app(database: Database) -> FastAPI:
    """An application on which Ada and Grace take turns; grace has an account."""
    SqlAccounts(database).add("root", "grace", "viewer")
    app = shared_application(database, KEY)
    set_up(program(app))
    return app


@pytest.fixture
def calendar(app: FastAPI) -> TestClient:
    """A calendar program: it sends no header."""
    return TestClient(app)


def feed(database: Database, subject: FeedSubject) -> str:
    """The address of a new feed of grace's."""
    return feed_url("http://testserver", SqlCalendarFeeds(database).make("grace", subject))


def titles(client: TestClient, url: str) -> set[str]:
    """What the events of the feed are called."""
    events = Calendar.from_ical(client.get(url).content).events
    return {str(event["summary"]) for event in events}


def test_the_address_is_all_that_it_takes(calendar: TestClient, database: Database) -> None:
    """As a calendar that nobody else may keep."""
    answer = calendar.get(feed(database, SCHEDULE))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["cache-control"] == "private, no-cache"
    assert answer.text.startswith("BEGIN:VCALENDAR\r\n")
    assert "Ada Lovelace" in titles(calendar, feed(database, SCHEDULE))
    assert titles(calendar, feed(database, PERSON)) == {"On call: Database"}


def test_what_a_program_has_already_is_not_sent_again(
    app: FastAPI, calendar: TestClient, database: Database
) -> None:
    """304, until somebody edits the schedule; HEAD asks for the same."""
    url = feed(database, SCHEDULE)
    tag = calendar.get(url).headers["etag"]
    for sent in (tag, f"W/{tag}", f'"other", {tag}'):
        again = calendar.get(url, headers={"if-none-match": sent})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
    assert calendar.head(url).headers["etag"] == tag
    put(program(app), "/schedules/Database", {**DATABASE, "time_zone": "UTC"})
    changed = calendar.get(url, headers={"if-none-match": tag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag


def test_no_other_address_is_a_feed(calendar: TestClient, database: Database) -> None:
    """404, whatever is wrong with it."""
    url = feed(database, SCHEDULE)
    SqlCalendarFeeds(database).revoke("grace", SCHEDULE)
    wrong = (url, "/calendars/x.ics", "/calendars/.ics", "/calendars/x", "/calendars/a/b.ics")
    for address in wrong:
        for method in ("GET", "HEAD"):
            assert calendar.request(method, address).status_code == 404, address
    check_problem(calendar.get(url), 404, "There is no calendar feed at this address")
    assert calendar.post(feed(database, SCHEDULE)).status_code == 405


def test_a_feed_of_what_is_gone_is_not_found(
    app: FastAPI, calendar: TestClient, database: Database
) -> None:
    """It is there again once the schedule is."""
    urls = [feed(database, subject) for subject in (PERSON, SCHEDULE)]
    client = program(app)
    paths = ("policies/Payments", "schedules/Database", "teams/Payments", "people/Ada Lovelace")
    for path in paths:
        assert client.delete(f"/{path}").status_code == 204
    for url in urls:
        check_problem(calendar.get(url), 404, "any more")
    set_up(client)
    for url in urls:
        assert calendar.get(url).status_code == 200


def test_a_schedule_that_cannot_be_read_is_to_be_asked_for_again(
    calendar: TestClient, database: Database
) -> None:
    """503: a program that was told that it is empty would forget all shifts."""
    url = feed(database, SCHEDULE)
    newer = update(on_call_edits).where(on_call_edits.c.name == "Database").values(value='{"x": 1}')
    database.write(lambda connection: connection.execute(newer))
    assert calendar.get(url).status_code == 503


def test_the_address_is_in_no_log(calendar: TestClient, database: Database) -> None:
    """Whoever reads logs reads no shifts."""
    url = feed(database, SCHEDULE)
    token = url.rpartition("/")[2].removesuffix(".ics")
    with logged() as records:
        calendar.get(url)
        calendar.get(f"{url}x")
        SqlCalendarFeeds(database).revoke("grace", SCHEDULE)
        calendar.get(url)
    assert not [record for record in records if token in record.getMessage()]


@contextmanager
def logged() -> Iterator[list[LogRecord]]:
    """What Pager logs meanwhile."""
    records: list[LogRecord] = []

    class Keeping(Handler):
        def emit(self, record: LogRecord) -> None:
            records.append(record)

    handler, logger = Keeping(), getLogger("pager")
    logger.addHandler(handler)
    try:
        yield records
    finally:
        logger.removeHandler(handler)
