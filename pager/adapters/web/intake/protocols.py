"""Every protocol that Pager understands, by its name."""

from collections.abc import Mapping
from http import HTTPStatus

from fastapi import Request, Response

from pager.access.integrations import Integration, ProtocolName
from pager.adapters.web.admission import RETRY_AFTER
from pager.adapters.web.intake import (
    alertmanager,
    cloudevents,
    email,
    goalert,
    grafana,
    grafana_oncall,
    pagerduty,
    uptime_kuma,
    webhook,
)
from pager.adapters.web.intake.opsgenie import protocol as opsgenie
from pager.adapters.web.intake.protocol import Protocol
from pager.adapters.web.problems import Problem, response

PROTOCOLS: Mapping[ProtocolName, Protocol] = {
    "alertmanager": alertmanager.PROTOCOL,
    "cloudevents": cloudevents.PROTOCOL,
    "email": email.PROTOCOL,
    "goalert": goalert.PROTOCOL,
    "grafana": grafana.PROTOCOL,
    "grafana-oncall": grafana_oncall.PROTOCOL,
    "opsgenie": opsgenie.PROTOCOL,
    "pagerduty": pagerduty.PROTOCOL,
    "uptime-kuma": uptime_kuma.PROTOCOL,
    "webhook": webhook.PROTOCOL,
}


def refused_in(
    request: Request, name: ProtocolName, details: Problem, headers: dict[str, str] | None
) -> Response:
    """The answer to a request that is refused, in the shape of its protocol.

    What is busy is never 429: Alertmanager does not send that again.
    """
    integration: Integration | None = getattr(request.state, "integration", None)
    if details.status == HTTPStatus.TOO_MANY_REQUESTS:
        busy = HTTPStatus.SERVICE_UNAVAILABLE
        details = details.model_copy(update={"status": busy, "title": busy.phrase})
        headers = {**RETRY_AFTER, **(headers or {})}
    if details.status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers = {**RETRY_AFTER, **(headers or {})}
    protocol = PROTOCOLS.get(integration.protocol if integration else name)
    answer = response(details) if protocol is None else protocol.refused(details)
    answer.headers.update(headers or {})
    return answer
