"""Stored values outlive versions: what a newer version has stored stops nothing here.

Each test plants something in one stored value, and then uses everything that reads it: every route
of the application, the workers' ports, the metrics, the audit, the journal and retention.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlencode

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Connection

from contract.web.application import KEY, LINKS, application_on, shared_application
from contract.web.forms import FormPage, in_words
from contract.web.installation import Installation
from contract.web.people import Browser, signed_in
from pager import Acknowledgement, Alert, EmailTarget, HealthyEvent, Notification
from pager.access.integrations import Routing
from pager.access.scopes import ACTIONS, KeyScope
from pager.adapters.store.access.accounts import SqlAccounts
from pager.adapters.store.access.api_keys import SqlApiKeys
from pager.adapters.store.access.calendar_feeds import FeedSubject, SqlCalendarFeeds
from pager.adapters.store.access.integrations import SqlIntegrations
from pager.adapters.store.core.database import Database
from pager.adapters.store.heartbeats.writing import HeartbeatWrites
from pager.adapters.store.oncall.additions import OnCallAdditions
from pager.adapters.store.oncall.on_call import SqlOnCall
from pager.adapters.store.properties.properties import SqlProperties
from pager.adapters.store.properties.verdicts import Counterexample, Found, SqlVerdicts
from pager.adapters.store.upkeep.audit import audit
from pager.adapters.store.upkeep.retention import prune
from pager.adapters.store.views.journal import Journal
from pager.adapters.store.views.timeline import lines
from pager.adapters.web.route_rules import NeedsFeed, NeedsIntegration
from pager.adapters.web.route_table import Route
from pager.configuration.properties import Properties
from pager.heartbeats import Heartbeat
from pager.oncall.people import ContactMethod, Person
from pager.oncall.policies import PolicyLevel, SharedPolicy
from pager.oncall.schedules import Layer, Override, Rotation, Schedule
from pager.oncall.teams import Team
from pager.ports import Outcome

SERVICE, OTHER = "checkout-api", "search-api"
ROLE = "auditor"


class Stored(NamedTuple):
    """A place where a value is stored."""

    table: str
    column: str
    where: str
    path: tuple[str | int, ...] = ()
    """Where in the value."""


VALUES = {
    "state": Stored("monitored_services", "state", "service_id = 'checkout-api'"),
    "escalation of a state": Stored(
        "monitored_services", "state", "service_id = 'checkout-api'", ("escalation",)
    ),
    "message": Stored("decisions", "message", "service_id = 'checkout-api' AND version = 1"),
    "state in the journal": Stored(
        "decisions", "after", "service_id = 'checkout-api' AND version = 1"
    ),
    "policy": Stored("policy_edits", "policy", "service_id = 'checkout-api'"),
    "Level": Stored("policy_edits", "policy", "service_id = 'checkout-api'", ("levels", 0)),
    "Target": Stored(
        "policy_edits", "policy", "service_id = 'checkout-api'", ("levels", 0, "targets", 0)
    ),
    "page": Stored("outbox", "effect", "service_id = 'checkout-api' AND channel = 'email'"),
    "Target of a page": Stored(
        "outbox", "effect", "service_id = 'checkout-api' AND channel = 'email'", ("target",)
    ),
    "delay": Stored("outbox", "effect", "service_id = 'checkout-api' AND channel = 'timer'"),
    "shared policy": Stored("on_call_edits", "value", "kind = 'policy'"),
    "Level of a shared policy": Stored("on_call_edits", "value", "kind = 'policy'", ("levels", 0)),
    "scope of a key": Stored("api_keys", "scope", "name = 'planted'"),
    "person": Stored("on_call_edits", "value", "kind = 'person'"),
    "contact method": Stored("on_call_edits", "value", "kind = 'person'", ("contact_methods", 0)),
    "team": Stored("on_call_edits", "value", "kind = 'team'"),
    "routing of an integration": Stored("integrations", "routing", "name = 'planted'"),
    "schedule": Stored("on_call_edits", "value", "kind = 'schedule'"),
    "rotation": Stored(
        "on_call_edits", "value", "kind = 'schedule'", ("layers", 0, "rotations", 0)
    ),
    "override": Stored("on_call_edits", "value", "kind = 'schedule'", ("overrides", 0)),
    "properties": Stored("property_edits", "value", "id > 0"),
    "verdict": Stored("property_verdicts", "verdict", "sentence <> ''"),
    "counterexample": Stored("property_verdicts", "verdict", "sentence <> ''", ("violations", 0)),
}


class Planted:
    """A database with an incident of each service, into which a test plants something."""

    def __init__(self, database: Database) -> None:
        """One page is sent, one failed, one waits; the timer of Level 1 is set."""
        self.database = database
        self.installation = Installation(database)
        for service_id in (SERVICE, OTHER):
            self.installation.policy(service_id, ("ada", "grace"), ("edsger",))
            self.installation.receive(Alert(service_id=service_id, message="p99 above 3 s"))
        claims = self.installation.ports.outbox.claim("email", 3)
        for claim, outcome in zip(claims, OUTCOMES, strict=True):
            self.installation.ports.outbox.settle(claim, outcome)
        keys = SqlApiKeys(database)
        self.key = keys.make("ada", "planted", KeyScope(actions=ACTIONS, services=None))
        routing = Routing(service_id=SERVICE, field="service")
        SqlIntegrations(database).make("ada", "planted", "webhook", routing)
        tomorrow = datetime.now(UTC) + timedelta(days=1)
        self.installation.ports.maintenance.add(SERVICE, timedelta(hours=1), tomorrow)
        self.app = shared_application(database, KEY)
        self.ada = signed_in(self.app, database, "administrator")
        SqlAccounts(database).add("ada", "planted@example.com", "viewer")
        for minutes in (5, 10):
            SqlOnCall(database).put(_shared_policy(timedelta(minutes=minutes)))
        beat = Heartbeat(
            name="planted@example.com", service_id=SERVICE, interval=timedelta(hours=1)
        )
        database.write(
            lambda one: HeartbeatWrites(one, lambda *_: []).put("ada", beat, lambda _: True)
        )
        method = ContactMethod(target=EmailTarget(address="planted@example.com"))
        name = "planted@example.com"
        planted = Person(name=name, contact_methods=(method,))
        OnCallAdditions(database).add("ada", [planted, Team(name=name, members=(name,))])
        starts = datetime.fromisoformat("2027-01-18T09:00")
        rotation = Rotation(name="Weekly", participants=(name,), starts=starts)
        layers = (Layer(rotations=(rotation,)),)
        stands_in = Override(person=name, starts_at=tomorrow, ends_at=tomorrow + timedelta(days=1))
        schedule = Schedule(name=name, time_zone="UTC", layers=layers, overrides=(stands_in,))
        SqlOnCall(database).put(schedule)
        SqlProperties(database).put(Properties(properties=("no Level is empty",)))
        gap = Counterexample(subject=SERVICE, at=tomorrow, what="Nobody is on call.")
        found = Found(outcome="violated", until=tomorrow, violations=(gap,), number=1)
        SqlVerdicts(database).record({"no Level is empty": found})
        self.feed = SqlCalendarFeeds(database).make(name, FeedSubject("schedule", name))

    def change(self, stored: Stored, change: Callable[[str], str]) -> None:
        """Change the values at a place."""

        def work(connection: Connection) -> None:
            table, column, where, _ = stored
            texts = connection.exec_driver_sql(
                f"SELECT rowid, {column} FROM {table} WHERE {where}"  # noqa: S608 - of this test
            ).all()
            assert texts
            for rowid, text in texts:
                connection.exec_driver_sql(
                    f"UPDATE {table} SET {column} = ? WHERE rowid = ?",  # noqa: S608
                    (change(text), rowid),
                )

        self.database.write(work)

    def value(self, stored: Stored) -> str:
        """The newest value at a place."""
        query = (
            f"SELECT {stored.column} FROM {stored.table} "  # noqa: S608 - of this test
            f"WHERE {stored.where} ORDER BY rowid DESC LIMIT 1"
        )
        text: str = self.database.read(lambda one: one.exec_driver_sql(query).scalar_one())
        return text

    def program(self, key: str = KEY) -> TestClient:
        """A client of the API."""
        return TestClient(
            self.app, headers={"Authorization": f"Bearer {key}"}, raise_server_exceptions=False
        )

    def read_everything(self, service_id: str) -> dict[str, int]:
        """The status of the answer to every GET of the application, by its path."""
        program, browser = self.program(), self.ada
        token = LINKS.link(
            Notification(
                service_id=service_id,
                incident=1,
                level=1,
                target=EmailTarget(address="ada@example.com"),
                message="p99 above 3 s",
            )
        ).rpartition("/")[2]
        version = len([SERVICE, OTHER][: [SERVICE, OTHER].index(service_id) + 1])
        names = {
            "service_id": service_id,
            "version": str(version),
            "incident": "1",
            "name": "planted@example.com",
            "number": "1",
        }
        routes: list[Route] = self.app.state.routes
        statuses = {}
        for route in routes:
            if "GET" not in route.methods or route.path.startswith("/console/join"):
                continue
            if isinstance(route.rule.access, NeedsIntegration):
                continue  # what it says is asked for below another address, too
            if route.path == "/configuration":
                continue  # it is one value: see test_configuration
            is_feed = isinstance(route.rule.access, NeedsFeed)
            path = route.path.format_map(names | {"token": self.feed if is_feed else token})
            client: TestClient = browser if route.rule.kind == "console" else program
            statuses[route.path] = client.get(path).status_code
        return statuses

    def read_behind_the_routes(self) -> None:
        """What is read without a request: the audit, the journal, retention and the workers."""
        audit(self.database)
        for service_id in (SERVICE, OTHER):
            for entry in Journal(self.database).of(service_id):
                assert list(lines(entry))
                assert entry.model_dump_json()
        prune(self.database, timedelta(days=1))
        self.installation.carry_out(Outcome("sent"))


def _shared_policy(delay: timedelta) -> SharedPolicy:
    """A shared policy with that delay."""
    ada = EmailTarget(address="ada@example.com")
    level = PolicyLevel(targets=(ada,), acknowledgement_delay=delay)
    return SharedPolicy(name="planted@example.com", levels=(level,))


OUTCOMES = (
    Outcome("sent", "250"),
    Outcome("failed", "451", timedelta(0)),
    Outcome("unknown", "", timedelta(0)),
)


@pytest.fixture
def planted(database: Database) -> Planted:
    """Nothing planted yet."""
    return Planted(database)


def with_future_field(text: str, path: tuple[str | int, ...]) -> str:
    """The JSON with another field at that place."""
    value = json.loads(text)
    inside = value
    for step in path:
        inside = inside[step]
    inside["future"] = {"of": ["a", "newer", "version"]}
    return json.dumps(value)


@pytest.mark.proof
@pytest.mark.parametrize("name", VALUES)
def test_a_field_of_a_newer_version_is_in_nobodys_way(planted: Planted, name: str) -> None:
    """Everything is read and written as without it."""
    stored = VALUES[name]
    expected = planted.read_everything(SERVICE)
    planted.change(stored, lambda text: with_future_field(text, stored.path))
    assert planted.read_everything(SERVICE) == expected
    assert set(expected.values()) <= {200, 303}
    metrics = planted.program().get("/metrics").text
    assert "pager_database_up 1" in metrics
    assert 'pager_unreadable_services{what="state"} 0' in metrics
    assert "cannot be read" not in planted.ada.get("/").text
    assert list(audit(planted.database).differences) == []
    program = planted.program(planted.key)
    for path, body in (
        ("/alerts", {"service_id": SERVICE, "message": "p99 above 3 s"}),
        ("/escalations", {"service_id": SERVICE, "incident": 1, "level": 1, "by": "Ada"}),
        ("/repeated-pages", {"service_id": SERVICE, "incident": 1, "level": 2, "by": "Ada"}),
        ("/acknowledgements", {"service_id": SERVICE, "incident": 1}),
        ("/healthy-events", {"service_id": SERVICE}),
        ("/alerts", {"service_id": SERVICE, "message": "again"}),
    ):
        assert program.post(path, json=body).status_code == 202
    planted.read_behind_the_routes()


@pytest.mark.parametrize("name", ["state", "escalation of a state"])
def test_a_field_of_a_newer_version_is_written_back(planted: Planted, name: str) -> None:
    """An Acknowledgement changes the stage; the rest of the state stays, whatever it is."""
    planted.change(VALUES["state"], lambda text: with_future_field(text, ()))
    planted.installation.receive(Acknowledgement(service_id=SERVICE, incident=1))
    state = json.loads(planted.value(VALUES["state"]))
    assert state["escalation"]["stage"] == "acknowledged", name
    assert state["future"] == {"of": ["a", "newer", "version"]}


def test_the_editor_keeps_what_it_does_not_know(planted: Planted) -> None:
    """With the Level and the Target that has it, wherever the Level was moved."""
    for name in ("policy", "Level", "Target"):
        stored = VALUES[name]
        planted.change(stored, lambda text, path=stored.path: with_future_field(text, path))  # type: ignore[misc]  # mypy can't infer a default
    planted.installation.receive(HealthyEvent(service_id=SERVICE))
    path = f"/console/services/{SERVICE}/policy"
    answer = planted.ada.submit(
        path,
        begun="1",
        version="1",
        do="save",
        acknowledged="",
        targets="edsger@example.com\nbarbara@example.com",
        delay="15 min",
        was="2",
        repeat="",
        expiry="",
    )
    assert answer.status_code == 303
    only_level = json.loads(planted.value(VALUES["policy"]))
    assert "future" in only_level
    assert "future" not in only_level["levels"][0]
    fields = [("csrf", planted.ada.csrf()), ("begun", "1"), ("version", "3"), ("do", "save")]
    for targets, was in (("edsger@example.com", "2"), ("ADA@example.com\nnew@example.com", "1")):
        fields += [("targets", targets), ("delay", "20 min"), ("was", was)]
    fields += [("repeat", ""), ("expiry", "")]
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = planted.ada.post(path, content=urlencode(fields), headers=headers)
    assert answer.status_code == 303
    second, first = json.loads(planted.value(VALUES["policy"]))["levels"]
    assert "future" not in second
    assert first["future"] == {"of": ["a", "newer", "version"]}
    assert [sorted(target) for target in first["targets"]] == [
        ["address", "future", "type"],
        ["address", "type"],
    ]


def test_the_editor_takes_every_field_of_its_own_page(planted: Planted) -> None:
    """Also those that it has only while an incident runs."""
    page = FormPage(planted.ada, planted.ada.get(f"/console/services/{SERVICE}/policy"))
    confirmed = page.fill(targets_1="barbara@example.com").press("Save")
    assert 'name="seen"' in confirmed.response.text
    assert "barbara@example.com" not in planted.value(VALUES["policy"])
    confirmed.press("Save")
    assert "barbara@example.com" in planted.value(VALUES["policy"])


def test_an_editor_of_a_newer_version_loses_nothing_here(planted: Planted) -> None:
    """A form with a field that is not known here is refused, and what it says is not stored."""
    form = {
        "begun": "1",
        "version": "1",
        "do": "save",
        "targets": "grace@example.com",
        "delay": "15 min",
        "name": "the first line",
    }
    before = planted.value(VALUES["policy"])
    answer = planted.ada.submit(f"/console/services/{SERVICE}/policy", **form)
    assert answer.status_code == 403
    assert planted.value(VALUES["policy"]) == before


def test_the_editor_of_a_shared_policy_keeps_what_it_does_not_know(planted: Planted) -> None:
    """As that of a policy of a single service."""
    for name in ("shared policy", "Level of a shared policy"):
        stored = VALUES[name]
        planted.change(stored, lambda text, path=stored.path: with_future_field(text, path))  # type: ignore[misc]  # mypy can't infer a default
    path = "/console/shared-policies/planted@example.com"
    page = FormPage(planted.ada, planted.ada.get(path)).fill(delay_1="20").press("Save")
    assert page.response.status_code == 200
    value = json.loads(planted.value(VALUES["shared policy"]))
    assert (value["levels"][0]["acknowledgement_delay"], "future" in value) == ("PT20M", True)
    assert "future" in value["levels"][0]


def test_a_shared_policy_that_cannot_be_read_stops_no_other_page(planted: Planted) -> None:
    """Its own says so (503), and its history leads to what can be read."""
    SqlOnCall(planted.database).put(
        _shared_policy(timedelta(hours=1)).model_copy(update={"name": "Search"})
    )
    newest = Stored("on_call_edits", "value", "id = 2")
    planted.change(newest, lambda text: text.replace('"email"', '"phone-call"'))
    path = "/console/shared-policies/planted@example.com"
    assert planted.ada.get(path).status_code == 503
    assert "cannot read the shared policy" in in_words(planted.ada.get(f"{path}/history").text)
    assert "Search" in planted.ada.get("/console/policies").text
    page = FormPage(planted.ada, planted.ada.get(f"{path}/history/1"))
    assert page.press("Restore this version").response.status_code == 200


def test_a_policy_that_was_read_with_a_field_is_not_put_without_it(planted: Planted) -> None:
    """The API shows it, and refuses it: so a client that edits what it read cannot drop it."""
    planted.change(VALUES["Level"], lambda text: with_future_field(text, ("levels", 0)))
    program, path = planted.program(), f"/escalation-policies/{SERVICE}"
    read = program.get(path)
    assert "future" in read.json()["levels"][0]
    assert "future" in program.get("/escalation-policies").json()[0]["levels"][0]
    answer = program.put(path, json=read.json(), headers={"If-Match": read.headers["ETag"]})
    assert answer.status_code == 422
    assert "levels.0.future" in answer.json()["detail"]


NEWER: dict[str, Callable[[str], str]] = {
    "state": lambda text: text.replace('"unhealthy"', '"in-maintenance"'),
    "escalation of a state": lambda text: text.replace('"escalating"', '"unreachable"'),
    "message": lambda text: text.replace('"alert"', '"merge"'),
    "state in the journal": lambda text: text.replace('"unhealthy"', '"in-maintenance"'),
    "policy": lambda _: '{"service_id": "checkout-api", "from": "a rotation"}',
    "Level": lambda text: text.replace('"targets"', '"who"'),
    "Target": lambda text: text.replace('"email"', '"phone-call"'),
    "page": lambda text: text.replace('"notification"', '"phone-call"'),
    "Target of a page": lambda text: text.replace('"email"', '"phone-call"'),
    "delay": lambda text: text.replace('"acknowledgement-delay"', '"reminder"'),
    "scope of a key": lambda text: text.replace('"services":null', '"services":{"team":"a"}'),
}
"""What a newer version may write, that this one cannot read."""

REFUSED = {"state", "escalation of a state", "policy", "Level", "Target"}
"""Where a message of that service cannot be decided."""


@pytest.mark.proof
@pytest.mark.parametrize(
    ("name", "change"),
    [*NEWER.items(), *((name, lambda _: "{") for name in ("state", "policy", "page"))],
    ids=[*NEWER, "garbled state", "garbled policy", "garbled page"],
)
def test_nothing_else_is_stopped_by_what_cannot_be_read(
    planted: Planted, name: str, change: Callable[[str], str]
) -> None:
    """No other service, page, endpoint, element of an array, worker or metric, nor the audit."""
    expected = planted.read_everything(OTHER)
    planted.change(VALUES[name], change)
    assert planted.read_everything(OTHER) == expected
    assert set(planted.read_everything(SERVICE).values()) <= {200, 303, 503}
    metrics = planted.program().get("/metrics").text
    assert "pager_database_up 1" in metrics
    assert planted.program().get("/readyz").status_code == 200
    alerts = [{"service_id": name, "message": "again"} for name in (OTHER, SERVICE, OTHER)]
    answer = planted.program().post("/alerts", json=alerts)
    results = answer.json()["results"] if name in REFUSED else answer.json()
    assert answer.status_code == (503 if name in REFUSED else 202)
    first, second, third = results
    assert first["state"] == third["state"] == "unhealthy"
    now = planted.ada.get("/").text
    if name in REFUSED:
        assert second["problem"]["status"] == 503
        assert f"cannot be read: {SERVICE}" in in_words(now)
        single = planted.program().post("/alerts", json=alerts[1])
        assert (single.status_code, "Retry-After" in single.headers) == (503, True)
        assert SERVICE in single.json()["detail"]
        what = "state" if "state" in name else "policy"
        assert f'pager_unreadable_services{{what="{what}"}} 1' in metrics
    else:
        assert second["state"] == "unhealthy"
        assert "cannot be read" not in now
    planted.read_behind_the_routes()
    unreadable = [found.service_id for found in audit(planted.database).differences]
    assert unreadable == [SERVICE] * (name != "scope of a key")
    assert all(len(found.what) < 500 for found in audit(planted.database).differences)
    planted.installation.receive(
        Acknowledgement(service_id=OTHER, incident=1), HealthyEvent(service_id=OTHER)
    )


def test_a_button_says_that_nothing_was_decided(planted: Planted) -> None:
    """And not that somebody was faster."""
    planted.change(VALUES["state"], NEWER["state"])
    path = f"/console/services/{SERVICE}/acknowledge"
    assert planted.ada.submit(path, incident="1").status_code == 503


def test_a_key_that_cannot_be_read_is_refused_and_can_be_revoked(planted: Planted) -> None:
    """With a sentence that says why; an action that is not known here is ignored."""
    planted.change(VALUES["scope of a key"], lambda text: text.replace('"read"', '"silence"'))
    alert = {"service_id": SERVICE, "message": "again"}
    program = planted.program(planted.key)
    assert program.post("/alerts", json=alert).status_code == 202
    assert program.get("/services").status_code == 403
    planted.change(VALUES["scope of a key"], NEWER["scope of a key"])
    # Another node, because this one has read the key a moment ago.
    other = TestClient(
        application_on(planted.database, KEY),
        headers={"Authorization": f"Bearer {planted.key}"},
        raise_server_exceptions=False,
    )
    refused = other.post("/alerts", json=alert)
    assert (refused.status_code, "API key" in refused.json()["detail"]) == (503, True)
    assert "cannot read what it may do" in planted.ada.get("/console/keys").text
    [key] = SqlApiKeys(planted.database).all()
    planted.ada.submit(f"/console/keys/{key.id}/revoke")
    assert program.post("/alerts", json=alert).status_code == 401


def test_a_role_that_is_not_known_here_may_do_nothing(planted: Planted) -> None:
    """Its owner is told so, and an administrator sees it, and can give another one."""
    name = "planted@example.com"
    browser: Browser = signed_in(planted.app, planted.database, "engineer", name)
    planted.change(Stored("accounts", "role", "role = 'engineer'"), lambda _: ROLE)
    for path in ("/", "/console/me", "/console/accounts"):
        answer = browser.get(path)
        assert (answer.status_code, f"yours is {ROLE}" in answer.text) == (403, True)
    assert ROLE in planted.ada.get("/console/accounts").text
    planted.ada.submit(f"/console/accounts/{name}/role", role="viewer")
    assert signed_in(planted.app, planted.database, "viewer", name).get("/").status_code == 200


def test_a_status_that_is_not_known_here_is_unknown(planted: Planted) -> None:
    """As a newer version may say more of a page that was sent."""
    for table in ("outbox", "attempts"):
        column = Stored(table, "status", "status = 'sent'")
        planted.change(column, lambda _: "delivered")
    assert set(planted.read_everything(SERVICE).values()) <= {200, 303}
    services = planted.program().get("/services").json()
    statuses = [page["status"] for service in services for page in service["notifications"]]
    assert sorted(statuses) == ["failed", "unknown", "unknown", "waiting"]
    planted.read_behind_the_routes()
    assert list(audit(planted.database).differences) == []


def test_decisions_by_newer_rules_are_counted(planted: Planted) -> None:
    """They cannot be decided again here, and that is no fault of theirs."""
    planted.change(Stored("decisions", "rules", "service_id = 'checkout-api'"), lambda _: "99")
    planted.change(VALUES["state in the journal"], lambda text: text.replace("p99", "p50"))
    planted.change(VALUES["state"], lambda text: text.replace("p99", "p50"))
    report = audit(planted.database)
    assert (report.decisions, report.by_newer_rules, list(report.differences)) == (1, 1, [])
