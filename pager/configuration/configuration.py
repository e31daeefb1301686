"""What people set up: everything that decides who is paged, as one value."""

from collections.abc import Mapping
from typing import NamedTuple

from pager.access.integrations import ProtocolName, Routing
from pager.heartbeats import Heartbeat
from pager.model import FALLBACK
from pager.oncall.directory import Directory
from pager.oncall.policies import ServicePolicy


class IntegrationSetup(NamedTuple):
    """An integration as people set it up. Its key is no part of it: that is a secret."""

    name: str
    protocol: ProtocolName
    routing: Routing


class Configuration(NamedTuple):
    """Everything that people set up, each by its name."""

    directory: Directory = Directory()
    """People, teams, schedules and shared policies."""
    policies: Mapping[str, ServicePolicy] = {}
    """Of each Monitored Service, by its identifier; the fallback policy is that of `FALLBACK`."""
    heartbeats: Mapping[str, Heartbeat] = {}
    integrations: Mapping[str, IntegrationSetup] = {}
    properties: tuple[str, ...] = ()
    """Sentences that have to hold at every moment, as `pager.verify` reads them."""

    @property
    def services(self) -> tuple[str, ...]:
        """The Monitored Services that have a policy."""
        return tuple(sorted(service_id for service_id in self.policies if service_id != FALLBACK))

    @property
    def fallback(self) -> ServicePolicy | None:
        """The policy of services that have none, or whose policy reaches nobody."""
        return self.policies.get(FALLBACK)
