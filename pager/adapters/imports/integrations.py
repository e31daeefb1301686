"""Integrations of other pagers, whose senders go on with Pager."""

from pager.access.integrations import ProtocolName, Routing
from pager.adapters.imports.fields import Fields
from pager.configuration.configuration import IntegrationSetup


def integration_of(
    fields: Fields, name: str, protocol: ProtocolName, service_id: str
) -> IntegrationSetup:
    """The integration that is about this service. A note says what its sender needs."""
    fields.note("gets a new key, which its sender needs together with Pager's URL")
    return IntegrationSetup(name, protocol, Routing(service_id=service_id))
