"""Many services that are loaded at once."""

import pytest
from sqlalchemy import text

from pager import Alert, EmailTarget, EscalationPolicy, Level
from pager.adapters.store.core.codecs import Unreadable
from pager.adapters.store.core.database import Database
from pager.adapters.store.ports import SqlPorts
from pager.adapters.store.ports.loaded_services import LoadedServices
from pager.service import PagerService


def test_services_are_loaded_together_as_they_are_alone(database: Database) -> None:
    """Those that were never seen, too; one that cannot be read spoils no other."""
    ports = SqlPorts(database)
    pager = PagerService(ports.policies, ports.services)
    for service_id in ("checkout-api", "search-api"):
        levels = (Level(targets=(EmailTarget(address="ada@example.com"),)),)
        ports.policies.put(EscalationPolicy(service_id=service_id, levels=levels))
        pager.receive(Alert(service_id=service_id, message="down"))
    spoil = text("UPDATE monitored_services SET state = '{' WHERE service_id = 'search-api'")
    database.write(lambda connection: connection.execute(spoil))
    names = ("checkout-api", "search-api", "never-seen", "checkout-api")
    services = database.read(lambda connection: LoadedServices(connection, names))
    assert services.load("checkout-api") == ports.services.load("checkout-api")
    assert services.load("never-seen") == ports.services.load("never-seen")
    with pytest.raises(Unreadable):
        services.load("search-api")
