"""A service whose pages go to whoever is on call."""

import pytest

from contract.store.on_call_entries import ADA, GRACE, NIGHTS, shared, use
from contract.web.installation import Installation
from pager.adapters.store.core.database import Database
from pager.adapters.store.oncall.on_call import SqlOnCall
from pager.oncall.policies import ScheduleTarget


@pytest.fixture
def installation(database: Database) -> Installation:
    """orders-db uses the shared policy Orders: whoever is on call in Nights, which Ada is."""
    on_call = SqlOnCall(database)
    for entry in (ADA, GRACE, NIGHTS, shared(ScheduleTarget(name="Nights"), name="Orders")):
        on_call.put(entry)
    installation = Installation(database)
    installation.ports.policies.put(use("orders-db", "Orders"))
    return installation
