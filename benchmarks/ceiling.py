"""The ceiling: the storm on the real domain, with everything else left out.

Each 202 is committed before it is answered (SQLite, WAL, synchronous=FULL), each decision is made
by the project's own `decide` on its own models, and state, decision, effects and settlements are
stored. It leaves out what real life asks for: API keys, leases that end, retries, timers that fire,
the policy that a decision was made under, the audit, metrics, other channels. So it is no model for
the product: it shows what the machine allows.

    python -m benchmarks.ceiling DATABASE PORT SMTP_PORT
"""

import asyncio
import json
import queue
import socket
import sqlite3
import sys
import threading
import time
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from io import BufferedReader
from multiprocessing import Pipe, Process
from multiprocessing.connection import Connection
from typing import NamedTuple

import uvicorn
from pydantic import TypeAdapter

from pager import Alert, Decision, EscalationPolicy, Healthy, MonitoredService, Notification, decide

ALERTS = TypeAdapter(list[Alert])
SERVICE: TypeAdapter[MonitoredService] = TypeAdapter(MonitoredService)
MOST_JOBS, MOST_NAMES = 1000, 500
IN_FLIGHT, MOST_CLAIMS, BATCH, LEASE_MS = 400, 200, 50, 120_000
SENDERS = 8
SCHEMA = """
create table policies(service_id text primary key, policy text);
create table services(service_id text primary key, version int, incident int, state text);
create table decisions(service_id text, version int, incident int, at int, message text, after text,
    primary key(service_id, version));
create table outbox(id integer primary key, channel text, service_id text, incident int,
    key text unique, effect text, due_at int, attempt int, status text, detail text);
create index due on outbox(channel, due_at);
create table attempts(effect int, attempt int, ended_at int, status text, detail text,
    primary key(effect, attempt));
"""
STORE_SERVICE = """
insert into services values(?,?,?,?) on conflict(service_id) do update
set version=excluded.version, incident=excluded.incident, state=excluded.state
"""
LOAD = "select service_id, version, state from services where service_id in ({})"
STORE_EFFECT = """
insert into outbox(channel, service_id, incident, key, effect, due_at, attempt, status, detail)
values(?,?,?,?,?,?,0,'waiting','')
"""
CLAIM = """
update outbox set due_at=?, attempt=attempt+1 where id in
(select id from outbox where channel='email' and due_at<=? order by due_at, id limit ?)
returning id, effect
"""

Claims = list[tuple[int, str]]
Receipts = list[tuple[int, str]]
AsgiMessage = MutableMapping[str, object]
Receive = Callable[[], Awaitable[AsgiMessage]]
Send = Callable[[AsgiMessage], Awaitable[None]]


class Alerts(NamedTuple):
    """A request that waits for its commit."""

    alerts: list[Alert]
    decided: "asyncio.Future[list[Decision]]"


class Sent(NamedTuple):
    """E-mails that the server took."""

    receipts: Receipts


class Policy(NamedTuple):
    """A policy that waits for its commit."""

    policy: EscalationPolicy
    stored: "asyncio.Future[None]"


def now() -> int:
    """Milliseconds since 1970."""
    return int(time.time() * 1000)


class Loaded:
    """A service in memory, while a batch is decided on it."""

    def __init__(self, service: MonitoredService, version: int) -> None:
        self.service, self.version, self.is_changed = service, version, False


class Ceiling:
    """One thread that writes: whatever has queued up is one transaction."""

    def __init__(self, path: str, mailer: "Connection[object, object]") -> None:
        self.jobs: queue.SimpleQueue[Alerts | Sent | Policy] = queue.SimpleQueue()
        self._policies: dict[str, EscalationPolicy] = {}
        self._mailer, self._in_flight = mailer, 0
        self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._database.execute("pragma journal_mode=WAL")
        self._database.execute("pragma synchronous=FULL")
        self._database.executescript(SCHEMA)

    def run(self, loop: asyncio.AbstractEventLoop) -> None:
        """Forever."""
        while True:
            jobs = self._take()
            self._database.execute("begin immediate")
            policies = [job for job in jobs if isinstance(job, Policy)]
            self._store_policies([job.policy for job in policies])
            requests = [job for job in jobs if isinstance(job, Alerts)]
            decided = self._decide(requests) if requests else []
            self._settle(
                [receipt for job in jobs if isinstance(job, Sent) for receipt in job.receipts]
            )
            claims = self._claim()
            self._database.execute("commit")
            loop.call_soon_threadsafe(_answer, requests, decided, policies)
            for first in range(0, len(claims), BATCH):
                self._mailer.send(claims[first : first + BATCH])

    def _take(self) -> list[Alerts | Sent | Policy]:
        jobs = [self.jobs.get()]
        while len(jobs) < MOST_JOBS:
            try:
                jobs.append(self.jobs.get_nowait())
            except queue.Empty:
                break
        return jobs

    def _store_policies(self, policies: Sequence[EscalationPolicy]) -> None:
        self._database.executemany(
            "insert or replace into policies values(?,?)",
            [(policy.service_id, policy.model_dump_json()) for policy in policies],
        )
        self._policies.update((policy.service_id, policy) for policy in policies)

    def _decide(self, requests: Sequence[Alerts]) -> list[list[Decision]]:
        known = self._load({alert.service_id for job in requests for alert in job.alerts})
        decisions: list[tuple[str, int, int, int, str, str]] = []
        effects: list[tuple[str, str, int, str, str, int]] = []
        answers, at = [], now()
        for job in requests:
            answer = []
            for alert in job.alerts:
                loaded = known[alert.service_id]
                decision = decide(loaded.service, alert, self._policies.get(alert.service_id))
                answer.append(decision)
                if not decision.changed:
                    continue
                loaded.service, loaded.is_changed = decision.after, True
                loaded.version += 1
                after, message = decision.after.model_dump_json(), alert.model_dump_json()
                incident = decision.after.incident
                decisions.append((alert.service_id, loaded.version, incident, at, message, after))
                effects += [
                    (
                        e.channel,
                        e.service_id,
                        e.incident,
                        e.idempotency_key,
                        e.model_dump_json(),
                        at,
                    )
                    for e in decision.effects
                ]
            answers.append(answer)
        changed = [
            (name, each.version, each.service.incident, each.service.model_dump_json())
            for name, each in known.items()
            if each.is_changed
        ]
        self._database.executemany(STORE_SERVICE, changed)
        self._database.executemany("insert into decisions values(?,?,?,?,?,?)", decisions)
        self._database.executemany(STORE_EFFECT, effects)
        return answers

    def _load(self, names: set[str]) -> dict[str, Loaded]:
        known = {name: Loaded(Healthy(service_id=name), 0) for name in names}
        in_order = list(names)
        for first in range(0, len(in_order), MOST_NAMES):
            some = in_order[first : first + MOST_NAMES]
            marks = ",".join("?" * len(some))
            rows = self._database.execute(LOAD.format(marks), some)
            for name, version, state in rows:
                known[name] = Loaded(SERVICE.validate_json(state), version)
        return known

    def _settle(self, receipts: Receipts) -> None:
        self._in_flight -= len(receipts)
        self._database.executemany(
            "update outbox set status='sent', due_at=null, detail=? where id=?",
            [(detail, effect) for effect, detail in receipts],
        )
        at = now()
        self._database.executemany(
            "insert into attempts values(?,1,?,'sent',?)",
            [(effect, at, detail) for effect, detail in receipts],
        )

    def _claim(self) -> Claims:
        if self._in_flight >= IN_FLIGHT:
            return []
        claims: Claims = self._database.execute(
            CLAIM, (now() + LEASE_MS, now(), MOST_CLAIMS)
        ).fetchall()
        self._in_flight += len(claims)
        return claims


def _answer(
    requests: Sequence[Alerts], decided: Sequence[list[Decision]], policies: Sequence[Policy]
) -> None:
    for job, decisions in zip(requests, decided, strict=True):
        job.decided.set_result(decisions)
    for policy in policies:
        policy.stored.set_result(None)


class Mailer:
    """A process: batches in, receipts out; threads with a connection each."""

    def __init__(self, smtp_port: int, pipe: "Connection[object, object]") -> None:
        self._port, self._pipe = smtp_port, pipe
        self._local, self._lock = threading.local(), threading.Lock()
        frame = EmailMessage()
        frame["From"], frame["Auto-Submitted"] = "pager@sink.test", "auto-generated"
        frame.set_content("BODY")
        self._frame = frame.as_bytes(policy=frame.policy.clone(linesep="\r\n"))

    def run(self) -> None:
        """Until the other end of the pipe is closed."""
        with ThreadPoolExecutor(SENDERS) as threads:
            while True:
                try:
                    batch = self._pipe.recv()
                except EOFError:
                    return
                assert isinstance(batch, list)
                threads.submit(self._send, batch)

    def _connect(self) -> tuple[socket.socket, BufferedReader]:
        if not hasattr(self._local, "connection"):
            connection = socket.create_connection(("127.0.0.1", self._port))
            lines = connection.makefile("rb")
            lines.readline()
            connection.sendall(b"EHLO localhost\r\n")
            while lines.readline()[3:4] == b"-":
                pass
            self._local.connection = connection, lines
        pair: tuple[socket.socket, BufferedReader] = self._local.connection
        return pair

    def _send(self, batch: Claims) -> None:
        connection, lines = self._connect()
        receipts = []
        for effect, text in batch:
            page = Notification.model_validate_json(text)
            to = page.target.key
            connection.sendall(
                f"MAIL FROM:<pager@sink.test>\r\nRCPT TO:<{to}>\r\nDATA\r\n".encode()
            )
            assert [lines.readline()[:3] for _ in range(3)] == [b"250", b"250", b"354"]
            head = (
                f"To: {to}\r\nSubject: {page.service_id} is Unhealthy\r\n"
                f"Message-ID: <{effect}@ceiling>\r\n"
            )
            body = self._frame.replace(b"BODY", page.message.encode())
            connection.sendall(head.encode() + body + b"\r\n.\r\n")
            receipt = lines.readline()
            assert receipt.startswith(b"250")
            receipts.append((effect, receipt.decode().strip()))
        with self._lock:
            self._pipe.send(receipts)


def mail(
    smtp_port: int, pipe: "Connection[object, object]", other_end: "Connection[object, object]"
) -> None:
    """What the second process runs. It ends with the first, which has the other end of the pipe."""
    other_end.close()
    Mailer(smtp_port, pipe).run()


class Application:
    """POST /alerts and PUT /escalation-policies/…, as Pager has them."""

    def __init__(self, ceiling: Ceiling) -> None:
        self._ceiling = ceiling

    async def __call__(self, scope: AsgiMessage, receive: Receive, send: Send) -> None:
        """Serve one request, or start and stop with the server."""
        loop = asyncio.get_running_loop()
        if scope["type"] == "lifespan":
            await receive()
            threading.Thread(target=self._ceiling.run, args=(loop,), daemon=True).start()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            return
        body = await _body(receive)
        answer: object
        if scope["path"] == "/alerts":
            alerts = ALERTS.validate_json(body if body[:1] == b"[" else b"[" + body + b"]")
            decided: asyncio.Future[list[Decision]] = loop.create_future()
            self._ceiling.jobs.put(Alerts(alerts, decided))
            status, answer = 202, [_shown(decision) for decision in await decided]
        else:
            stored: asyncio.Future[None] = loop.create_future()
            self._ceiling.jobs.put(Policy(EscalationPolicy.model_validate_json(body), stored))
            await stored
            status, answer = 200, {}
        text = json.dumps(answer).encode()
        length = str(len(text)).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", length)]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": text})


async def _body(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        part = message.get("body", b"")
        assert isinstance(part, bytes)
        body += part
        if not message.get("more_body"):
            return body


def _shown(decision: Decision) -> dict[str, object]:
    after = decision.after
    return {
        "service_id": after.service_id,
        "state": after.state,
        "incident": after.incident,
        "changed": decision.changed,
    }


def main(path: str, port: int, smtp_port: int) -> None:
    """Serve until it is killed."""
    ours, theirs = Pipe()
    Process(target=mail, args=(smtp_port, theirs, ours), daemon=True).start()
    ceiling = Ceiling(path, ours)

    def receive_receipts() -> None:
        while True:
            receipts = ours.recv()
            ceiling.jobs.put(Sent(receipts))

    threading.Thread(target=receive_receipts, daemon=True).start()
    application = Application(ceiling)
    uvicorn.run(application, port=port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
