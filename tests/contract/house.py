"""Services on a database in whatever state a test wants, and somebody who looks at them."""

import re
from datetime import timedelta
from html import unescape

from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Connection, delete, insert

from contract.people import Browser
from contract.test_http import application_on
from pager import EmailTarget, EscalationPolicy, Level, Message
from pager.adapters.http.console.browser import csrf_of
from pager.adapters.people import Role
from pager.adapters.sql.clock import database_clock
from pager.adapters.sql.database import Database
from pager.adapters.sql.ports import SqlPorts
from pager.adapters.sql.schema import accounts, sessions
from pager.adapters.sql.tokens import fingerprint
from pager.ports import Outcome
from pager.service import PagerService


def _token_of(name: str) -> str:
    return f"the-session-of-{name}"


ADA = "ada@example.com"
CSRF = csrf_of(_token_of(ADA))
"""What stands in the forms that Ada is shown."""
SENT = Outcome("sent", "250 accepted")


def in_words(html: str) -> str:
    """What a page says, in one line."""
    main = html.partition("<main")[2].partition(">")[2]
    without_inline = re.sub(r"</?(a|code|span|strong|time)\b[^>]*>", "", main)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", without_inline))).strip()


class House:
    """A database with services in it, and a browser's view of it."""

    def __init__(self, database: Database) -> None:
        """Nobody has done anything yet."""
        self.database = database
        self.ports = SqlPorts(database)
        self._service = PagerService(self.ports.policies, self.ports.services)

    def policy(self, service_id: str, *levels: tuple[str, ...]) -> None:
        """One whose Levels notify these people by e-mail."""
        self.ports.policies.put(
            EscalationPolicy(
                service_id=service_id,
                levels=tuple(
                    Level(
                        targets=tuple(EmailTarget(address=f"{name}@example.com") for name in names),
                        acknowledgement_delay=timedelta(minutes=15),
                    )
                    for names in levels
                ),
            )
        )

    def receive(self, *messages: Message) -> None:
        """One after the other."""
        for message in messages:
            self._service.receive(message)

    def carry_out(self, outcome: Outcome = SENT) -> None:
        """Every e-mail that is due, with this outcome; and every timer is set."""
        for claim in self.ports.outbox.claim("email", 1_000):
            self.ports.outbox.settle(claim, outcome)
        for claim in self.ports.outbox.claim("timer", 1_000):
            if claim.effect.type == "acknowledgement-delay":
                self.ports.timer.set(claim.effect.timeout, claim.effect.delay)
            self.ports.outbox.settle(claim, Outcome("sent"))

    def client(self, role: Role = "engineer", name: str = ADA) -> TestClient:
        """The browser of somebody who has signed in; this is their role from now on."""
        token = _token_of(name)

        def sign_in(connection: Connection) -> None:
            connection.execute(delete(sessions).where(sessions.c.secret_hash == fingerprint(token)))
            connection.execute(delete(accounts).where(accounts.c.name == name))
            now = database_clock()
            person = insert(accounts).values(name=name, role=role, created_at=now)
            account = connection.scalar(person.returning(accounts.c.id))
            session = {"account": account, "device": "Firefox", "begun_at": now, "used_at": now}
            connection.execute(insert(sessions).values(secret_hash=fingerprint(token), **session))

        self.database.write(sign_in)
        browser = Browser(self._app())
        browser.enter(token)
        return browser

    def stranger(self) -> TestClient:
        """The browser of somebody who has not."""
        return TestClient(self._app(), follow_redirects=False)

    def _app(self) -> FastAPI:
        return application_on(self.database, None)
