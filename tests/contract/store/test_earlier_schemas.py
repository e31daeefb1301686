"""Databases that earlier versions have written, as SQL in `earlier_schemas`: each is upgraded.

Each file was made by the code of its time: an incident that escalated, was acknowledged and closed;
the Alert of a second incident, with its effects still in the outbox; a policy that was never used.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select

from databases import connected, engine_of, schema_differences
from pager import Acknowledgement, Alert, EmailTarget, EscalationPolicy, HealthyEvent, Level
from pager.access.scopes import KeyScope
from pager.adapters.store.access.api_keys import SqlApiKeys
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.migrations import upgrade
from pager.adapters.store.core.schema import monitored_services
from pager.adapters.store.ports import SqlPorts
from pager.adapters.store.upkeep.audit import audit
from pager.adapters.store.upkeep.incidents import add_missing_incidents
from pager.adapters.store.views.entries import Decided
from pager.adapters.store.views.incident_list import IncidentList
from pager.adapters.store.views.journal import Journal
from pager.adapters.store.views.overview import ServicesOverview
from pager.adapters.store.views.status import ServiceStatuses
from pager.relay import OutboxRelay
from pager.service import PagerService
from pager.testing import InMemoryMail, InMemorySms, in_memory_gateways

DUMPS = sorted((Path(__file__).parent / "earlier_schemas").glob("*.sql"))


@pytest.fixture(params=DUMPS, ids=lambda path: path.stem)
def earlier_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The SQLAlchemy URL of the database that a file describes."""
    dump: Path = request.param
    text = dump.read_text(encoding="utf-8")
    if dump.stem.endswith(".sqlite"):
        path = tmp_path / "pager.db"
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(text)
        return f"sqlite:///{path}"
    url: str = request.getfixturevalue("new_postgresql_database")
    with connected(url) as admin:
        admin.exec_driver_sql(text.replace("%", "%%"))
    return url


@pytest.mark.proof
def test_an_earlier_database_is_upgraded_and_goes_on(earlier_url: str) -> None:
    """Its tables are those of the schema, what was kept is there, and everything can be written."""
    database = Database(earlier_url)
    assert schema_differences(earlier_url) == []
    check_what_was_kept(database)
    check_that_it_goes_on(database)
    check_the_numbers_of_keys(database)
    database.close()


def check_what_was_kept(database: Database) -> None:
    """And it is what the rules of then say."""
    status = ServiceStatuses(database).of("checkout-api")
    assert status is not None
    assert (status.state, status.incident, status.message) == (
        "unhealthy",
        2,
        "error rate above 5 %",
    )
    assert [page.status for page in status.notifications] == ["waiting", "waiting"]
    [shown] = ServicesOverview(database).read().unhealthy
    query = select(monitored_services.c.begun_at, monitored_services.c.begun_incident)
    begun_at, begun_incident = database.read(lambda connection: connection.execute(query).one())
    assert begun_incident == status.incident
    assert begun_at == (0 if shown.period is None else shown.period.begun_at.timestamp() * 1_000)
    add_missing_incidents(database)
    rows = IncidentList(database).of_service("checkout-api", 9)
    kept = [(2, "escalating", "error rate above 5 %"), (1, "over", rows[-1].title if rows else "")]
    assert [(row.incident, row.state, row.title) for row in rows] in (kept, [])
    assert bool(rows) == bool(Journal(database).of("checkout-api", 2))
    report = audit(database)
    assert (report.services, list(report.differences)) == (1, [])
    decided = [
        entry for entry in Journal(database).of("checkout-api") if isinstance(entry, Decided)
    ]
    assert len(decided) in (0, 5)  # none from before there was a journal
    assert {entry.rules for entry in decided} <= {1}
    assert report.decisions == len(decided)


def check_that_it_goes_on(database: Database) -> None:
    """What was due is carried out, and everything can be written."""
    ports = SqlPorts(database)
    mail, sms = InMemoryMail(), InMemorySms()
    relay = OutboxRelay(ports.outbox, ports.services, in_memory_gateways(mail, sms), ports.timer)
    service = PagerService(ports.policies, ports.services)
    service.receive(Alert(service_id="search-api", message="index is stale"))
    for channel in ("email", "sms", "timer"):
        relay.run_once(channel)
    assert [page.idempotency_key for page in (*mail.accepted, *sms.accepted)] == [
        "checkout-api/2/1/ada@example.com",
        "search-api/1/1/ada@example.com",
        "checkout-api/2/1/+33612345601",
    ]
    service.receive(Acknowledgement(service_id="checkout-api", incident=2, by="Ada"))
    service.receive(HealthyEvent(service_id="checkout-api"))
    grace = EmailTarget(address="grace@example.com")
    ports.policies.put(EscalationPolicy(service_id="search-api", levels=(Level(targets=(grace,)),)))
    assert list(audit(database).differences) == []


def check_the_numbers_of_keys(database: Database) -> None:
    """Also where the table of that time gave it a second time."""
    keys = SqlApiKeys(database)
    before = {key.name for key in keys.all()}
    scope = KeyScope(actions=frozenset({"alert"}), services=None)
    first = keys.make("ada", "first", scope)
    [id_] = [key.id for key in keys.all() if key.name == "first"]
    keys.revoke("ada", id_)
    second = keys.make("ada", "second", scope)
    assert first.split("_")[1] != second.split("_")[1]
    assert {key.name for key in keys.all()} == {*before, "second"}


@pytest.mark.parametrize(
    "earlier_url",
    [dump for dump in DUMPS if dump.stem.startswith("0002_as_first_written")],
    ids=lambda path: path.stem,
    indirect=True,
)
def test_a_database_that_refused_every_write_is_mended_later_too(earlier_url: str) -> None:
    """Versions in between have brought it to the next revision, and it still took no write."""
    with engine_of(earlier_url) as engine, engine.begin() as connection:
        upgrade(connection, "0003")
    database = Database(earlier_url)
    check_that_it_goes_on(database)
    attempts = database.read(
        lambda connection: connection.exec_driver_sql(
            "SELECT effect, attempt, status FROM attempts ORDER BY effect, attempt"
        ).all()
    )
    assert [tuple(row) for row in attempts][:3] == [
        (1, 1, "failed"),
        (1, 2, "sent"),
        (2, 1, "sent"),
    ]
    database.close()
