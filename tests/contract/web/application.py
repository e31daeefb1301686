"""The HTTP application in front of a real database, without the workers: nothing is sent."""

import socket
from collections.abc import Sequence
from datetime import timedelta
from functools import lru_cache
from io import StringIO

from argon2 import PasswordHasher
from fastapi import FastAPI
from httpx2 import Response
from rich.console import Console
from sqlalchemy import Connection

from pager import EmailTarget, Notification
from pager.adapters.channels.acknowledge_links import AcknowledgeLinks
from pager.adapters.channels.code_sender import CodeSender
from pager.adapters.channels.sms.status_callbacks import StatusCallbacks
from pager.adapters.channels.terminal import TerminalPages
from pager.adapters.channels.test_page_sender import TestPageSender
from pager.adapters.runtime.inbox import Inbox
from pager.adapters.runtime.metrics import Metrics
from pager.adapters.runtime.pools import Pool, new_pools
from pager.adapters.runtime.verification.nightly import Nightly
from pager.adapters.runtime.wakeups import Wakeups
from pager.adapters.store.core.clock import Now, database_clock
from pager.adapters.store.core.database import Database
from pager.adapters.store.ports.directory import DirectoryNow, KnownDirectory
from pager.adapters.store.ports.unit_of_work import KnownPolicies
from pager.adapters.store.views.channels_of_policies import PageChannel
from pager.adapters.web.app import application
from pager.adapters.web.auth.guard import Access
from pager.adapters.web.auth.oidc import SignOn
from pager.adapters.web.backend import Backend
from pager.adapters.web.limits import LIMITS, Limits
from pager.adapters.web.route_rules import Rule
from pager.adapters.web.route_table import Route

KEY = "a-key-that-nobody-can-guess"
POLICY = {
    "service_id": "checkout-api",
    "levels": [
        {
            "targets": [
                {"type": "email", "address": "ada@example.com"},
                {"type": "sms", "phone_number": "+33612345678"},
            ],
            "acknowledgement_delay": "PT15M",
        }
    ],
}
ALERT = {"service_id": "checkout-api", "message": "p99 latency above 3 s"}
HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""The cheapest: hashing as it should be takes a quarter of a second each time."""
LINKS = AcknowledgeLinks("http://testserver", [b"a key"])


WRITING_AT_ONCE = LIMITS._replace(
    refusals_written_every=timedelta(0), requests_noted_every=timedelta(0)
)
"""Nothing of one test is written to the database of the next."""


def discarded_test_pages(database: Database) -> TestPageSender:
    """A sender whose test pages are discarded."""
    pages = TerminalPages(Console(file=StringIO()), LINKS.link, "PAGER_SMTP_URL")
    return TestPageSender(database, pages, pages)


def discarded_codes(database: Database) -> CodeSender:
    """A sender whose codes are discarded."""
    pages = TerminalPages(Console(file=StringIO()), LINKS.link, "PAGER_SMTP_URL")
    return CodeSender(database, pages, pages)


class ForgetfulDirectory(KnownDirectory):
    """It reads everything again: the next test may give the same number to another edit."""

    def read(self, connection: Connection, now: Now) -> DirectoryNow:
        """The directory as it is now."""
        super().__init__()
        return super().read(connection, now)


def backend_on(
    database: Database,
    test_pages: TestPageSender | None = None,
    links: AcknowledgeLinks = LINKS,
    now: Now = database_clock,
    codes: CodeSender | None = None,
) -> Backend:
    """What an application on that database needs."""
    inbox = _inbox(database, Wakeups(), now)
    test_pages = test_pages or discarded_test_pages(database)
    codes = codes or discarded_codes(database)
    # No test waits so long, and none fails because the machine is slow.
    verification = Pool("verification", 1, answer_within=timedelta(minutes=2))
    pools = new_pools()._replace(verification=verification)
    directory = ForgetfulDirectory()
    return Backend(database, inbox, Metrics(), test_pages, codes, pools, links, directory)


def _inbox(database: Database, wakeups: Wakeups, now: Now) -> Inbox:
    # The next test may give the same number to another policy.
    known = KnownPolicies(most_targets=0)
    known.directory = ForgetfulDirectory()
    return Inbox(database, wakeups, known_policies=known, now=now)


def application_on(
    database: Database,
    api_key: str | None = None,
    *hosts: str,
    test_pages: TestPageSender | None = None,
    sign_on: SignOn | None = None,
    links: AcknowledgeLinks = LINKS,
    limits: Limits = WRITING_AT_ONCE,
    status_callbacks: StatusCallbacks | None = None,
    passwords: Pool | None = None,
    now: Now = database_clock,
    unset_channels: tuple[PageChannel, ...] = (),
    mail_listener: socket.socket | None = None,
    codes: CodeSender | None = None,
    nightly: Nightly | None = None,
    wakeups: Wakeups | None = None,
    verification: Pool | None = None,
) -> FastAPI:
    """The application without the workers, so that nothing is sent."""
    backend = backend_on(database, test_pages, links, now, codes)._replace(
        status_callbacks=status_callbacks, unset_channels=unset_channels, nightly=nightly
    )
    if passwords is not None:
        backend = backend._replace(pools=backend.pools._replace(passwords=passwords))
    if wakeups is not None:
        backend = backend._replace(inbox=_inbox(database, wakeups, now))
    if verification is not None:
        backend = backend._replace(pools=backend.pools._replace(verification=verification))
    access = Access(api_key, frozenset(hosts), sign_on)
    return application(backend, access, limits, HASHER, mail_listener)


shared_application = lru_cache(maxsize=16)(application_on)
"""The same one for the same database: making one takes a tenth of a second."""


def rules(app: FastAPI) -> dict[tuple[str, str], Rule]:
    """The rule of each method of each path that the application has."""
    routes: Sequence[Route] = app.state.routes
    return {(method, route.path): route.rule for route in routes for method in route.methods}


def link(incident: int = 1) -> str:
    """The acknowledge link that Ada was sent."""
    return LINKS.link(
        Notification(
            service_id="checkout-api",
            incident=incident,
            level=1,
            target=EmailTarget(address="ada@example.com"),
            message="p99 latency above 3 s",
        )
    )


def check_problem(response: Response, status: int, detail: str) -> None:
    """Check that the response is problem details with that status, and `detail` in its sentence."""
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["status"] == status
    assert detail in response.json()["detail"]
