"""What of Opsgenie's Alert API is served: the endpoints answer by it, and documents show it.

So they do with the Maintenance API, whose endpoints are in the table of `routes`.
"""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from pager.adapters.web.intake.protocol import Use


class Support(NamedTuple):
    """What Pager does with an endpoint or a field."""

    use: Use
    """"accepted and ignored" changes nothing of who is paged."""
    note: str = ""
    """What it means here, in a sentence."""


IGNORED: Use = "accepted and ignored"
SERVED = Support("served")

ENDPOINTS: Mapping[str, Support] = {
    "POST /v2/alerts": Support("served", "An Alert. Its alias is the dedup key."),
    "GET /v2/alerts": Support("served", "Those of this integration: see the search language."),
    "GET /v2/alerts/count": SERVED,
    "GET /v2/alerts/requests/{requestId}": Support("served", "For seven days."),
    "GET /v2/alerts/{identifier}": SERVED,
    "DELETE /v2/alerts/{identifier}": Support(
        "served", "It is closed, and not listed any more. Its incident keeps all that happened."
    ),
    "POST /v2/alerts/{identifier}/close": Support(
        "served", "The incident is over once its last alert is closed."
    ),
    "POST /v2/alerts/{identifier}/acknowledge": Support(
        "served", "The whole incident is acknowledged, with its other alerts."
    ),
    "POST /v2/alerts/{identifier}/unacknowledge": Support(
        "served", "The level that was told last is told again."
    ),
    "POST /v2/alerts/{identifier}/snooze": Support(
        "served",
        "The incident is acknowledged until then. If nobody has closed it, the level that was told "
        "last is told again.",
    ),
    "POST /v2/alerts/{identifier}/escalate": Support(
        "served", "The next level of the policy is told now, whichever escalation is named."
    ),
    "GET /v2/alerts/{identifier}/notes": Support(
        "served", "Also notes that people have added to the incident."
    ),
    "POST /v2/alerts/{identifier}/notes": Support("served", "People see it with the incident."),
    "PUT /v2/alerts/{identifier}/message": Support(
        "served", "People read it with the incident, and the next page tells it."
    ),
    "PUT /v2/alerts/{identifier}/description": Support("served", "As with the message."),
    "POST /v2/alerts/{identifier}/tags": SERVED,
    "DELETE /v2/alerts/{identifier}/tags": SERVED,
    "POST /v2/alerts/{identifier}/details": SERVED,
    "DELETE /v2/alerts/{identifier}/details": SERVED,
    "PUT /v2/alerts/{identifier}/priority": Support(
        IGNORED, "It is noted, and shown. Each alert pages."
    ),
    "POST /v2/alerts/{identifier}/assign": Support(
        IGNORED, "The owner is noted, and shown. Pager pages by its policy."
    ),
    "POST /v2/alerts/{identifier}/responders": Support(IGNORED, "Pager pages by its policy."),
    "POST /v2/alerts/{identifier}/teams": Support(IGNORED, "Pager pages by its policy."),
    "POST /v2/alerts/{identifier}/actions/{action}": Support(
        "refused", "Pager has no custom actions."
    ),
    "GET /v2/alerts/{identifier}/attachments": Support("refused", "Pager keeps no attachments."),
    "POST /v2/alerts/{identifier}/attachments": Support("refused", "Pager keeps no attachments."),
    "DELETE /v2/alerts/{identifier}/attachments": Support("refused", "Pager keeps no attachments."),
    "GET /v2/alerts/{identifier}/logs": Support(
        "refused", "The page of the incident shows what happened."
    ),
    "GET /v2/alerts/{identifier}/recipients": Support(
        "refused", "The page of the incident shows who was told."
    ),
    "GET /v2/alerts/saved-searches": Support("refused", "Pager saves no searches: send the query."),
    "POST /v2/alerts/saved-searches": Support("refused", "Pager saves no searches."),
    "PATCH /v2/alerts/saved-searches": Support("refused", "Pager saves no searches."),
    "DELETE /v2/alerts/saved-searches": Support("refused", "Pager saves no searches."),
}
"""Each method and path, with and without a slash at the end."""

FIELDS: Mapping[str, Support] = {
    "message": Support(
        "served", "The title of the page. Without it: the description's first line."
    ),
    "alias": Support("served", "The dedup key. Without it: the id of the alert."),
    "description": Support("served", "People read it with the message."),
    "entity": Support("served", "People read it; an integration can find the service by it."),
    "source": Support("served", "As entity."),
    "details": Support("served", "As entity, by the name of each."),
    "tags": Support("served", "People read them, and searches find them."),
    "note": Support("served", "Added to the notes of the incident."),
    "user": Support("served", "Who has acknowledged, closed, escalated, or written the note."),
    "priority": Support(IGNORED, "It is noted, and shown. Each alert pages."),
    "responders": Support(IGNORED, "Pager pages by the policy of the service."),
    "visibleTo": Support(IGNORED, "Everybody with an account sees each incident."),
    "actions": Support(IGNORED, "Pager has no custom actions."),
}
"""Fields of the body that creates an alert. Fields of any other name are ignored."""

MAINTENANCE_ENDPOINTS: Mapping[str, Support] = {
    "POST /v1/maintenance": Support(
        "served", "A maintenance window for the service of this integration."
    ),
    "GET /v1/maintenance": Support(
        "served", "The windows of that service, whoever made them; `type` as in Opsgenie."
    ),
    "GET /v1/maintenance/{id}": SERVED,
    "PUT /v1/maintenance/{id}": Support(
        "served", "Another time and description; one that is running keeps its start."
    ),
    "POST /v1/maintenance/{id}/change-end-date": SERVED,
    "POST /v1/maintenance/{id}/cancel": Support(
        "served", "It ends now: what is still open is paged."
    ),
    "DELETE /v1/maintenance/{id}": Support("served", "As to cancel it. Pager goes on listing it."),
}
"""Each method and path of the Maintenance API, with and without a slash at the end."""

MAINTENANCE_FIELDS: Mapping[str, Support] = {
    "description": Support("served", "The reason that people read."),
    "time.type": Support("served", "`indefinitely` is 30 days, the longest window that there is."),
    "time.startDate": Support("served", "Of `schedule`; in the past: now."),
    "time.endDate": Support("served", "Of `schedule`; 30 days after the start at the latest."),
    "rules": Support(
        "served",
        "One at least. Each names an integration or a policy of Opsgenie, by its id there, or this "
        "integration, by its number here: all stand for the service of the key.",
    ),
}
"""Fields of the body that makes a maintenance window. Fields of any other name are ignored."""


def actions_of(method: str) -> Collection[str]:
    """The last parts of the paths that there are for a method, apart from identifiers."""
    return {action for of_method, action, _ in _SUPPORT if of_method == method}


def support_of(method: str, action: str, *, of_alert: bool) -> Support | None:
    """How an action is supported; None where there is none of that name, by that method."""
    return _SUPPORT.get((method, action, of_alert))


def methods_of(action: str, *, of_alert: bool) -> Collection[str]:
    """The methods by which there is that action."""
    return {key[0] for key in _SUPPORT if key[1:] == (action, of_alert)}


def _key(endpoint: str) -> tuple[str, str, bool]:
    """Its method, the name of its action, and whether that is done with one alert."""
    method, _, path = endpoint.partition(" ")
    names = [part for part in path.split("/")[3:] if not part.startswith("{")]
    return method, names[0] if names else "", "{identifier}" in path


_SUPPORT = {_key(endpoint): support for endpoint, support in ENDPOINTS.items()}
