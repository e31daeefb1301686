"""Integrations and heartbeats of Opsgenie: what raises alerts."""

from collections.abc import Mapping
from datetime import timedelta

from pager.access.integrations import ProtocolName
from pager.adapters.imports.export import Export
from pager.adapters.imports.imported import valid
from pager.adapters.imports.integrations import integration_of
from pager.adapters.imports.names import Names, heartbeat_name_from
from pager.adapters.imports.notes import Notes
from pager.adapters.imports.opsgenie.objects import duration
from pager.adapters.imports.opsgenie.services import Services
from pager.configuration.configuration import IntegrationSetup
from pager.heartbeats import Heartbeat

PROTOCOLS: Mapping[str, ProtocolName] = {
    "API": "opsgenie",
    "Prometheus": "opsgenie",
    "Grafana": "opsgenie",
    "Icinga2": "opsgenie",
    "Email": "email",
}
"""What the senders of a type of integration speak: most of these know the URL of Opsgenie's API."""


def integrations(
    export: Export, services: Services, notes: Notes
) -> Mapping[str, IntegrationSetup]:
    """The integrations whose senders Pager understands; each gets a new key."""
    names = Names("integration", notes)
    found: dict[str, IntegrationSetup] = {}
    for fields in export.all("integration"):
        kind = fields.text("type")
        if not fields.flag("enabled", default=True):
            fields.leave_out("it is disabled")
        elif kind not in PROTOCOLS:
            fields.leave_out(
                f"Pager does not know what {kind} sends: if it raises alerts, make an integration "
                "of the protocol webhook",
                serious=True,
            )
        elif service_id := services.of_owner(fields):
            name = names.give(fields.text("id"), fields.text("name"))
            fields.place = f"integration {name}"
            fields.skip("version", "apiKey", "emailAddress", "_readOnly", "advanced", "links")
            found[name] = integration_of(fields, name, PROTOCOLS[kind], service_id)
    return found


def heartbeats(export: Export, services: Services, notes: Notes) -> Mapping[str, Heartbeat]:
    """The heartbeats. As in Opsgenie, none has a grace."""
    names = Names("heartbeat", notes, heartbeat_name_from)
    found: dict[str, Heartbeat] = {}
    for fields in export.all("heartbeat"):
        if not fields.flag("enabled", default=True):
            fields.leave_out("it is disabled")
            continue
        service_id = services.of_owner(fields)
        if service_id is None:
            continue
        name = names.give(fields.text("name"), fields.text("name"))
        fields.place = f"heartbeat {name}"
        fields.skip("description", "expired", "lastPingTime", "links")
        heartbeat = valid(
            Heartbeat,
            fields.place,
            notes,
            name=name,
            service_id=service_id,
            interval=duration(fields, "interval", "intervalUnit"),
            grace=timedelta(0),
        )
        if heartbeat is not None:
            found[name] = heartbeat
    return found
