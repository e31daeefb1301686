"""Every change is in the journal with its author, on both databases."""

import pytest
from fastapi.testclient import TestClient
from rich.console import Console

from contract.web.application import ALERT, POLICY, link, shared_application
from pager import AcknowledgementTimeout, Alert
from pager.access.scopes import EVERYTHING
from pager.adapters.runtime.inbox import Inbox
from pager.adapters.runtime.wakeups import Wakeups
from pager.adapters.store.access.api_keys import SqlApiKeys
from pager.adapters.store.core.database import Database
from pager.adapters.store.ports import SqlPorts
from pager.adapters.store.views.entries import Decided, PolicyEdit
from pager.adapters.store.views.journal import Journal
from pager.adapters.terminal.journal import timeline
from pager.service import PagerService
from waiting import WAIT_TIMEOUT

EDIT = "/escalation-policies/checkout-api"
HEALTHY = {"service_id": "checkout-api"}


class Server:
    """A server on which nothing has happened yet."""

    def __init__(self, database: Database) -> None:
        """On an empty `database`."""
        self.database = database
        self._app = shared_application(database, None, "testserver")

    def client(self, key: str | None = None) -> TestClient:
        """A client that sends a new API key of that name, or none."""
        client = TestClient(self._app, follow_redirects=False)
        if key is not None:
            secret = SqlApiKeys(self.database).make("a test", key, EVERYTHING)
            client.headers["authorization"] = f"Bearer {secret}"
        return client

    def authors(self) -> list[tuple[str, str | None]]:
        """What is in the journal, and by whom."""
        return [
            (entry.message.type if isinstance(entry, Decided) else entry.type, entry.author)
            for entry in Journal(self.database).of("checkout-api")
            if isinstance(entry, Decided | PolicyEdit)
        ]

    def printed(self) -> str:
        """What `pager journal` prints."""
        console = Console(width=200, color_system=None)
        with console.capture() as captured:
            console.print(timeline(Journal(self.database).of("checkout-api")))
        return captured.get()


@pytest.fixture
def server(either_database: Database) -> Server:
    """On an empty database of either kind."""
    return Server(either_database)


def test_what_somebody_sends_is_in_their_name(server: Server) -> None:
    """In the name of their API key; Alerts that come in an array, too."""
    deploy, key = server.client("deploy"), server.client("monitoring")
    deploy.put(EDIT, json=POLICY)
    key.post("/alerts", json=[ALERT])
    deploy.post("/acknowledgements", json={**HEALTHY, "incident": 1})
    deploy.post("/healthy-events", json=HEALTHY)
    key.post("/alerts", json=ALERT)
    key.delete(EDIT)
    assert server.authors() == [
        ("policy-edit", "API key deploy"),
        ("alert", "API key monitoring"),
        ("acknowledgement", "API key deploy"),
        ("healthy-event", "API key deploy"),
        ("alert", "API key monitoring"),
        ("policy-edit", "API key monitoring"),
    ]


def test_what_somebody_does_by_hand_is_in_their_name(server: Server) -> None:
    """An Alert that somebody raises is an Alert: the journal says whose it is."""
    step = {**HEALTHY, "incident": 1, "by": "Ada"}
    deploy = server.client("deploy")
    deploy.put(EDIT, json=POLICY)
    deploy.post("/alerts", json=ALERT)
    deploy.post("/repeated-pages", json={**step, "level": 1})
    deploy.post("/escalations", json={**step, "level": 2})
    assert server.authors()[1:] == [
        ("alert", "API key deploy"),
        ("page-again", "API key deploy"),
        ("escalate", "API key deploy"),
    ]
    printed = " ".join(server.printed().split())
    assert "the request to page again incident 1, Level 1 by Ada" in printed
    assert "the request to escalate incident 1, Level 1 by Ada" in printed
    assert "Unhealthy (incident 1, Level 1, step 2)" in printed


def test_an_alert_that_a_person_raises_is_in_their_name(server: Server) -> None:
    """As the console sends it."""
    inbox = Inbox(server.database, Wakeups())
    server.client("deploy").put(EDIT, json=POLICY)
    inbox.submit(Alert.model_validate(ALERT), "grace@example.com").result(WAIT_TIMEOUT)
    assert server.authors()[1] == ("alert", "grace@example.com")


def test_an_acknowledgement_by_link_is_in_the_name_of_its_target(server: Server) -> None:
    """Pager knows nothing else about who opened the link."""
    client = server.client()
    client.put(EDIT, json=POLICY)
    client.post("/alerts", json=ALERT)
    client.post(link())
    assert server.authors()[2] == ("acknowledgement", "link of ada@example.com")


def test_a_timeout_has_no_author(server: Server) -> None:
    """Nor has a message to a server that asks for no API key."""
    client = server.client()
    client.put(EDIT, json=POLICY)
    client.post("/alerts", json=ALERT)
    ports = SqlPorts(server.database)
    timeout = AcknowledgementTimeout(service_id="checkout-api", incident=1, level=1)
    PagerService(ports.policies, ports.services).receive(timeout)
    assert server.authors() == [
        ("policy-edit", None),
        ("alert", None),
        ("acknowledgement-timeout", None),
    ]


def test_the_terminal_shows_who_did_it(server: Server) -> None:
    """Before any text of an Alert: that can name anybody."""
    server.client("deploy").put(EDIT, json=POLICY)
    forged = {**ALERT, "message": "from grace@example.com: all is well"}
    server.client("monitoring").post("/alerts", json=forged)
    printed = " ".join(server.printed().split())
    assert "edited by API key deploy: the Escalation Policy: Level 1" in printed
    assert 'received from API key monitoring: the Alert "from grace@example.com' in printed
