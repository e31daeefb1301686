"""Services of PagerDuty, with the integrations that raise alerts of them."""

from collections.abc import Mapping
from datetime import timedelta

from pager.access.integrations import ProtocolName
from pager.adapters.imports.export import Export
from pager.adapters.imports.fields import Fields
from pager.adapters.imports.imported import valid
from pager.adapters.imports.integrations import integration_of
from pager.adapters.imports.names import Names, service_id_from
from pager.adapters.imports.notes import Notes
from pager.adapters.imports.pagerduty.objects import pass_over_links, summary
from pager.adapters.imports.pagerduty.policies import Policies, is_disabled, policy_used_by
from pager.configuration.configuration import IntegrationSetup
from pager.durations import in_words
from pager.oncall.policies import PolicyUse

PROTOCOLS: Mapping[str, ProtocolName] = {
    "events_api_v2_inbound_integration": "pagerduty",
    "generic_email_inbound_integration": "email",
}
"""What the senders of a type of integration speak."""


class Services:
    """The services that were found, the policies that they use, and their integrations."""

    def __init__(self, export: Export, policies: Policies, notes: Notes) -> None:
        """Find them."""
        self._policies, self._notes = policies, notes
        self._names = Names("service", notes, service_id_from)
        self._integration_names = Names("integration", notes)
        self.uses: dict[str, PolicyUse] = {}
        """By the identifiers of services."""
        self.integrations: dict[str, IntegrationSetup] = {}
        for fields in export.all("service"):
            self._add(fields)

    def _add(self, fields: Fields) -> None:
        service_id = self._names.give(fields.text("id"), fields.text("name", "summary"))
        fields.place = f"service {service_id}"
        if is_disabled(fields):
            fields.leave_out("it is disabled")
            return
        _pass_over(fields)
        _note_rules(fields)
        what, used = summary(fields.one("escalation_policy")), policy_used_by(fields)
        policy = self._policies.get(used)
        if policy is None:
            fields.note(f"has no policy: {what} is not here", serious=True)
        elif use := valid(
            PolicyUse, fields.place, self._notes, service_id=service_id, uses=policy.name
        ):
            self.uses[service_id] = use
        for integration in fields.many("integrations"):
            self._add_integration(integration, service_id)

    def _add_integration(self, fields: Fields, service_id: str) -> None:
        kind, wanted = fields.text("type"), fields.text("name", "summary") or service_id
        fields.place = f"integration {wanted} of {service_id}"
        if kind not in PROTOCOLS:
            fields.leave_out(
                f"Pager does not know what {kind or 'it'} sends: make an integration of the "
                "protocol pagerduty, where it sends events of version 2, or else webhook",
                serious=True,
            )
            return
        pass_over_links(fields)
        fields.skip("name", "service", "integration_key", "integration_email", "vendor")
        fields.skip("email_incident_creation", "email_filter_mode", "email_parsing_fallback")
        name = self._integration_names.give(fields.text("id"), f"{wanted} of {service_id}")
        fields.place = f"integration {name}"
        self.integrations[name] = integration_of(fields, name, PROTOCOLS[kind], service_id)


def _pass_over(service: Fields) -> None:
    pass_over_links(service)
    service.skip("name", "status", "teams", "last_incident_timestamp", "addons", "response_play")
    service.skip("alert_creation")


def _note_rules(service: Fields) -> None:
    """What services of Pager do not have."""
    resolves = timedelta(seconds=service.number("auto_resolve_timeout"))
    if resolves:
        service.note(
            f"its incidents were resolved after {in_words(resolves)}, and the next alert told "
            "people again: here an incident stays open, and later alerts join it",
            serious=True,
        )
    urgency = service.one("incident_urgency_rule")
    is_high = urgency.text("type") == "constant" and urgency.text("urgency") == "high"
    if is_high or not service.has("incident_urgency_rule"):
        return
    service.note("its urgency is not always high: Pager knows none, and always escalates")
    urgency.skip("during_support_hours", "outside_support_hours")
