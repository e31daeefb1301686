"""API keys: what a program may do with one, and what it may not."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select, update

from contract.web.application import (
    ALERT,
    KEY,
    POLICY,
    application_on,
    backend_on,
    check_problem,
    shared_application,
)
from contract.web.people import signed_in
from pager.access.api_keys import BadKeyName
from pager.access.scopes import ACTIONS, EVERYTHING, Action, KeyScope
from pager.adapters.store.access.api_keys import KeyExists, SqlApiKeys
from pager.adapters.store.access.audit_log import SqlAuditLog
from pager.adapters.store.core.clock import milliseconds
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.schema import api_keys, decisions, policy_edits
from pager.adapters.web.auth.known_keys import KNOWN_FOR, KnownKeys
from pager.testing import Clock

CHECKOUT, SEARCH = "checkout-api", "search-api"
SEARCH_POLICY = {**POLICY, "service_id": SEARCH}
HOW_TO_GET_ONE = "An administrator makes one in the console"


@pytest.fixture
def database(either_database: Database) -> Database:
    """An empty database of either kind."""
    return either_database


@pytest.fixture
def app(database: Database) -> FastAPI:
    """An application with the operator's key, on which two services are Unhealthy."""
    app = shared_application(database, KEY)
    operator = client(app, KEY)
    for policy in (POLICY, SEARCH_POLICY):
        operator.put(f"/escalation-policies/{policy['service_id']}", json=policy)
    operator.post("/alerts", json=[ALERT, {**ALERT, "service_id": SEARCH}])
    operator.post("/integrations", json={"protocol": "webhook", "service_id": CHECKOUT})
    return app


def client(app: FastAPI, key: str) -> TestClient:
    """A program that sends that key."""
    return TestClient(app, headers={"authorization": f"Bearer {key}"})


def scope(*actions: Action, services: list[str] | None = None) -> KeyScope:
    """A scope with these actions; on all services, unless some are named."""
    return KeyScope(
        actions=frozenset(actions), services=None if services is None else frozenset(services)
    )


STEP = {"service_id": CHECKOUT, "incident": 1, "level": 1, "by": "Ada"}
REQUESTS: list[tuple[Action, str, str, object]] = [
    ("alert", "POST", "/alerts", ALERT),
    ("alert", "POST", "/alerts", [ALERT]),
    ("acknowledge", "POST", "/acknowledgements", {"service_id": CHECKOUT, "incident": 1}),
    ("acknowledge", "POST", "/escalations", STEP),
    ("acknowledge", "POST", "/repeated-pages", STEP),
    ("healthy", "POST", "/healthy-events", {"service_id": CHECKOUT}),
    ("healthy", "POST", "/resolves", {"service_id": CHECKOUT}),
    ("read", "GET", "/services", None),
    ("read", "GET", f"/services/{CHECKOUT}", None),
    ("read", "GET", "/escalation-policies", None),
    ("read", "GET", f"/escalation-policies/{CHECKOUT}", None),
    ("read", "GET", f"/escalation-policies/{CHECKOUT}/history", None),
    ("read", "GET", "/metrics", None),
    ("policies", "PUT", f"/escalation-policies/{CHECKOUT}", POLICY),
    ("policies", "DELETE", f"/escalation-policies/{CHECKOUT}", None),
    ("integrations", "POST", "/integrations", {"protocol": "grafana", "service_id": CHECKOUT}),
    ("integrations", "GET", "/integrations", None),
    ("integrations", "GET", "/integrations/1", None),
    ("integrations", "DELETE", "/integrations/1", None),
]

LISTS = ("/services", "/escalation-policies", "/integrations", "/metrics")


@pytest.mark.parametrize(("action", "method", "path", "body"), REQUESTS)
def test_a_key_is_good_for_its_actions_and_no_other(
    app: FastAPI, database: Database, *, action: Action, method: str, path: str, body: object
) -> None:
    """403 for all others, and nothing is changed."""
    others = scope(*(other for other in ACTIONS if other != action))
    refused = client(app, SqlApiKeys(database).make("ada", "others", others))
    check_problem(
        refused.request(method, path, json=body), 403, f"This API key is not good for '{action}'"
    )
    service = client(app, KEY).get(f"/services/{CHECKOUT}").json()
    assert (service["state"], service["incident"], service["acknowledged"]) == (
        "unhealthy",
        1,
        False,
    )
    allowed = client(app, SqlApiKeys(database).make("ada", "this", scope(action)))
    assert allowed.request(method, path, json=body).is_success


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [(method, path, body) for _, method, path, body in REQUESTS if path not in LISTS],
)
def test_a_key_is_good_for_its_services_and_no_other(
    app: FastAPI, database: Database, method: str, path: str, body: object
) -> None:
    """For every action."""
    keys = SqlApiKeys(database)
    foreign = client(app, keys.make("ada", "foreign", scope(*ACTIONS, services=[SEARCH])))
    check_problem(foreign.request(method, path, json=body), 403, f"on '{CHECKOUT}'")
    own = client(app, keys.make("ada", "own", scope(*ACTIONS, services=[CHECKOUT])))
    assert own.request(method, path, json=body).is_success


def test_an_alert_out_of_scope_is_refused_and_the_others_of_its_array_are_not(
    app: FastAPI, database: Database
) -> None:
    """The Alert out of scope changes nothing; the Alert in scope is paged."""
    operator = client(app, KEY)
    for name in (CHECKOUT, SEARCH):
        operator.post("/healthy-events", json={"service_id": name})
    key = SqlApiKeys(database).make("ada", "ci", scope("alert", services=[CHECKOUT]))
    response = client(app, key).post("/alerts", json=[{**ALERT, "service_id": SEARCH}, ALERT])
    assert response.status_code == 202
    refusal, receipt = response.json()
    assert refusal["problem"]["status"] == 403
    assert "not good for 'alert' on 'search-api'" in refusal["problem"]["detail"]
    assert receipt["changed"] is True
    assert operator.get(f"/services/{CHECKOUT}").json()["state"] == "unhealthy"
    assert operator.get(f"/services/{SEARCH}").json()["state"] == "healthy"


def test_lists_have_what_the_key_may_read(app: FastAPI, database: Database) -> None:
    """The metrics are about all services: they take a key for all of them."""
    key = SqlApiKeys(database).make("ada", "dashboard", scope("read", services=[SEARCH]))
    dashboard = client(app, key)
    for path in ("/services", "/escalation-policies"):
        assert [entry["service_id"] for entry in dashboard.get(path).json()] == [SEARCH]
    check_problem(dashboard.get("/metrics"), 403, "not good for 'read' on every service")


def test_a_key_that_is_revoked_in_the_console_is_refused_at_once(
    app: FastAPI, database: Database
) -> None:
    """Though it was good a moment ago."""
    keys = SqlApiKeys(database)
    program = client(app, keys.make("ada", "ci", EVERYTHING))
    assert program.get("/services").status_code == 200
    [key] = keys.all()
    administrator = signed_in(app, database, "administrator")
    assert administrator.submit(f"/console/keys/{key.id}/revoke").status_code == 303
    check_problem(program.get("/services"), 401, HOW_TO_GET_ONE)
    assert keys.all() == []


def test_a_key_that_another_node_has_revoked_is_refused_after_a_second(database: Database) -> None:
    """Until then this node does not ask the database again."""
    clock = Clock()

    def seconds() -> float:
        return clock.now.total_seconds()

    known = KnownKeys(backend_on(database), seconds)
    keys = SqlApiKeys(database)
    key = keys.make("ada", "ci", EVERYTHING)

    async def scene() -> None:
        assert await known.principal(key) is not None
        keys.revoke("ada", keys.all()[0].id)
        clock.advance(KNOWN_FOR / 2)
        assert await known.principal(key) is not None
        clock.advance(KNOWN_FOR / 2)
        assert await known.principal(key) is None

    asyncio.run(scene())


def test_a_key_that_is_revoked_while_it_is_read_is_not_known_afterwards(database: Database) -> None:
    """The answer of the database may be older than that."""
    known = KnownKeys(backend_on(database))
    keys = SqlApiKeys(database)
    key = keys.make("ada", "ci", EVERYTHING)

    async def scene() -> None:
        reading = asyncio.create_task(known.principal(key))
        await asyncio.sleep(0)
        known.forget()
        await reading
        keys.revoke("ada", keys.all()[0].id)
        assert await known.principal(key) is None

    asyncio.run(scene())


def test_a_page_from_before_revokes_no_newer_key(app: FastAPI, database: Database) -> None:
    """It names the key by its id: a newer key of the same name stays valid."""
    keys = SqlApiKeys(database)
    keys.make("ada", "old", EVERYTHING)
    [shown] = keys.all()
    keys.revoke("ada", shown.id)
    key = keys.make("ada", "new", EVERYTHING)
    keys.revoke("grace", shown.id)
    assert client(app, key).get("/services").status_code == 200


def test_a_wrong_key_is_refused(app: FastAPI, database: Database) -> None:
    """Changed, cut, with another id, the stored hash, or in another scheme."""
    keys = SqlApiKeys(database)
    key = keys.make("ada", "ci", EVERYTHING)
    keys.make("ada", "another", EVERYTHING)
    _, id_, secret = key.split("_", 2)
    stored = database.read(lambda connection: connection.scalars(select(api_keys.c.secret_hash)))
    forged = [
        key[:-1] + ("a" if key[-1] != "a" else "b"),
        key[:-1],
        f"pager_{int(id_) + 1}_{secret}",
        f"pager_{'9' * 30}_{secret}",
        secret,
        f"pager_{id_}_",
        "pager__",
        "",
        *(f"pager_{id_}_{secret_hash}" for secret_hash in stored),
        f"pager_{id_}_' OR 1=1 --",
        "x" * 50_000,
    ]
    for wrong in forged:
        refused = client(app, wrong).get("/services")
        check_problem(refused, 401, HOW_TO_GET_ONE)
        assert ("Nobody has this API key" in refused.json()["detail"]) == bool(wrong)
    basic = TestClient(app, headers={"authorization": f"Basic {key}"})
    check_problem(basic.get("/services"), 401, HOW_TO_GET_ONE)
    assert client(app, key).get("/services").status_code == 200


def test_a_key_opens_no_page_of_the_console(app: FastAPI, database: Database) -> None:
    """Pages are for people: they take an account."""
    program = client(app, SqlApiKeys(database).make("ada", "ci", EVERYTHING))
    assert program.get("/", follow_redirects=False).headers["location"].startswith("/console/login")


def test_the_journal_names_the_key_that_was_used(app: FastAPI, database: Database) -> None:
    """Also after it is revoked; the key of the settings has a name of its own."""
    program = client(app, SqlApiKeys(database).make("ada", "deploy", EVERYTHING))
    program.post("/healthy-events", json={"service_id": CHECKOUT})
    program.delete(f"/escalation-policies/{CHECKOUT}")
    by_edit = select(policy_edits.c.author).order_by(policy_edits.c.id.desc()).limit(2)
    by_decision = select(decisions.c.author).where(decisions.c.service_id == CHECKOUT)
    assert list(database.read(lambda connection: connection.scalars(by_edit).all())) == [
        "API key deploy",
        "PAGER_API_KEY",
    ]
    authors = database.read(lambda connection: connection.scalars(by_decision).all())
    assert set(authors) == {"PAGER_API_KEY", "API key deploy"}


@pytest.mark.parametrize(("since", "noted"), [(30, False), (60, True)])
def test_the_last_use_is_noted_once_a_minute(
    database: Database, *, since: int, noted: bool
) -> None:
    """An Alert must not cost a write for its key."""
    keys = SqlApiKeys(database)
    key = keys.make("ada", "ci", EVERYTHING)
    [unused] = keys.all()
    assert unused.used_at is None
    assert keys.authenticate(key)
    database.write(lambda _: None)  # what was queued before is done
    aged = update(api_keys).values(
        used_at=api_keys.c.used_at - milliseconds(timedelta(seconds=since))
    )
    database.write(lambda connection: connection.execute(aged))
    [before] = keys.all()
    assert before.used_at is not None
    assert keys.authenticate(key)
    database.close()  # whatever was queued is done
    [after] = keys.all()
    assert after.used_at is not None
    assert (after.used_at > before.used_at) is noted


def test_making_and_revoking_are_in_the_audit_log(database: Database) -> None:
    """With who did it."""
    keys = SqlApiKeys(database)
    keys.make("ada", "ci", EVERYTHING)
    keys.revoke("grace", keys.all()[0].id)
    keys.revoke("grace", 1)
    assert [change[1:4] for change in SqlAuditLog(database).last(9)] == [
        ("grace", "API key revoked", "ci"),
        ("ada", "API key made", "ci"),
    ]


def test_no_two_keys_have_the_same_name(database: Database) -> None:
    """Spaces around it do not count; a name is one line."""
    keys = SqlApiKeys(database)
    keys.make("ada", "ci", EVERYTHING)
    with pytest.raises(KeyExists, match="already an API key 'ci'"):
        keys.make("ada", " ci ", EVERYTHING)
    with pytest.raises(BadKeyName):
        keys.make("ada", "line\nbreak", EVERYTHING)
    assert len(keys.all()) == 1


def test_two_nodes_do_not_make_two_keys_of_one_name(postgresql_database: str) -> None:
    """Even if both are asked at the same moment."""
    nodes = [Database(postgresql_database) for _ in range(2)]
    with ThreadPoolExecutor() as threads:
        results = [
            threads.submit(SqlApiKeys(nodes[n % 2]).make, "ada", "ci", EVERYTHING)
            for n in range(20)
        ]
        refusals = [type(result.exception()) for result in results]
    assert len(SqlApiKeys(nodes[0]).all()) == 1
    for node in nodes:
        node.close()
    assert refusals.count(KeyExists) == 19


class TestOpenOnLoopback:
    """PAGER_OPEN_ON_LOOPBACK: programs of this machine need no key."""

    def test_without_the_setting_every_path_takes_a_key(self, database: Database) -> None:
        """401, and what to do."""
        closed = TestClient(shared_application(database))
        for path in ("/services", "/metrics", "/nowhere", "/consoles"):
            check_problem(closed.get(path), 401, "PAGER_OPEN_ON_LOOPBACK=true")

    def test_an_open_server_refuses_a_wrong_key(self, database: Database) -> None:
        """So a program with a revoked key finds out."""
        opened = TestClient(application_on(database, None, "testserver"))
        assert opened.get("/services").status_code == 200
        headers = {"authorization": "Bearer pager_1_revoked"}
        check_problem(opened.get("/services", headers=headers), 401, HOW_TO_GET_ONE)

    def test_under_another_host_name_an_open_server_takes_a_key(self, database: Database) -> None:
        """A proxy in front of it does not open the API, and keys work through it."""
        app = application_on(database, KEY, "localhost")
        check_problem(TestClient(app).get("/services"), 421, "is not called 'testserver'")
        assert client(app, KEY).get("/services").status_code == 200
