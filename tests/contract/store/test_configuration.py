"""A whole configuration in the store: read in one snapshot, applied in one transaction."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import Executable, insert, select, update

from contract.store.on_call_entries import (
    ADA,
    CHECKOUT,
    DATABASE_TEAM,
    GRACE,
    NIGHTS,
    PAYMENTS,
    plain,
    use,
)
from databases import engine_of, is_locked_out
from pager import AcknowledgementTimeout, Alert, Healthy, Message, MonitoredService, Unhealthy
from pager.access.integrations import BadIntegrationName, ProtocolName, Routing
from pager.adapters.runtime.heartbeats import Heartbeats
from pager.adapters.runtime.metrics import Metrics
from pager.adapters.runtime.wakeups import Wakeups
from pager.adapters.store.access.audit_log import SqlAuditLog
from pager.adapters.store.access.integrations import SqlIntegrations
from pager.adapters.store.configuration.reading import StoredConfiguration, stored_configuration
from pager.adapters.store.configuration.writing import (
    Applied,
    ConfigurationChanged,
    ConfigurationWrites,
    Prepared,
    prepared,
)
from pager.adapters.store.core.codecs import Unreadable
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.filters import Names
from pager.adapters.store.core.schema import (
    heartbeats,
    integrations,
    on_call_edits,
    policy_edits,
    property_edits,
    timers,
)
from pager.adapters.store.core.transactions import InTransaction
from pager.adapters.store.heartbeats.writing import HeartbeatWrites
from pager.adapters.store.oncall.on_call import SqlOnCall
from pager.adapters.store.ports import SqlPorts
from pager.adapters.store.properties.properties import SqlProperties
from pager.configuration.applying import ConfigurationRefused
from pager.configuration.configuration import Configuration, IntegrationSetup
from pager.configuration.managed import Managed
from pager.configuration.properties import Properties
from pager.heartbeats import Heartbeat
from pager.model import FALLBACK
from pager.oncall.directory import Directory, directory_of
from pager.oncall.overrides import with_override
from pager.oncall.people import Person
from pager.oncall.schedules import Override, Schedule
from pager.oncall.teams import Team
from pager.oncall.verification import verified
from pager.service import PagerService
from waiting import wait_until

BACKUP = Heartbeat(name="backup", service_id=CHECKOUT, interval=timedelta(minutes=10))
GRAFANA = IntegrationSetup("Grafana", "grafana", Routing(service_id=CHECKOUT))
EVERYTHING = Configuration(
    directory=directory_of([ADA, GRACE, DATABASE_TEAM, NIGHTS, PAYMENTS]),
    policies={CHECKOUT: use(), "login": plain("ada", service_id="login"), FALLBACK: use(FALLBACK)},
    heartbeats={"backup": BACKUP},
    integrations={"Grafana": GRAFANA},
    properties=("no Level is empty",),
)
ALL = Managed()
STOOD_IN = with_override(
    NIGHTS,
    Override(
        person="Grace",
        starts_at=datetime(2027, 1, 4, 9, tzinfo=UTC),
        ends_at=datetime(2027, 1, 5, 9, tzinfo=UTC),
    ),
    datetime(2027, 1, 1, tzinfo=UTC),
)


def with_field(text: str) -> str:
    """The JSON with a field that this version does not know."""
    return f'{text[:-1]},"mood":"good"}}'


class Node:
    """One node of a Pager."""

    def __init__(self, database: Database) -> None:
        """It serves `database`."""
        self.database = database
        self.heartbeats = Heartbeats(database, Wakeups(), Metrics())
        self.ports = SqlPorts(database)
        self.on_call = SqlOnCall(database)

    @property
    def stored(self) -> StoredConfiguration:
        """As it is now."""
        return self.database.read(stored_configuration)

    def apply(
        self,
        wanted: Configuration = EVERYTHING,
        managed: Managed = ALL,
        expected: str | None = None,
        ready: Prepared | None = None,
    ) -> Applied:
        """Apply it."""
        return asyncio.run(
            self.heartbeats.write(
                lambda writes: ConfigurationWrites(writes).apply(
                    "ci", wanted, managed, expected, ready
                )
            )
        )

    def prepare(self, expected: str | None = None) -> Prepared:
        """Everything, ready to be applied."""
        return self.database.read(lambda found: prepared(found, EVERYTHING, ALL, expected))

    def receive(self, message: Message) -> None:
        """Decide what it leads to."""
        PagerService(self.ports.policies, self.ports.services).receive(message)

    def service(self, service_id: str) -> MonitoredService:
        """As it is now."""
        return self.ports.services.load(service_id).service

    def timers(self) -> Sequence[tuple[str, int, int]]:
        """The timeouts that are due: service, incident and level."""
        query = select(timers.c.service_id, timers.c.incident, timers.c.level)
        return self.database.read(lambda found: [(*row,) for row in found.execute(query)])

    def let_stay_away(self, name: str) -> None:
        """It was pinged once, long ago, and its Alert is raised."""
        self._write(lambda writes: writes.ping(name, lambda _: True))
        self.store(update(heartbeats).values(check_at=1))
        self.heartbeats.beat()

    def write_heartbeat(self, heartbeat: Heartbeat) -> None:
        """Edit it by hand."""
        self._write(lambda writes: writes.put("ada", heartbeat, lambda _: True))

    def _write(self, work: Callable[[HeartbeatWrites], object]) -> None:
        asyncio.run(self.heartbeats.write(work))

    def store(self, statement: Executable) -> None:
        """Change the tables behind Pager's back."""
        self.database.write(lambda connection: connection.execute(statement))


@pytest.fixture
def node(either_database: Database) -> Node:
    """One with nothing set up."""
    return Node(either_database)


def of(*entries: Person | Team | Schedule) -> Configuration:
    """A configuration with these and nothing else."""
    return Configuration(directory=directory_of(entries))


# --- What is applied is there ---------------------------------------------------------------


def test_what_was_applied_is_what_is_stored(node: Node) -> None:
    """Of every kind; and applied again it changes nothing, and leaves no edit."""
    applied = node.apply()
    assert (applied.before, applied.after) == (Configuration(), EVERYTHING)
    assert node.stored.configuration == EVERYTHING
    assert node.stored.version == applied.version
    assert node.apply().version == applied.version
    assert len(SqlAuditLog(node.database).last(9)) == 3


def test_what_was_prepared_is_applied_as_it_is(node: Node) -> None:
    """Nothing is worked out again while Alerts wait for the writer."""
    less = EVERYTHING._replace(properties=())
    assert node.apply(ready=node.prepare()._replace(after=less)).after == less
    assert node.stored.configuration == less


def test_what_was_edited_since_it_was_prepared_is_prepared_again(node: Node) -> None:
    """Unless whoever applies it has seen another version: then nothing is changed."""
    node.apply(EVERYTHING._replace(properties=()))
    ready = node.prepare()
    node.on_call.put(STOOD_IN)
    assert node.apply(ready=ready).after.directory.schedules["Nights"] == STOOD_IN
    seen = node.stored.version.tag
    ready = node.prepare(seen)
    node.on_call.put(NIGHTS)
    with pytest.raises(ConfigurationChanged):
        node.apply(expected=seen, ready=ready)
    with pytest.raises(ConfigurationChanged):
        node.prepare(seen)


def test_single_edits_read_what_was_applied(node: Node) -> None:
    """The ports and the histories know no difference; each edit has its author and its note."""
    node.apply()
    assert node.ports.policies.of(CHECKOUT) is not None
    using = node.ports.policies.services_using("Payments", Names(), 9)
    assert using == [CHECKOUT, FALLBACK]
    [edit] = node.on_call.history(Person, "Ada", 9)
    assert (edit.author, edit.entry, edit.note) == ("ci", ADA, "configuration applied")
    [policy_edit] = node.ports.policies.history("login", 9)
    assert (policy_edit.author, policy_edit.note) == ("ci", "configuration applied")
    [properties_edit] = SqlProperties(node.database).history(9)
    assert (properties_edit.author, properties_edit.note) == ("ci", "configuration applied")
    log = SqlAuditLog(node.database).last(9)
    assert log[0][1:5] == (
        "ci",
        "configuration applied",
        "configuration",
        "11 added, 0 changed, 0 removed",
    )
    assert {entry.action for entry in log[1:]} == {"integration made", "heartbeat made"}


def test_what_is_only_on_the_server_is_removed(node: Node) -> None:
    """Whoever was named by nobody but those who go with them may go."""
    node.apply()
    node.apply(Configuration())
    assert node.stored.configuration == Configuration()
    assert node.on_call.directory() == Directory()
    assert SqlIntegrations(node.database).all() == []
    [entry, *_] = SqlAuditLog(node.database).last(9)
    assert entry.detail == "0 added, 0 changed, 11 removed"


def test_a_kind_that_is_not_managed_is_left_alone(node: Node) -> None:
    """Whatever is said of it."""
    node.apply()
    people = Managed(kinds=frozenset({"people"}))
    linus = Person(name="Linus")
    node.apply(of(ADA, GRACE, linus), people)
    directory = EVERYTHING.directory.having(linus)
    assert node.stored.configuration == EVERYTHING._replace(directory=directory)


def test_an_integration_keeps_its_key(node: Node) -> None:
    """Also where its service or its protocol is another one; a new one has a key, too."""
    rows = SqlIntegrations(node.database)
    made = rows.make("ada", "Grafana", "webhook", Routing(service_id="login"))
    node.apply()
    known = rows.authenticate(made.key)
    assert known is not None
    assert (known.id, known.protocol, known.routing) == (made.id, "grafana", GRAFANA.routing)


def test_a_mark_of_a_verified_address_stays(node: Node) -> None:
    """Nobody can write it, and nobody loses it; another address has none."""
    node.apply()
    node.on_call.put(verified(ADA, "ada@example.com"))
    node.apply(of(ADA, GRACE), Managed(kinds=frozenset({"people"})))
    assert node.on_call.directory().people["Ada"] == verified(ADA, "ada@example.com")


# --- Incidents and heartbeats ---------------------------------------------------------------


def test_an_exhausted_incident_goes_on(node: Node) -> None:
    """There may be somebody now who was not notified yet."""
    node.ports.policies.put(plain("ada"))
    node.receive(Alert(service_id=CHECKOUT, message="p99"))
    node.receive(AcknowledgementTimeout(service_id=CHECKOUT, incident=1, level=1))
    assert node.timers() == []
    node.apply()
    assert node.timers() == [(CHECKOUT, 1, 1)]


def test_an_exhausted_incident_goes_on_where_its_policy_means_somebody_new(node: Node) -> None:
    """The policy is as it was, and one of its people has an address now."""
    node.apply(EVERYTHING._replace(directory=EVERYTHING.directory.having(Person(name="Grace"))))
    node.receive(Alert(service_id=CHECKOUT, message="p99"))
    for level in (1, 2):
        node.receive(AcknowledgementTimeout(service_id=CHECKOUT, incident=1, level=level))
    assert node.timers() == []
    node.apply()
    assert node.timers() == [(CHECKOUT, 1, 2)]


def test_a_heartbeat_that_is_removed_is_resolved(node: Node) -> None:
    """As when somebody removes it by hand."""
    node.apply()
    node.let_stay_away("backup")
    assert isinstance(node.service(CHECKOUT), Unhealthy)
    node.apply(EVERYTHING._replace(heartbeats={}))
    assert isinstance(node.service(CHECKOUT), Healthy)


def test_the_policy_of_a_service_may_go_during_its_incident(node: Node) -> None:
    """The incident goes on under the fallback policy."""
    node.apply()
    node.receive(Alert(service_id="login", message="p99"))
    node.apply(EVERYTHING._replace(policies={FALLBACK: use(FALLBACK)}))
    node.receive(AcknowledgementTimeout(service_id="login", incident=1, level=1))
    assert isinstance(node.service("login"), Unhealthy)


# --- Refused as a whole ---------------------------------------------------------------------


def test_everything_that_is_wrong_is_said_and_nothing_is_changed(node: Node) -> None:
    """A person who is named and goes, a policy that is used and goes: each with who names them."""
    node.apply()
    wanted = EVERYTHING._replace(directory=directory_of([ADA, DATABASE_TEAM, NIGHTS]))
    with pytest.raises(ConfigurationRefused) as refused:
        node.apply(wanted._replace(heartbeats={}))
    assert [str(problem) for problem in refused.value.problems] == [
        "team Database, member 2: There is no person called Grace.",
        "service checkout-api, uses: There is no policy called Payments.",
        "fallback, uses: There is no policy called Payments.",
    ]
    assert node.stored.configuration == EVERYTHING


def test_what_was_edited_since_it_was_planned_is_not_overwritten(node: Node) -> None:
    """An edit of any part, also of one that is only in this database."""
    senders = SqlIntegrations(node.database)

    def reroute(protocol: ProtocolName, service_id: str) -> None:
        [stored] = senders.all()
        routing = Routing(service_id=service_id)
        senders.reroute("ada", stored.id, stored.version, routing, protocol)

    of_heartbeat: list[dict[str, object]] = [
        {"grace": timedelta(hours=1)},
        {"interval": timedelta(hours=1)},
        {"service_id": "login"},
        {"dedup_key": "tape"},
    ]
    edits: list[Callable[[], object]] = [
        lambda: node.ports.policies.put(plain("grace")),
        lambda: node.on_call.put(Person(name="Linus")),
        *(
            partial(node.write_heartbeat, BACKUP.model_copy(update=changed))
            for changed in of_heartbeat
        ),
        lambda: reroute("grafana", "login"),
        lambda: reroute("webhook", CHECKOUT),
        lambda: senders.make("ada", "ci", "webhook", GRAFANA.routing),
        lambda: SqlProperties(node.database).put(Properties()),
    ]
    for edit in edits:
        node.apply()
        planned = node.stored.version.tag
        edit()
        with pytest.raises(ConfigurationChanged):
            node.apply(expected=planned)
    changed = node.stored
    node.apply(expected=changed.version.tag)
    assert node.stored.configuration == EVERYTHING


def test_an_override_that_is_taken_meanwhile_stays(node: Node) -> None:
    """Files say nothing of it, unless they say so."""
    node.apply()
    node.on_call.put(STOOD_IN)
    node.apply()
    assert node.on_call.directory().schedules["Nights"] == STOOD_IN
    node.apply(managed=Managed(overrides=frozenset({"Nights"})))
    assert node.on_call.directory().schedules["Nights"] == NIGHTS


def test_a_failure_in_the_middle_leaves_nothing(node: Node) -> None:
    """Not even the resolve of a heartbeat: all of it is one transaction."""
    node.apply()
    node.let_stay_away("backup")
    nameless = {"": GRAFANA._replace(name="")}
    with pytest.raises(BadIntegrationName):
        node.apply(EVERYTHING._replace(heartbeats={}, policies={}, integrations=nameless))
    assert node.stored.configuration == EVERYTHING
    assert isinstance(node.service(CHECKOUT), Unhealthy)


BY_A_NEWER_VERSION: dict[str, Executable] = {
    "the properties": insert(property_edits).values(edited_at=1, value='{"properties":7}'),
    "the properties now": insert(property_edits).values(
        edited_at=1, value=with_field('{"properties":["no Level is empty"]}')
    ),
    "the person Ada": insert(on_call_edits).values(
        kind="person", name="Ada", edited_at=1, value='{"type":"robot","name":"Ada"}'
    ),
    "the person Grace": insert(on_call_edits).values(
        kind="person", name="Grace", edited_at=1, value=with_field(GRACE.model_dump_json())
    ),
    "login": insert(policy_edits).values(
        service_id="login", edited_at=1, policy='{"levels":"by magic"}'
    ),
    CHECKOUT: insert(policy_edits).values(
        service_id=CHECKOUT, edited_at=1, policy=with_field(use().model_dump_json())
    ),
    "the integration Grafana": update(integrations).values(protocol="telepathy"),
    "integration Grafana": update(integrations).values(
        routing=with_field(GRAFANA.routing.model_dump_json())
    ),
}


@pytest.mark.parametrize("name", BY_A_NEWER_VERSION)
def test_what_only_a_newer_version_knows_is_never_overwritten(node: Node, name: str) -> None:
    """Its kinds, its fields, its protocols: all is refused, and it is said what cannot be read."""
    node.apply()
    node.store(BY_A_NEWER_VERSION[name])
    with pytest.raises(Unreadable, match=name.removesuffix(" now")):
        node.apply(Configuration())
    assert "Database" in node.on_call.directory().teams


def test_two_applications_at_once_are_one_after_the_other(node: Node) -> None:
    """Of two that were planned on the same version one is refused."""
    planned = node.stored.version.tag

    def apply(name: str) -> str:
        try:
            node.apply(of(Person(name=name)), expected=planned)
        except ConfigurationChanged:
            return "refused"
        return name

    with ThreadPoolExecutor() as both:
        outcomes = set(both.map(apply, ["Ada", "Grace"]))
    [name] = outcomes - {"refused"}
    assert len(outcomes) == 2
    assert set(node.on_call.directory().people) == {name}


EDITS_OF_ANOTHER_NODE: dict[str, Callable[[InTransaction], object]] = {
    "a person": lambda node: SqlOnCall(node).put(Person(name="Linus")),
    "an integration": lambda node: SqlIntegrations(node).make(
        "ada", "ci", "webhook", GRAFANA.routing
    ),
}


@pytest.mark.parametrize("edited", EDITS_OF_ANOTHER_NODE)
def test_an_edit_of_another_node_at_the_same_moment_is_not_overwritten(
    postgresql_database: str, edited: str
) -> None:
    """The application has read what there was before; it waits for the edit, and is refused."""
    database = Database(postgresql_database)
    node = Node(database)
    with engine_of(postgresql_database) as other_node, ThreadPoolExecutor(1) as threads:
        with other_node.begin() as connection:
            EDITS_OF_ANOTHER_NODE[edited](InTransaction(connection))
            application = threads.submit(node.apply)
            wait_until(lambda: application.done() or is_locked_out(database))
        with pytest.raises(ConfigurationChanged):
            application.result()
    stored = node.stored.configuration
    assert [*stored.directory.people, *stored.integrations] in (["Linus"], ["ci"])
    assert stored.heartbeats == {}
    database.close()
