"""The rows of integrations, in either database."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import select, update

from pager.access.integrations import (
    KEY,
    BadIntegrationName,
    Integration,
    PayloadPaths,
    Routing,
)
from pager.adapters.store.access.audit_log import SqlAuditLog
from pager.adapters.store.access.integrations import (
    IntegrationChanged,
    IntegrationExists,
    IntegrationFilter,
    SqlIntegrations,
    UnreadableIntegration,
)
from pager.adapters.store.access.tokens import fingerprint
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.schema import integrations
from pager.model import ServiceId

CHECKOUT = Routing(service_id="checkout-api")
BY_LABEL = Routing(service_id="catch-all", field="service", names={"Checkout/EU": "checkout-api"})


@pytest.fixture
def database(either_database: Database) -> Database:
    """An empty database of either kind."""
    return either_database


@pytest.fixture
def rows(database: Database) -> SqlIntegrations:
    """The integrations in it."""
    return SqlIntegrations(database)


def store(database: Database, **values: str) -> None:
    """Change the rows behind Pager's back, as a newer version may."""
    change = update(integrations).values(**values)
    database.write(lambda connection: connection.execute(change))


def test_the_key_stands_for_the_integration_and_is_not_stored(
    database: Database, rows: SqlIntegrations
) -> None:
    """What is stored is its fingerprint, which is no key."""
    new = rows.make("ada", " Grafana, Paris ", "grafana", BY_LABEL)
    assert KEY.fullmatch(new.key)
    expected = Integration(new.id, "Grafana, Paris", "grafana", BY_LABEL, fingerprint(new.key))
    assert rows.authenticate(new.key) == expected
    assert expected.author == "integration Grafana, Paris"
    stored = database.read(lambda connection: connection.execute(select(integrations)).one())
    assert new.key not in repr(stored)
    for wrong in (stored.secret_hash, new.key.upper(), "0" * 32, ""):
        assert rows.authenticate(wrong) is None


def test_no_two_have_the_same_name_and_one_without_gets_a_free_one(rows: SqlIntegrations) -> None:
    """The history tells them apart by their names."""
    rows.make("ada", "ci", "webhook", CHECKOUT)
    with pytest.raises(IntegrationExists, match="already an integration 'ci'"):
        rows.make("ada", " ci ", "grafana", CHECKOUT)
    with pytest.raises(BadIntegrationName):
        rows.make("ada", "line\nbreak", "webhook", CHECKOUT)
    names = [rows.make("ada", None, "pagerduty", CHECKOUT).name for _ in range(3)]
    assert names == [f"pagerduty for checkout-api{rest}" for rest in ("", " 2", " 3")]
    assert [stored.name for stored in rows.all()] == ["ci", *names]


def test_two_nodes_make_no_two_integrations_of_one_name(postgresql_database: str) -> None:
    """Each gets a name of its own, though both look for one at the same moment."""
    nodes = [Database(postgresql_database) for _ in range(2)]
    with ThreadPoolExecutor() as threads:
        made = [
            threads.submit(SqlIntegrations(nodes[n % 2]).make, "a", None, "webhook", CHECKOUT)
            for n in range(10)
        ]
        names = {one.result().name for one in made}
    for node in nodes:
        node.close()
    assert len(names) == 10


def test_they_are_listed_by_name_in_parts_and_by_what_is_searched(rows: SqlIntegrations) -> None:
    """All conditions together; what is searched for is no pattern."""
    for name, protocol in (("b_1", "grafana"), ("a", "webhook"), ("B-2", "webhook")):
        new = rows.make("grace" if name == "a" else "ada", name, protocol, CHECKOUT)  # type: ignore[arg-type]  # plain text
    rows.note_request(new.id, "{}", "trigger checkout-api: unhealthy")
    for which, names in (
        (IntegrationFilter(), {"a", "b_1", "B-2"}),
        (IntegrationFilter("b"), {"b_1", "B-2"}),
        (IntegrationFilter("B_"), {"b_1"}),
        (IntegrationFilter(protocol="webhook"), {"a", "B-2"}),
        (IntegrationFilter("b", "webhook"), {"B-2"}),
        (IntegrationFilter(is_unheard=True), {"a", "b_1"}),
        (IntegrationFilter(created_by="grace"), {"a"}),
    ):
        assert {stored.name for stored in rows.all(which=which)} == names
        assert rows.count(which) == len(names)
    first, *others = rows.all()
    assert rows.all(1) == [first]
    assert rows.all(after=first.name) == others


def test_the_last_request_is_noted_and_no_other_changes(rows: SqlIntegrations) -> None:
    """When it came, what it was, and what became of it."""
    noted, other = (rows.make("ada", name, "webhook", CHECKOUT) for name in ("noted", "other"))
    rows.note_request(noted.id, '{"title": "Disk full"}', "trigger checkout-api: unhealthy")
    stored = rows.numbered(noted.id)
    assert stored is not None
    assert stored.used_at is not None
    assert stored.last_request == '{"title": "Disk full"}'
    assert stored.last_outcome == "trigger checkout-api: unhealthy"
    untouched = rows.numbered(other.id)
    assert untouched is not None
    assert (untouched.used_at, untouched.last_request) == (None, "")


def test_an_edit_is_made_of_what_was_read_and_of_nothing_else(
    database: Database, rows: SqlIntegrations
) -> None:
    """Of two edits of one version the second is refused; the audit log has who did what."""
    new = rows.make("ada", "ci", "webhook", CHECKOUT)
    read = rows.numbered(new.id)
    assert read is not None
    assert rows.reroute("grace", new.id, read.version, BY_LABEL) == "ci"
    with pytest.raises(IntegrationChanged, match="Somebody else has changed the integration 'ci'"):
        rows.reroute("linus", new.id, read.version, CHECKOUT)
    assert rows.authenticate(new.key) == Integration(
        new.id, "ci", "webhook", BY_LABEL, fingerprint(new.key)
    )
    current = rows.numbered(new.id)
    assert current is not None
    rows.reroute("grace", new.id, current.version, BY_LABEL)  # as it is: no entry
    assert rows.reroute("grace", 99, current.version, BY_LABEL) is None
    assert [entry[1:5] for entry in SqlAuditLog(database).last(9)] == [
        ("grace", "integration changed", "ci", BY_LABEL.in_words),
        ("ada", "integration made", "ci", "checkout-api"),
    ]


def test_it_is_revoked_once(database: Database, rows: SqlIntegrations) -> None:
    """Its key stands for nothing then; who is slower is told that there was none."""
    new = rows.make("ada", "ci", "webhook", CHECKOUT)
    assert [rows.revoke("ada", new.id), rows.revoke("grace", new.id)] == ["ci", None]
    assert rows.authenticate(new.key) is None
    assert rows.numbered(new.id) is None
    assert [entry.action for entry in SqlAuditLog(database).last(9)] == [
        "integration revoked",
        "integration made",
    ]
    # Its number is not given to another: a page that is open in a browser names it.
    assert rows.make("ada", "ci", "webhook", CHECKOUT).id > new.id


def test_what_a_newer_version_has_added_is_ignored_and_kept(
    database: Database, rows: SqlIntegrations
) -> None:
    """Its events are taken, at worst for the fallback; an edit here takes nothing away."""
    new = rows.make("ada", "ci", "webhook", CHECKOUT)
    store(database, routing='{"service_id": "checkout-api", "colour": "blue"}')
    assert rows.authenticate(new.key) == Integration(
        new.id, "ci", "webhook", CHECKOUT, fingerprint(new.key)
    )
    read = rows.numbered(new.id)
    assert read is not None
    rows.reroute("ada", new.id, read.version, BY_LABEL)
    assert rows.authenticate(new.key) == Integration(
        new.id, "ci", "webhook", BY_LABEL, fingerprint(new.key)
    )
    text = database.read(lambda connection: connection.scalar(select(integrations.c.routing)))
    assert '"colour": "blue"' in str(text)


@pytest.mark.parametrize("values", [{"protocol": "telegraph"}, {"routing": '{"service_id": 7}'}])
def test_what_cannot_be_read_is_to_be_sent_again(
    database: Database, rows: SqlIntegrations, values: dict[str, str]
) -> None:
    """A node of a newer version can read it: the sender must not give up, as it would after 401."""
    new = rows.make("ada", "ci", "webhook", CHECKOUT)
    store(database, **values)
    with pytest.raises(UnreadableIntegration, match="Send it again"):
        rows.authenticate(new.key)
    [stored] = rows.all()
    assert stored.name == "ci"


def test_what_is_taken_away_in_an_edit_is_gone(rows: SqlIntegrations) -> None:
    """Such as the paths of a webhook."""
    by_path = Routing(service_id="checkout-api", paths=PayloadPaths(title="incident.title"))
    new = rows.make("ada", "ci", "webhook", by_path)
    read = rows.numbered(new.id)
    assert read is not None
    assert read.routing == by_path
    rows.reroute("ada", new.id, read.version, CHECKOUT)
    assert rows.authenticate(new.key) == Integration(
        new.id, "ci", "webhook", CHECKOUT, fingerprint(new.key)
    )


def test_rows_of_integrations_are_locked_after_those_of_services() -> None:
    """In every transaction, so that no two nodes wait for each other in a circle."""
    service = TypeAdapter(ServiceId)
    assert service.validate_python("z" * 200) < SqlIntegrations.lock_key
    with pytest.raises(ValidationError):
        service.validate_python(SqlIntegrations.lock_key)
