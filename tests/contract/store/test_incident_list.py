"""The table of incidents, the list and its figures, on both databases."""

from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, insert, select, update

from databases import sql_clock
from pager import (
    Acknowledgement,
    AcknowledgementTimeout,
    Alert,
    EmailTarget,
    EscalationPolicy,
    HealthyEvent,
    Level,
    Message,
)
from pager.adapters.store.core.clock import milliseconds
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.schema import (
    decisions,
    incident_notes,
    incidents,
    installation,
    monitored_services,
)
from pager.adapters.store.incident_notes import IncidentNotes
from pager.adapters.store.ports import SqlPorts
from pager.adapters.store.ports.incident_rows import LONGEST_TITLE, title_of
from pager.adapters.store.upkeep.incidents import add_missing_incidents
from pager.adapters.store.upkeep.retention import prune
from pager.adapters.store.views.incident_list import (
    IncidentList,
    IncidentSummary,
    Place,
    Selection,
)
from pager.messages import PageAgain
from pager.response_times import IncidentTimes, response_times
from pager.service import PagerService
from pager.testing import Clock

ZERO = datetime.fromtimestamp(0, UTC)
"""The time of a Clock that was not moved yet, as the store has it."""


@pytest.fixture
def database(either_database: Database) -> Database:
    """An empty one."""
    return either_database


class Story:
    """Incidents of some services, as time goes by."""

    def __init__(self, database: Database) -> None:
        """Each service has a policy of two Levels."""
        self.database = database
        self.clock = Clock()
        self.now = sql_clock(self.clock)
        self.ports = SqlPorts(database, self.now)
        self._pager = PagerService(self.ports.policies, self.ports.services)
        levels = tuple(
            Level(targets=(EmailTarget(address=f"{name}@example.com"),))
            for name in ("ada", "grace")
        )
        for service_id in ("checkout-api", "search-api"):
            self.ports.policies.put(EscalationPolicy(service_id=service_id, levels=levels))

    def receive(self, message: Message, minutes: float = 0) -> None:
        """`message` comes so many minutes after what was before."""
        self.clock.advance(timedelta(minutes=minutes))
        self._pager.receive(message)

    def alert(
        self, text: str = "down", service_id: str = "checkout-api", minutes: float = 0
    ) -> None:
        """An Alert."""
        self.receive(Alert(service_id=service_id, message=text), minutes)

    def acknowledge(self, by: str, incident: int = 1, minutes: float = 0) -> None:
        """Somebody acknowledges an incident of checkout-api."""
        message = Acknowledgement(service_id="checkout-api", incident=incident, by=by)
        self.receive(message, minutes)

    def time_out(self, level: int, minutes: float = 0) -> None:
        """Nobody has answered on a Level of the first incident of checkout-api."""
        message = AcknowledgementTimeout(service_id="checkout-api", incident=1, level=level)
        self.receive(message, minutes)

    def close(self, service_id: str = "checkout-api", minutes: float = 0) -> None:
        """The service is Healthy again."""
        self.receive(HealthyEvent(service_id=service_id), minutes)

    @property
    def list(self) -> IncidentList:
        """What is in the table."""
        return IncidentList(self.database)

    def of(self, incident: int, service_id: str = "checkout-api") -> IncidentSummary:
        """The row of an incident."""
        found = self.list.of(service_id, incident)
        assert found is not None
        return found


@pytest.fixture
def story(database: Database) -> Story:
    """Nothing has happened yet."""
    return Story(database)


def minutes(number: float) -> datetime:
    """So many minutes after the beginning."""
    return ZERO + timedelta(minutes=number)


def test_an_incident_has_a_row_from_its_first_alert_on(story: Story) -> None:
    """With the first line of what it says."""
    story.alert("p99 above 3 s\nrunbook: https://wiki.example.com", minutes=1)
    assert story.of(1) == IncidentSummary(
        "checkout-api", 1, minutes(1), None, None, None, "escalating", 1, "p99 above 3 s …"
    )


def test_the_row_follows_the_incident(story: Story) -> None:
    """Level by level, until it is over."""
    story.alert(minutes=1)
    story.time_out(1, minutes=15)
    assert (story.of(1).state, story.of(1).level) == ("escalating", 2)
    story.time_out(2, minutes=15)
    assert (story.of(1).state, story.of(1).level) == ("exhausted", 2)
    story.acknowledge("Grace", minutes=1)
    acknowledged = story.of(1)
    assert acknowledged.state == "acknowledged"
    assert (acknowledged.acknowledged_at, acknowledged.acknowledged_by) == (minutes(32), "Grace")
    story.close(minutes=8)
    assert story.of(1) == IncidentSummary(
        "checkout-api", 1, minutes(1), minutes(32), "Grace", minutes(40), "over", 2, "down"
    )


def test_an_acknowledgement_that_is_taken_back_leaves_when_it_came_first(story: Story) -> None:
    """The level is that of the policy: to be told again is none of its own."""
    story.alert(minutes=1)
    story.acknowledge("Grace", minutes=2)
    story.receive(
        PageAgain(service_id="checkout-api", incident=1, level=1, by="Grace", acknowledged=True),
        minutes=3,
    )
    row = story.of(1)
    assert (row.state, row.level, row.acknowledged_at) == ("escalating", 1, minutes(3))
    story.acknowledge("Ada", minutes=4)
    row = story.of(1)
    assert (row.state, row.acknowledged_by) == ("acknowledged", "Ada")
    assert row.acknowledged_at == minutes(3)
    expected = rows_of(story.database)
    forget_rows(story.database)
    add_missing_incidents(story.database, now=story.now)
    assert rows_of(story.database) == expected


def test_a_later_alert_that_is_noted_writes_no_row(story: Story) -> None:
    """A storm of different texts costs the table nothing."""
    story.alert()
    version = select(incidents.c.version)
    before = story.database.read(lambda connection: connection.scalar(version))
    story.alert("something else")
    assert story.database.read(lambda connection: connection.scalar(version)) == before


def test_each_incident_has_a_row_of_its_own(story: Story) -> None:
    """Also of one service."""
    story.alert("first")
    story.close()
    story.alert("second")
    assert [story.of(number).title for number in (1, 2)] == ["first", "second"]
    assert [row.incident for row in story.list.of_service("checkout-api", 10)] == [2, 1]
    assert [row.incident for row in story.list.of_service("checkout-api", 10, before=2)] == [1]
    assert story.list.neighbours("checkout-api", 1) == (None, 2)
    assert story.list.neighbours("checkout-api", 2) == (1, None)


@pytest.mark.parametrize(
    ("message", "title"),
    [
        ("down", "down"),
        ("  down\t now ", "down now"),
        ("\n\ndown\n", "down"),
        ("down\nand more", "down …"),
        ("x" * 300, "x" * (LONGEST_TITLE - 1) + "…"),
        ("down" + " " * 500 + "and out", "down …"),
        ("\x1b[31mdown", "[31mdown"),
    ],
)
def test_the_title_is_the_first_line_and_says_where_it_is_not_all(message: str, title: str) -> None:
    """Whatever an Alert may begin with."""
    assert title_of(message) == title


def everything(story: Story) -> None:
    """Incidents of every kind: over, running, acknowledged, never acknowledged, exhausted."""
    story.alert("disk is full", minutes=1)
    story.time_out(1, minutes=15)
    story.time_out(2, minutes=15)
    story.acknowledge("Grace", minutes=3)
    story.close(minutes=5)
    story.alert("disk is full again", minutes=60)
    story.close(minutes=7)
    story.alert("50 % of requests fail", "search-api", minutes=1)
    story.alert("p99 above 3 s", minutes=2)
    story.alert("and errors", minutes=2)
    story.acknowledge("ada@example.com", incident=3, minutes=2)


def listed(story: Story, selection: Selection) -> Sequence[str]:
    """What the list shows."""
    page = story.list.page(selection, 100)
    return [f"{row.service_id}/{row.incident}" for row in page.incidents]


FILTERS = [
    (Selection(), ["checkout-api/3", "search-api/1", "checkout-api/2", "checkout-api/1"]),
    (Selection(search="DISK"), ["checkout-api/2", "checkout-api/1"]),
    (Selection(search="search"), ["search-api/1"]),
    (Selection(search="%"), ["search-api/1"]),
    (Selection(search="_"), []),
    (Selection(service_id="checkout-api"), ["checkout-api/3", "checkout-api/2", "checkout-api/1"]),
    (Selection(person="ada"), ["checkout-api/3"]),
    (Selection(person="GRACE"), ["checkout-api/1"]),
    (Selection(since=minutes(99)), ["checkout-api/3", "search-api/1", "checkout-api/2"]),
    (Selection(since=minutes(99.1)), ["checkout-api/3", "search-api/1"]),
    (Selection(until=minutes(99)), ["checkout-api/1"]),
    (Selection(search="disk", service_id="search-api"), []),
    (Selection(state="running"), ["checkout-api/3", "search-api/1"]),
    (Selection(state="escalating"), ["search-api/1"]),
    (Selection(state="acknowledged"), ["checkout-api/3"]),
    (Selection(state="exhausted"), []),
    (Selection(state="over"), ["checkout-api/2", "checkout-api/1"]),
    (Selection(state="unanswered"), ["checkout-api/2"]),
]


def test_the_list_can_be_filtered(story: Story) -> None:
    """By text, state, service, person and time; the newest first."""
    everything(story)
    assert [(selection, listed(story, selection)) for selection, _ in FILTERS] == FILTERS


def test_pages_follow_each_other_also_where_many_began_at_once(story: Story) -> None:
    """In a storm many begin in the same millisecond."""
    rows = [
        {
            "service_id": f"s{number % 3}",
            "incident": number,
            "version": 1,
            "level": 1,
            "begun_at": number // 4,
            "state": "over",
            "ended_at": 9,
            "title": "down",
        }
        for number in range(1, 22)
    ]
    story.database.write(lambda connection: connection.execute(insert(incidents), rows))
    pages, place, seen = 0, None, []
    while pages == 0 or place is not None:
        page = story.list.page(Selection(), 4, place)
        place = page.next
        seen += [Place(int(row.begun_at.timestamp() * 1_000), *row[:2]) for row in page.incidents]
        pages += 1
    assert pages == 6
    assert seen == sorted(seen, reverse=True)
    assert len(set(seen)) == 21


def test_the_figures_are_those_of_the_rules(story: Story) -> None:
    """Of all that is selected, whatever page is shown."""
    everything(story)
    for selection in (
        Selection(),
        Selection(service_id="search-api"),
        Selection(state="unanswered"),
        Selection(state="over"),
        Selection(search="nothing has this"),
    ):
        rows = story.list.page(selection, 100).incidents
        times = [IncidentTimes(row.begun_at, row.acknowledged_at, row.ended_at) for row in rows]
        assert story.list.figures(selection) == response_times(times)


def test_a_clock_that_was_set_back_makes_no_negative_figure(story: Story) -> None:
    """As in the rules."""
    row = {"service_id": "a", "incident": 1, "version": 2, "level": 1, "state": "over"}
    times = {"begun_at": 500, "acknowledged_at": 400, "ended_at": 450, "title": ""}
    story.database.write(
        lambda connection: connection.execute(insert(incidents).values(**row, **times))
    )
    figures = story.list.figures(Selection())
    assert figures.to_resolve is not None
    assert figures.to_resolve.median == timedelta(0)


def test_weeks_begin_on_mondays_in_utc(story: Story) -> None:
    """A week without an incident is there, with none."""
    story.alert(minutes=1)  # Thursday, 1970-01-01
    story.close()
    monday = timedelta(days=4)
    story.alert(minutes=monday / timedelta(minutes=1) - 1)
    story.close()
    story.alert(minutes=timedelta(weeks=2) / timedelta(minutes=1))
    weeks = story.list.weeks(Selection(), 10)
    assert [(week.monday.date().isoformat(), week.incidents) for week in weeks] == [
        ("1969-12-29", 1),
        ("1970-01-05", 1),
        ("1970-01-12", 0),
        ("1970-01-19", 1),
    ]
    assert [week.incidents for week in story.list.weeks(Selection(), 2)] == [0, 1]


def forget_rows(database: Database) -> None:
    """As if an older version had decided all that was decided."""
    database.write(lambda connection: connection.execute(delete(incidents)))


def rows_of(database: Database) -> Sequence[object]:
    """The whole table, without the versions: they say how far a row was told."""
    query = select(*(column for column in incidents.c if column.name != "version")).order_by(
        incidents.c.service_id, incidents.c.incident
    )
    return database.read(lambda connection: [tuple(row) for row in connection.execute(query)])


@pytest.mark.parametrize("at_once", [1, 2, 3, 500])
def test_what_an_older_version_has_decided_is_added_from_the_journal(
    story: Story, at_once: int
) -> None:
    """The same rows come out, however much of it is read at a time; and nothing is added twice."""
    everything(story)
    expected = rows_of(story.database)
    forget_rows(story.database)
    assert add_missing_incidents(story.database, now=story.now, at_once=at_once) > 0
    assert rows_of(story.database) == expected
    assert add_missing_incidents(story.database, now=story.now) == 0


def test_adding_goes_on_where_it_was_stopped(story: Story) -> None:
    """A node that stops, or is killed, begins no second time."""
    everything(story)
    expected = rows_of(story.database)
    forget_rows(story.database)
    first = add_missing_incidents(story.database, lambda _seconds: True, now=story.now, at_once=3)
    assert first == 3
    until = story.database.read(
        lambda connection: connection.scalar(select(installation.c.incidents_until))
    )
    assert until
    add_missing_incidents(story.database, now=story.now)
    assert rows_of(story.database) == expected


def test_an_incident_that_an_older_node_has_closed_does_not_run_for_ever(story: Story) -> None:
    """It began here, and the node of the older version wrote to the journal only."""
    story.alert(minutes=1)
    before = rows_of(story.database)
    story.acknowledge("Ada", minutes=2)
    story.close(minutes=3)
    expected = rows_of(story.database)
    forget_rows(story.database)
    columns = [column.name for column in incidents.c if column.name != "version"]
    row = dict(zip(columns, before[0], strict=True)) | {"version": 1}  # type: ignore[call-overload]  # it is a tuple
    story.database.write(lambda connection: connection.execute(insert(incidents).values(row)))
    add_missing_incidents(story.database, now=story.now)
    assert rows_of(story.database) == expected


def test_an_incident_that_an_older_node_began_is_written_with_the_next_decision(
    story: Story,
) -> None:
    """From the state of the service, which says when it began; the journal adds the rest."""
    story.alert("down", minutes=1)
    story.acknowledge("Ada", minutes=2)
    forget_rows(story.database)
    story.close(minutes=4)
    row = story.of(1)
    assert (row.begun_at, row.ended_at, row.state) == (minutes(1), minutes(7), "over")
    assert (row.acknowledged_by, row.acknowledged_at, row.title) == ("Ada", None, "down")
    add_missing_incidents(story.database, now=story.now)
    assert story.of(1).acknowledged_at == minutes(3)


def test_decisions_that_cannot_be_read_hide_no_other(story: Story) -> None:
    """Their incident is in the list, with what is known of it."""
    story.alert("first")
    story.close(minutes=1)
    story.alert("second", minutes=1)
    forget_rows(story.database)
    story.database.write(
        lambda connection: connection.execute(
            update(decisions).where(decisions.c.incident == 1).values(after="{}", message="\x01")
        )
    )
    add_missing_incidents(story.database, now=story.now)
    assert (story.of(1).state, story.of(1).title, story.of(1).begun_at) == ("unknown", "", ZERO)
    assert (story.of(2).state, story.of(2).title) == ("escalating", "second")


def test_the_list_says_that_something_is_missing(database: Database) -> None:
    """Until what older versions have decided is added."""
    long_ago = 1_000
    database.write(
        lambda connection: connection.execute(
            insert(decisions).values(
                service_id="checkout-api",
                version=1,
                incident=1,
                decided_at=long_ago,
                message="{}",
                after="{}",
            )
        )
    )
    incident_list = IncidentList(database)
    assert not incident_list.page(Selection(), 10).is_complete
    add_missing_incidents(database)
    assert incident_list.page(Selection(), 10).is_complete


def test_rows_and_notes_go_with_their_journal(story: Story) -> None:
    """And what an older version has left of them goes as well."""
    story.alert("old", minutes=1)
    notes = IncidentNotes(story.database, story.now)
    notes.add("checkout-api", 1, "ada", "It was the disk.")
    story.close()
    story.alert("latest")
    story.clock.advance(timedelta(days=100))
    prune(story.database, timedelta(days=90), story.now)
    assert [row.incident for row in story.list.of_service("checkout-api", 10)] == [2]
    assert notes.of("checkout-api", 1) == []
    notes.add("checkout-api", 2, "ada", "It is the disk again.")
    story.database.write(lambda connection: connection.execute(delete(decisions)))
    story.clock.advance(timedelta(days=100))
    prune(story.database, timedelta(days=90), story.now)
    assert story.list.of_service("checkout-api", 10) == []
    query = select(incident_notes.c.id)
    assert story.database.read(lambda connection: connection.scalars(query).all()) == []


def test_the_list_tells_of_a_service_that_is_not_stored_any_more(story: Story) -> None:
    """The table stands for itself."""
    story.alert("down")
    story.database.write(lambda connection: connection.execute(delete(monitored_services)))
    assert listed(story, Selection()) == ["checkout-api/1"]


def test_the_times_of_a_decision_are_those_of_the_journal(story: Story) -> None:
    """A row that is written with a decision has the time that the journal has."""
    everything(story)
    begun = select(incidents.c.begun_at).order_by(incidents.c.begun_at)
    starts = story.database.read(lambda connection: connection.scalars(begun).all())
    assert starts == [milliseconds(timedelta(minutes=n)) for n in (1, 99, 107, 109)]


@pytest.mark.parametrize(
    ("where", "index"),
    [("true", "incidents_begun_at"), ("ended_at IS NULL", "incidents_running")],
)
def test_a_page_is_read_by_an_index(sqlite_database: str, where: str, index: str) -> None:
    """However many incidents there are: it is not sorted."""
    with closing(Database(sqlite_database)) as database:
        query = f"SELECT * FROM incidents WHERE {where} ORDER BY begun_at DESC LIMIT 51"  # noqa: S608 - of this test
        plan = database.read(
            lambda connection: connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}").all()
        )
    assert [row.detail for row in plan] == [f"SCAN incidents USING INDEX {index}"]
