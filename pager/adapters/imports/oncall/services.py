"""Integrations of Grafana OnCall: each is a Monitored Service, with a policy."""

from collections.abc import Mapping
from typing import NamedTuple

from pager.access.integrations import ProtocolName
from pager.adapters.imports.export import Export
from pager.adapters.imports.fields import Fields
from pager.adapters.imports.imported import valid
from pager.adapters.imports.integrations import integration_of
from pager.adapters.imports.names import Names, service_id_from
from pager.adapters.imports.notes import Notes
from pager.adapters.imports.oncall.policies import Policies
from pager.configuration.configuration import IntegrationSetup
from pager.oncall.policies import PolicyUse

PROTOCOLS: Mapping[str, ProtocolName] = {
    "alertmanager": "grafana-oncall",
    "formatted_webhook": "grafana-oncall",
    "grafana": "grafana-oncall",
    "grafana_alerting": "grafana-oncall",
    "webhook": "grafana-oncall",
    "inbound_email": "email",
}
"""What the senders of a type of integration speak: Pager serves these URLs of Grafana OnCall."""


class Services(NamedTuple):
    """The services that use a policy, and the integrations that raise alerts of them."""

    uses: dict[str, PolicyUse]
    integrations: dict[str, IntegrationSetup]


def services(export: Export, policies: Policies, notes: Notes) -> Services:
    """Those of all integrations."""
    names, service_names = Names("integration", notes), Names("service", notes, service_id_from)
    found = Services({}, {})
    for fields in export.all("integration"):
        id_, kind, wanted = fields.text("id"), fields.text("type"), fields.text("name")
        name = names.give(id_, wanted)
        fields.place = f"integration {name}"
        fields.skip("team_id", "link", "inbound_email", "description_short")
        _note_routes(export, fields, id_)
        service_id = service_names.give(id_, wanted, f"integration-{id_}")
        route = fields.one("default_route")
        route.skip("id", "slack", "telegram", "msteams")
        policy = policies.get(route.text("escalation_chain_id"))
        if policy is None:
            fields.note(
                "its alerts follow no chain that is here: only a fallback tells anybody",
                serious=route.has("escalation_chain_id"),
            )
        elif use := valid(PolicyUse, fields.place, notes, service_id=service_id, uses=policy.name):
            found.uses[service_id] = use
        if kind in PROTOCOLS:
            found.integrations[name] = integration_of(fields, name, PROTOCOLS[kind], service_id)
        else:
            fields.note(
                f"Pager does not know what {kind} sends: make an integration of the protocol "
                f"webhook for the service {service_id}",
                serious=True,
            )
    return found


def _note_routes(export: Export, integration: Fields, id_: str) -> None:
    """Say of all routes but the last that they do not count."""
    for route in export.all("route"):
        if route.text("integration_id") != id_:
            continue
        route.place = f"{integration.place}, route"
        if route.flag("is_the_last_route", default=False):
            # It is the default route of its integration.
            route.skip("id", "position", "routing_regex", "routing_type", "slack", "telegram")
            route.skip("escalation_chain_id")
            continue
        what = route.text("routing_regex")
        why = f"alerts with {what} followed a chain of their own, and follow the default here"
        route.leave_out(why, serious=True)
