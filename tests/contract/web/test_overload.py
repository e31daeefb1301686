"""Overload: which requests are refused, which are not, and that slow clients are disconnected."""

import asyncio
import gc
import socket
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from contract.web.application import application_on, shared_application
from databases import block_writer
from pager import Acknowledgement, Alert, EmailTarget, EscalationPolicy, Level
from pager.access.scopes import KeyScope
from pager.adapters.runtime.inbox import MOST_OF_ONE, Inbox
from pager.adapters.runtime.pools import Overloaded, caller
from pager.adapters.runtime.wakeups import Wakeups
from pager.adapters.store.access.api_keys import SqlApiKeys
from pager.adapters.store.core.database import Database
from pager.adapters.store.ports import SqlPorts
from pager.adapters.web.admission import AdmissionControl
from pager.adapters.web.api.message_requests import MOST_ALERTS
from pager.adapters.web.bodies import WHOLE_BODY
from pager.adapters.web.connections import ConnectionProtocol, Connections
from pager.adapters.web.limits import LARGEST_BODY, Limits
from pager.adapters.web.pipeline import Pipeline, Steps
from pager.adapters.web.responses import browser_headers

PATIENCE = 10.0
"""Seconds after which a waiting test fails."""

ALERT = Alert(service_id="checkout-api", message="p99 latency above 3 s")
POLICY = EscalationPolicy(
    service_id="checkout-api", levels=(Level(targets=(EmailTarget(address="ada@example.com"),)),)
)


# --- Too many requests ---------------------------------------------------------------------


JSON, FORM = "application/json", "application/x-www-form-urlencoded"


class Client:
    """Sends one request, whose body comes in as many parts as `parts` has; the one after None
    comes when `go_on` is set."""

    def __init__(self, path: str, method: str = "POST", *parts: bytes | None) -> None:
        self._parts = list(parts or [b""])
        self._reads = asyncio.Event()
        self._reads.set()
        kind = FORM if path.startswith("/console") else JSON
        self.headers = [(b"content-type", kind.encode())]
        self.scope: Scope = {
            "type": "http",
            "method": method,
            "path": path,
            "headers": self.headers,
            "query_string": b"",
        }
        self.answer: list[Message] = []
        self.has_sent_all = asyncio.Event()
        self.go_on = asyncio.Event()

    def stop_reading(self) -> "Client":
        """Read nothing of the answer until `read`."""
        self._reads.clear()
        return self

    def read(self) -> None:
        """Read the answer."""
        self._reads.set()

    async def request(self, app: ASGIApp) -> tuple[int, dict[str, str]]:
        """The status and the headers of the answer."""
        await app(self.scope, self._receive, self.send)
        start = self.answer[0]
        return start["status"], {k.decode(): v.decode() for k, v in start["headers"]}

    async def _receive(self) -> Message:
        part = self._parts.pop(0)
        if part is None:
            self.has_sent_all.set()
            await self.go_on.wait()
            part = self._parts.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(self._parts)}

    async def send(self, message: Message) -> None:
        """Take a part of the answer, once the client reads."""
        self.answer.append(message)
        await self._reads.wait()


async def request(
    app: ASGIApp, path: str, method: str = "POST", *parts: bytes | None
) -> tuple[int, dict[str, str]]:
    """The status and the headers of an answer."""
    return await Client(path, method, *parts).request(app)


class Busy:
    """An application that answers when `go_on` is set."""

    def __init__(self) -> None:
        self.go_on = asyncio.Event()
        self.inside = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wait, then answer."""
        self.inside += 1
        await self.go_on.wait()
        await send({"type": "http.response.start", "status": 202, "headers": []})
        await send({"type": "http.response.body", "body": b""})


Answers = list[asyncio.Task[tuple[int, dict[str, str]]]]


Admit = Callable[[ASGIApp, Limits], ASGIApp]
"""Puts admission control before an application."""


@pytest.fixture
def admit(app: FastAPI) -> Admit:
    """Admission control with the rules of all routes."""
    steps: Steps = app.state.steps

    def admit(inner: ASGIApp, limits: Limits) -> ASGIApp:
        open_to_all = steps._replace(
            guard=LetsEverybodyPass(), admission=AdmissionControl(limits), short_path={}
        )
        return Pipeline(inner, open_to_all)

    return admit


class LetsEverybodyPass:
    """A guard that does."""

    async def authorize(self, request: Request) -> None:
        """It asks for nothing."""


async def waiting_requests(
    admit: Admit, limits: Limits, count: int, body: bytes = b"", path: str = "/alerts"
) -> tuple[Busy, ASGIApp, Answers]:
    """Send so many requests, by default Alerts, which wait for their answers."""
    busy = Busy()
    app = admit(busy, limits)
    waiting = [asyncio.create_task(request(app, path, "POST", body)) for _ in range(count)]
    while busy.inside < count:
        await asyncio.sleep(0)
    return busy, app, waiting


def test_a_request_beyond_the_limit_is_refused_with_retry_after(admit: Admit) -> None:
    """503; it is admitted once another one has been answered."""

    async def scene() -> None:
        busy, app, waiting = await waiting_requests(admit, Limits(requests=2), 2)
        status, headers = await request(app, "/alerts")
        assert (status, headers["retry-after"]) == (503, "5")
        busy.go_on.set()
        assert [status for status, _ in await asyncio.gather(*waiting)] == [202, 202]
        assert (await request(app, "/alerts"))[0] == 202

    asyncio.run(scene())


def test_the_bytes_of_bodies_are_limited_too(admit: Admit) -> None:
    """What is parsed of them takes a few times as much memory."""

    async def scene() -> None:
        limits, large = Limits(bytes=2 * LARGEST_BODY), bytes(LARGEST_BODY)
        busy, app, waiting = await waiting_requests(admit, limits, 2, large)
        assert (await request(app, "/alerts", "POST", b"x"))[0] == 503
        busy.go_on.set()
        await asyncio.gather(*waiting)
        assert (await request(app, "/alerts", "POST", b"x"))[0] == 202

    asyncio.run(scene())


class Watched(dict[str, object]):
    """The state of a request: it can be seen when it is freed."""


@pytest.mark.proof
def test_nothing_of_a_request_that_was_broken_off_stays_in_memory(database: Database) -> None:
    """There may be a megabyte of its body, and a garbage collection that finds it comes seldom."""
    app = application_on(database, None, "testserver")
    client = Client("/alerts")
    client.headers.append((b"host", b"testserver"))
    messages: list[Message] = [
        {"type": "http.request", "body": b'{"message": "', "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> Message:
        return messages.pop(0)

    async def broken_off() -> weakref.ref[Watched]:
        state = Watched()
        await app({**client.scope, "state": state}, receive, client.send)
        return weakref.ref(state)

    gc.collect()
    gc.disable()
    try:
        assert asyncio.run(broken_off())() is None
    finally:
        gc.enable()
    assert client.answer[0]["status"] == 400


def test_a_client_that_sends_slowly_holds_no_place_that_others_need(admit: Admit) -> None:
    """Where there is no room for another body, the one that is slowest gives way."""

    async def scene() -> None:
        busy = Busy()
        busy.go_on.set()
        app = admit(busy, Limits(requests=1, bytes=LARGEST_BODY))
        slow = [Client("/alerts", "POST", bytes(LARGEST_BODY // 2), None) for _ in range(2)]
        slow_answers = []
        for client in slow:
            slow_answers.append(asyncio.create_task(client.request(app)))
            await client.has_sent_all.wait()
        assert (await request(app, "/alerts", "POST", bytes(LARGEST_BODY // 2)))[0] == 202
        assert (await slow_answers[0])[0] == 503
        assert not slow_answers[1].done()
        slow_answers[1].cancel()

    asyncio.run(scene())


def test_a_body_that_came_with_its_head_is_not_waited_for(admit: Admit) -> None:
    """It counts as any other body does: where there is no room for it, it is refused."""

    async def scene(size: int) -> int:
        busy, client = Busy(), Client("/alerts", "POST", None)
        busy.go_on.set()
        client.scope["state"] = {WHOLE_BODY: bytearray(size)}
        status, _ = await client.request(admit(busy, Limits(bytes=1_000)))
        return status

    assert asyncio.run(scene(1_000)) == 202
    assert asyncio.run(scene(1_001)) == 503


def test_a_body_that_gave_way_is_refused_though_the_rest_of_it_comes_at_once(admit: Admit) -> None:
    """503, and nothing is counted twice: the next one finds all the room."""

    async def scene() -> None:
        busy = Busy()
        busy.go_on.set()
        app = admit(busy, Limits(bytes=LARGEST_BODY))
        half = bytes(LARGEST_BODY // 2)
        hurried = Client("/alerts", "POST", half, None, half)
        answer = asyncio.create_task(hurried.request(app))
        await hurried.has_sent_all.wait()
        hurried.go_on.set()
        for _ in range(2):
            assert (await request(app, "/alerts", "POST", bytes(LARGEST_BODY)))[0] == 202
        assert (await answer)[0] == 503

    asyncio.run(scene())


@pytest.mark.parametrize("path", ["/alerts", "/services", "/acknowledge/x", "/console/login"])
def test_a_client_that_does_not_read_holds_no_place_that_others_need(
    admit: Admit, path: str
) -> None:
    """The work on its request is done: only the network waits for it."""

    async def scene() -> None:
        busy = Busy()
        busy.go_on.set()
        app = admit(busy, Limits(requests=1))
        client = Client(path).stop_reading()
        unread = asyncio.create_task(client.request(app))
        while not client.answer:
            await asyncio.sleep(0)
        assert (await request(app, path))[0] == 202
        client.read()
        assert (await unread)[0] == 202

    asyncio.run(scene())


def test_one_caller_keeps_nobody_else_out(admit: Admit) -> None:
    """Each key, person, link or address has a part of the places."""

    async def scene() -> None:
        limits = Limits(requests=3, requests_of_one=2)
        busy, app, waiting = await waiting_requests(admit, limits, 2)
        assert (await request(app, "/alerts"))[0] == 503
        token = caller.set("API key another")
        other = asyncio.create_task(request(app, "/alerts"))
        caller.reset(token)
        while busy.inside < 3:
            await asyncio.sleep(0)
        busy.go_on.set()
        assert [status for status, _ in await asyncio.gather(*waiting, other)] == [202] * 3

    asyncio.run(scene())


def test_files_and_refusals_take_no_place(app: FastAPI) -> None:
    """They are answered at once, so whoever asks for them without reading fills nothing."""
    for method, path in [
        ("GET", "/console/console.js"),
        ("GET", "/console/icon.svg"),
        ("GET", "/docs"),
        ("GET", "/openapi.json"),
        ("GET", "/nowhere"),
        ("GET", "/console/nowhere"),
        ("GET", "/acknowledge/x/y"),
        ("DELETE", "/alerts"),
        ("DELETE", "/acknowledge/x"),
    ]:
        assert app.state.steps.rules.find(method, path).rule.admission == "always"


def test_an_acknowledgement_is_admitted_in_a_flood_of_alerts(admit: Admit) -> None:
    """By the link and by the API; also in the storm of Healthy events after it."""

    async def scene() -> None:
        busy, app, waiting = await waiting_requests(admit, Limits(requests=2), 2)
        for path in ("/alerts", "/healthy-events", "/resolves"):
            assert (await request(app, path))[0] == 503
        people = [
            asyncio.create_task(request(app, path))
            for path in ("/acknowledgements", "/acknowledge/x")
        ]
        while busy.inside < 4:
            await asyncio.sleep(0)
        busy.go_on.set()
        assert [status for status, _ in await asyncio.gather(*waiting, *people)] == [202] * 4

    asyncio.run(scene())


@pytest.mark.parametrize("path", ["/console/login", "/console/join/x"])
def test_requests_of_strangers_keep_nobody_else_out(admit: Admit, path: str) -> None:
    """Even if a stranger sends as many slow forms as are allowed, again and again."""

    async def scene() -> None:
        busy, app, waiting = await waiting_requests(admit, Limits(requests=2), 2, path=path)
        assert (await request(app, path))[0] == 503
        others = [
            asyncio.create_task(request(app, path, method))
            for method, path in (("POST", "/acknowledge/x"), ("GET", "/"), ("POST", "/alerts"))
        ]
        while busy.inside < 5:
            await asyncio.sleep(0)
        busy.go_on.set()
        assert [status for status, _ in await asyncio.gather(*waiting, *others)] == [202] * 5

    asyncio.run(scene())


def test_health_checks_and_metrics_are_always_admitted(admit: Admit) -> None:
    """Otherwise Pager would be restarted when it is busy."""

    async def scene() -> None:
        busy = Busy()
        busy.go_on.set()
        app = admit(busy, Limits(requests=0))
        assert (await request(app, "/services", "GET"))[0] == 503
        for path in ("/healthz", "/readyz", "/metrics"):
            assert (await request(app, path, "GET"))[0] == 202

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("method", "path", "key", "status"),
    [
        ("PUT", "/escalation-policies/search-api", True, 403),
        ("POST", "/acknowledgements", True, 403),
        ("POST", "/alerts", False, 401),
        ("POST", "/services/checkout-api", True, 405),
        ("POST", "/console/services/checkout-api/policy", False, 303),
        ("POST", f"/acknowledge/{'x' * 40}", False, 404),
    ],
)
def test_a_caller_without_the_right_is_refused_before_its_body_is_read(
    database: Database, method: str, path: str, status: int, *, key: bool
) -> None:
    """Its body may be large, or never come."""
    scope = KeyScope(actions=frozenset({"policies"}), services=frozenset({"checkout-api"}))
    made = SqlApiKeys(database).make("a test", "narrow", scope)
    app = shared_application(database)

    async def scene() -> None:
        client = Client(path, method, None)
        if key:
            client.headers.append((b"authorization", f"Bearer {made}".encode()))
        async with asyncio.timeout(PATIENCE):
            assert (await client.request(app))[0] == status
        assert not client.has_sent_all.is_set()

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/healthz"),
        ("GET", "/services"),
        ("POST", "/alerts"),
        ("GET", "/docs"),
        ("GET", "/openapi.json"),
        ("GET", "/nowhere"),
        ("GET", "/console/login"),
        ("GET", "/console/console.js"),
        ("GET", "/static-offline-docs/swagger-ui.css"),
        ("BREW", "/healthz"),
        ("GET", "/acknowledge/x"),
    ],
)
def test_every_answer_has_the_security_headers(app: FastAPI, method: str, path: str) -> None:
    """Of pages, the API, its documentation, files and refusals."""
    headers = TestClient(app).request(method, path).headers
    for name in browser_headers():
        assert headers.get(name), name
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


# --- Too much to commit --------------------------------------------------------------------


@pytest.fixture
def database(database: Database) -> Database:
    """A database with a policy for checkout-api."""
    SqlPorts(database).policies.put(POLICY)
    return database


@contextmanager
def held_back(database: Database) -> Iterator[None]:
    """Keep the writer busy while the context is open."""
    go_on = block_writer(database)
    try:
        yield
    finally:
        go_on.set()


def test_a_message_that_is_not_committed_in_time_is_refused_and_dropped(
    database: Database,
) -> None:
    """Its sender is told to send it again, so it must not be committed later."""
    inbox = Inbox(database, Wakeups(), answer_within=timedelta(milliseconds=1))
    with held_back(database), pytest.raises(Overloaded):
        asyncio.run(inbox.receive([ALERT]))
    later = ALERT.model_copy(update={"service_id": "search-api"})
    inbox.submit(later).result(PATIENCE)  # all that came before it is decided, or dropped
    assert SqlPorts(database).services.load("checkout-api").version == 0


def test_while_too_many_wait_alerts_are_refused_and_acknowledgements_are_not(
    database: Database,
) -> None:
    """A program sends its Alert again; a person might not press the button again."""
    inbox = Inbox(database, Wakeups(), most_waiting=0)
    inbox.submit(ALERT).result(PATIENCE)
    with held_back(database):
        database.submit(lambda _: None)
        with pytest.raises(Overloaded):
            asyncio.run(inbox.receive([ALERT]))
        acknowledgement = Acknowledgement(service_id="checkout-api", incident=1, by="Ada")
        acknowledged = threading.Thread(
            target=lambda: asyncio.run(inbox.receive([acknowledgement]))
        )
        acknowledged.start()
        while database.waiting < 2:
            threading.Event().wait(0.001)
    acknowledged.join(PATIENCE)
    assert SqlPorts(database).services.load("checkout-api").version == 2


@pytest.mark.proof
def test_one_key_with_arrays_keeps_no_other_key_out(database: Database) -> None:
    """It fills its part of the places, and is refused; an Alert of another key is accepted."""
    app = application_on(database)
    scope = KeyScope(actions=frozenset({"alert"}), services=None)
    wild, other = (SqlApiKeys(database).make("a test", name, scope) for name in ("wild", "other"))
    array = f"[{','.join([ALERT.model_dump_json()] * MOST_ALERTS)}]".encode()
    fitting = MOST_OF_ONE // MOST_ALERTS

    def send(key: str, body: bytes) -> "asyncio.Task[tuple[int, dict[str, str]]]":
        client = Client("/alerts", "POST", body)
        client.headers.append((b"authorization", f"Bearer {key}".encode()))
        return asyncio.create_task(client.request(app))

    async def scene() -> None:
        with held_back(database):
            flood = [send(wild, array) for _ in range(2 * fitting)]
            async with asyncio.timeout(PATIENCE):
                while sum(answer.done() for answer in flood) < fitting:
                    await asyncio.sleep(0.001)
                alert = send(other, ALERT.model_dump_json().encode())
                while database.waiting <= MOST_OF_ONE and not alert.done():
                    await asyncio.sleep(0.001)
        assert (await alert)[0] == 202
        statuses = [status for status, _ in await asyncio.gather(*flood)]
        assert (statuses.count(202), statuses.count(503)) == (fitting, fitting)

    asyncio.run(scene())


# --- Too slow ------------------------------------------------------------------------------


@contextmanager
def serving(
    listener: socket.socket, app: ASGIApp, idle_timeout: timedelta, most: int
) -> Iterator[None]:
    """Run uvicorn as `pager serve` does, with that `idle_timeout` and so many connections."""
    limits = {"idle_timeout": idle_timeout, "open_connections": Connections(most)}
    protocol = type("Protocol", (ConnectionProtocol,), limits)
    config = uvicorn.Config(app, http=protocol, lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(PATIENCE)


@contextmanager
def served(app: ASGIApp, most: int = 100) -> Iterator[Callable[[], socket.socket]]:
    """Run it, and connect to it."""
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        serving(listener, app, ConnectionProtocol.idle_timeout, most),
    ):
        yield lambda: socket.create_connection(listener.getsockname(), PATIENCE)


@contextmanager
def impatiently_served(
    app: ASGIApp, sent: bytes, idle_timeout: timedelta = timedelta(milliseconds=20)
) -> Iterator[socket.socket]:
    """A client of a server that soon gives up who is idle. It has sent this before it is accepted:
    on a busy machine it might otherwise be given up before it sends anything.
    """
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname(), PATIENCE) as client,
    ):
        client.sendall(sent)
        with serving(listener, app, idle_timeout, most=100), client:
            yield client


async def slow_to_answer(scope: Scope, receive: Receive, send: Send) -> None:
    """An application that takes longer than the idle timeout."""
    await asyncio.sleep(0.2)
    headers = [(b"content-length", b"4")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"done"})


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """An application that answers with the body of the request, and a line."""
    body, more = b"", True
    while more:
        part = await receive()
        body += part.get("body", b"")
        more = part.get("more_body", False)
    headers = [(b"content-length", str(len(body) + 1).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body + b"\n"})


REQUEST = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
POST = b"POST /alerts HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n"


@pytest.mark.parametrize("sent", [b"", REQUEST], ids=["nothing", "half a head"])
def test_an_idle_client_is_disconnected(sent: bytes) -> None:
    """A thousand of them would use up the file descriptors."""
    with impatiently_served(slow_to_answer, sent) as client:
        assert client.recv(1000) == b""


@pytest.mark.parametrize("sent", [b"", REQUEST, POST], ids=["nothing", "half a head", "no body"])
def test_where_there_are_too_many_connections_the_idle_ones_make_room(sent: bytes) -> None:
    """Whoever opens as many as there may be keeps nobody else from being answered."""
    with served(echo, most=3) as connect:
        idle = [connect() for _ in range(3)]
        for client in idle:
            client.sendall(sent)
        with connect() as client:
            client.sendall(REQUEST + b"Connection: close\r\n\r\n")
            assert b"200 OK" in client.recv(1000)
        with suppress(ConnectionResetError):
            assert idle[0].recv(1000) == b""
        for client in idle:
            client.close()


def test_a_request_that_takes_long_to_answer_is_answered() -> None:
    """The timeout runs only while the client has to do something."""
    request = REQUEST + b"Connection: close\r\n\r\n"
    with impatiently_served(slow_to_answer, request) as client:
        answer = b""
        while received := client.recv(1000):
            answer += received
        assert answer.endswith(b"done")


def test_requests_that_are_sent_before_the_answer_are_not_answered() -> None:
    """Whoever sends thousands of them at once would have them answered before everybody else."""
    with served(slow_to_answer) as connect, connect() as client:
        client.sendall((REQUEST + b"\r\n") * 1_000)
        answer = b""
        with suppress(ConnectionResetError):
            while received := client.recv(1000):
                answer += received
        assert answer.count(b"200 OK") <= 1


def test_a_head_without_an_end_is_not_kept_in_memory() -> None:
    """However fast it comes, so that the client is never idle."""
    with served(slow_to_answer) as connect, connect() as client:
        client.sendall(REQUEST)
        answer, line = b"", b"X-Header: " + b"x" * 1_000 + b"\r\n"
        with suppress(ConnectionError):
            for _ in range(1_000):
                client.sendall(line)
        with suppress(ConnectionError):
            answer = client.recv(1000)
        assert not answer or answer.startswith(b"HTTP/1.1 400")


CHUNKED = b"POST /alerts HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("begin", "endless"),
    [(b"0\r\n", b"a: b\r\n"), (b"0\r\na: ", b"b"), (b"5;a=", b"b")],
    ids=["trailers", "one trailer", "a chunk's extension"],
)
def test_what_stands_beside_a_body_without_an_end_is_not_kept_in_memory(
    begin: bytes, endless: bytes
) -> None:
    """However fast it comes, so that the client is never idle."""
    with served(echo) as connect, connect() as client:
        client.sendall(CHUNKED + begin)
        answer, many = b"", endless * 1_000
        with suppress(ConnectionError):
            for _ in range(10_000_000 // len(many)):
                client.sendall(many)
        with suppress(ConnectionError):
            answer = client.recv(1000)
        assert not answer or answer.startswith(b"HTTP/1.1 400")


def test_a_trailer_is_read_and_is_no_header() -> None:
    """Whoever could send one later would say something else than what was admitted."""
    seen: list[bytes] = []

    async def note(scope: Scope, receive: Receive, send: Send) -> None:
        await echo(scope, receive, send)
        seen.extend(name for name, _ in scope["headers"])

    with served(note) as connect, connect() as client:
        client.sendall(CHUNKED + b"6\r\nalert1\r\n0\r\nauthorization: Bearer x\r\n\r\n")
        answer = b""
        while not answer.endswith(b"alert1\n") and (received := client.recv(1000)):
            answer += received
    assert answer.startswith(b"HTTP/1.1 200")
    assert seen == [b"host", b"transfer-encoding"]


def test_what_is_no_request_is_answered_with_an_error() -> None:
    """In one sentence, and the connection is closed."""
    with served(slow_to_answer) as connect, connect() as client:
        client.sendall(b"EHLO localhost\r\n")
        answer = client.recv(1000)
        assert answer.startswith(b"HTTP/1.1 400")
        assert b"This is not an HTTP request." in answer


def test_a_client_that_asks_for_another_protocol_is_answered_in_this_one() -> None:
    """Neither WebSockets nor HTTP/2 are spoken here."""
    with served(slow_to_answer) as connect, connect() as client:
        client.sendall(REQUEST + b"Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n")
        assert client.recv(1000).startswith(b"HTTP/1.1 200")


UPGRADE = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
ALERTING = b"POST /alerts HTTP/1.1\r\nHost: localhost\r\n" + UPGRADE


@pytest.mark.parametrize(
    "parts",
    [
        [ALERTING + b"Content-Length: 6\r\n\r\nalert1"],
        [ALERTING, b"Content-Length: 6\r\n", b"\r\n", b"ale", b"rt1"],
        [ALERTING + b"Transfer-Encoding: chunked\r\n\r\n3\r\nale\r\n", b"3\r\nrt1\r\n0\r\n\r\n"],
    ],
    ids=["at once", "in parts", "chunked"],
)
def test_the_body_of_a_client_that_asks_for_another_protocol_is_read(parts: list[bytes]) -> None:
    """Java's HttpClient asks for HTTP/2 with each Alert that it sends by http. So does the next
    request on its connection."""
    with served(echo) as connect, connect() as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(2):
            for part in parts:
                client.sendall(part)
            answer = b""
            while not answer.endswith(b"\n") or b"\r\n\r\n" not in answer:
                received = client.recv(1000)
                assert received, answer
                answer += received
            assert answer.startswith(b"HTTP/1.1 200")
            assert answer.endswith(b"\r\n\r\nalert1\n")


def test_a_client_that_pads_the_size_of_a_chunk_is_read() -> None:
    """Some small devices do."""
    head = b"POST /alerts HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    with served(echo) as connect, connect() as client:
        client.sendall(head + b"6  \r\nalert1\r\n0\r\n\r\n")
        answer = b""
        while not answer.endswith(b"alert1\n") and (received := client.recv(1000)):
            answer += received
        assert answer.startswith(b"HTTP/1.1 200")


def test_a_client_that_asks_for_a_tunnel_is_refused() -> None:
    """This is no proxy."""
    with served(echo) as connect, connect() as client:
        client.sendall(b"CONNECT localhost:25 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert client.recv(1000).startswith(b"HTTP/1.1 400")


def test_a_connection_is_kept_for_the_next_request() -> None:
    """A proxy keeps it, too, and would send an Alert on one that is just being closed."""
    request = REQUEST + b"\r\n"
    with impatiently_served(slow_to_answer, request) as client:
        for following in (request, REQUEST):
            answer = b""
            while not answer.endswith(b"done"):
                received = client.recv(1000)
                assert received, answer
                answer += received
            threading.Event().wait(0.1)  # longer than an idle client may wait
            client.sendall(following)
        # That was half a head: from here on it is idle.
        assert client.recv(1000) == b""


class LongAnswer:
    """An application with a long answer; `done` is set once all of it is sent."""

    def __init__(self) -> None:
        self.done = threading.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send more than any buffer of the system holds."""
        part = bytes(10**6)
        headers = [(b"content-length", b"%d" % (100 * len(part)))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for number in range(100):
            await send({"type": "http.response.body", "body": part, "more_body": number < 99})
        self.done.set()


def test_a_client_that_does_not_read_its_answer_is_disconnected() -> None:
    """Otherwise two hundred of them would keep everybody else out."""
    app = LongAnswer()
    with impatiently_served(app, REQUEST + b"\r\n", timedelta(milliseconds=50)) as client:
        assert app.done.wait(PATIENCE)
        read = 0
        with suppress(ConnectionResetError):
            while part := client.recv(10**6):
                read += len(part)
        assert read < 50 * 10**6


def test_a_client_that_disconnects_within_its_body_is_not_logged_as_an_error(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """It is the client's fault."""
    with served(application_on(database, None, "localhost")) as connect:
        with connect() as client:
            client.sendall(
                b"POST /alerts HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                b"Content-Length: 100\r\n\r\n{"
            )
        with connect() as client:
            client.sendall(REQUEST + b"Connection: close\r\n\r\n")
            while client.recv(1000):
                pass
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


def test_a_body_that_does_not_arrive_in_time_is_refused(database: Database) -> None:
    """408."""
    limits = Limits(body_within=timedelta(milliseconds=1))
    app = application_on(database, None, "localhost", limits=limits)
    with served(app) as connect, connect() as client:
        client.sendall(
            b"POST /alerts HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: 100\r\n\r\n{"
        )
        assert client.recv(1000).startswith(b"HTTP/1.1 408 ")
