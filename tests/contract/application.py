"""The HTTP application in front of a real database, without the workers: nothing is sent."""

from collections.abc import Sequence
from io import StringIO

from fastapi import FastAPI
from httpx2 import Response
from rich.console import Console

from pager import EmailTarget, Notification
from pager.adapters.bell import Bells
from pager.adapters.http.app import application
from pager.adapters.http.guard import Access
from pager.adapters.http.health import Health
from pager.adapters.inbox import Inbox
from pager.adapters.links import AcknowledgeLinks
from pager.adapters.metrics import Metrics
from pager.adapters.oidc import SignOn
from pager.adapters.sql.database import Database
from pager.adapters.terminal import TerminalPages
from pager.adapters.trials import Trials

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
LINKS = AcknowledgeLinks("http://testserver", [b"a key"])


def only_shown(database: Database) -> Trials:
    """Test pages that nobody sees."""
    pages = TerminalPages(Console(file=StringIO()), LINKS.link, "PAGER_SMTP_URL")
    return Trials(database, pages, pages)


def application_on(
    database: Database,
    api_key: str | None = None,
    *hosts: str,
    trials: Trials | None = None,
    sign_on: SignOn | None = None,
    links: AcknowledgeLinks = LINKS,
    warnings: Sequence[str] = (),
) -> FastAPI:
    """The application without the workers, so that nothing is sent."""
    inbox, health = Inbox(database, Bells()), Health(database, Metrics())
    access = Access(api_key, frozenset(hosts), sign_on)
    trials = trials or only_shown(database)
    return application(database, inbox, trials, health, links, access, warnings)


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
    """The response is problem details with that status, and `detail` in its sentence."""
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["status"] == status
    assert detail in response.json()["detail"]
