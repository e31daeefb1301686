"""The clients of Opsgenie that people have, as their packages are, against a real server."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from clients.pypi import python_with
from contract.web.application import shared_application
from contract.web.opsgenie_client import OpsgenieClient
from contract.web.serving import served
from npm import installed, node
from pager import Healthy
from pager.adapters.store.core.database import Database

CALLS = Path(__file__).parents[2] / "clients"
TIMEOUT = 60  # seconds


@pytest.fixture
def client(database: Database) -> OpsgenieClient:
    """Its service is checkout-api, with a policy of two levels."""
    client = OpsgenieClient(database)
    client.policy()
    return client


def told(client: OpsgenieClient, *command: str) -> dict[str, object]:
    """What a program tells that is given the URL of the server, and the key."""
    with served(shared_application(client.database)) as url:
        done = subprocess.run(
            [*command, url, client.key],
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,  # what it says is shown
        )
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found


@pytest.mark.proof
def test_the_package_of_pypi_manages_an_alert(client: OpsgenieClient) -> None:
    """opsgenie-sdk: every call does what it says, and its own models read the answers."""
    pytest.importorskip("opsgenie_sdk")
    assert told(client, sys.executable, str(CALLS / "opsgenie_calls.py")) == {
        "created": "Created alert",
        "same id": True,
        "again": "Counted the alert that is open already",
        "count": 2,
        "acknowledged": "Acknowledged alert",
        "owner": "ada",
        "unacknowledged": "UnAcknowledged alert",
        "escalated": "Escalated alert to the next level",
        "snoozed": "Snoozed alert",
        "until": True,
        "noted": "Added note to alert",
        "notes": ["looking", "n"],
        "tagged": "Added tags",
        "untagged": "Removed tags",
        "detailed": "Added details",
        "undetailed": "Removed details",
        "message": "Updated message",
        "now": ["New", ["shop"], {"host": "web-1"}, "P1"],
        "listed": ["checkout-api/latency"],
        "open": 1,
        "closed": "Closed alert",
        "at the end": "closed",
        "deleted": "Deleted alert",
        "errors": [
            [404, "This integration has no alert "],
            [422, "Request body is not processable"[:30]],
            [404, "Pager does not serve this. The"],
        ],
    }
    assert client.service() == Healthy(service_id="checkout-api", incident=1)


@pytest.mark.proof
def test_a_package_of_pypi_manages_pauses(client: OpsgenieClient) -> None:
    """opsgenielib: opsgenie-sdk and the package of npm know no Maintenance API."""
    script = str(CALLS / "opsgenielib_calls.py")
    assert told(client, str(python_with("clients")), script) == {
        "made": ["active", "A new disk"],
        "hours": 2.0,
        "planned": "planned",
        "found": ["Tomorrow", "integration"],
        "listed": ["active", "planned"],
        "cancelled": "Cancelled",
        "deleted": "Deleted",
        "past": ["cancelled", "cancelled"],
        "open": [],
        "refused": [422, "rules"],
    }


@pytest.mark.proof
def test_the_package_of_npm_manages_an_alert(client: OpsgenieClient) -> None:
    """opsgenie-sdk: its paths end with a slash, and its aliases are not encoded."""
    home = installed("opsgenie-sdk@0.5.1")
    script = str(CALLS / "opsgenie_calls.js")
    assert told(client, *node().node, script, str(home)) == {
        "created": "Created alert",
        "acknowledged": "Acknowledged alert",
        "noted": "Added note to alert",
        "open": "open",
        "listed": ["checkout-api/latency"],
        "snoozed": "Snoozed alert",
        "closed": "Closed alert",
        "at the end": "closed",
        "error": 404,
    }
    assert client.service() == Healthy(service_id="checkout-api", incident=1)
