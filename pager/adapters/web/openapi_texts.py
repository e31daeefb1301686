"""What each route of the API is for, in the domain's words: tags, examples, and what is answered.

A test sends each example to a server, and compares its answer with the example here.
"""

from pager.adapters.store.heartbeats.writing import UnknownHeartbeat
from pager.adapters.store.ports.maintenance import NoSuchWindow
from pager.adapters.validation import FieldError
from pager.adapters.web.api.endpoints import (
    ACKNOWLEDGEMENT,
    ALERT_OR_ALERTS,
    ESCALATE,
    HEALTHY_EVENT,
    PAGE_AGAIN,
    RECEIPT,
    RECEIPT_OR_RESULTS,
    RESOLVE,
    STATUS,
    STATUSES,
)
from pager.adapters.web.api.escalation_policies import (
    NOBODY_NOW,
    PAST_EDITS,
    PLAIN_POLICY,
    POLICY,
    POLICY_BODY,
    POLICY_LIST,
)
from pager.adapters.web.api.heartbeats import HEARD, SETTINGS
from pager.adapters.web.api.heartbeats import STATUS as HEARTBEAT_STATUS
from pager.adapters.web.api.heartbeats import STATUSES as HEARTBEAT_STATUSES
from pager.adapters.web.api.integration_bodies import (
    INTEGRATION,
    INTEGRATION_REQUEST,
    INTEGRATIONS,
    MADE_INTEGRATION,
    NEW_KEY_REQUEST,
)
from pager.adapters.web.api.integrations import NO_POLICY_WARNING
from pager.adapters.web.api.maintenance import WINDOW, WINDOW_REQUEST, WINDOWS
from pager.adapters.web.auth.guard import HOW_TO_AUTHENTICATE
from pager.adapters.web.health import ALIVE, METRICS_MEDIA_TYPE, READY
from pager.adapters.web.limits import LARGEST_BODY, LIMITS
from pager.adapters.web.openapi import Content, Example, Json, Operation, ProblemCase
from pager.errors import NoEscalationPolicy

INTRODUCTION = """\
Put an Escalation Policy for a Monitored Service, and raise an Alert of it: the Targets of the first
Level are notified, by e-mail or SMS, and have an Acknowledgement Delay to acknowledge before those
of the next Level are. Once the service is Healthy again, say so.

Send an API key with each request: `Authorization: Bearer …`. Administrators make them in the
[console](/console/keys), each good for some actions on some services or on all.

What is refused is answered with problem details (RFC 9457): `detail` is a sentence that says what
is wrong, and `errors` has each field that is.
"""

MESSAGES = "Messages"
SERVICES = "Monitored Services"
ESCALATION_POLICIES = "Escalation Policies"
ON_CALL = "Who is on call"
CONFIGURATION = "Configuration"
INTEGRATIONS_OF_SENDERS = "Integrations"
HEARTBEATS = "Heartbeats"
MAINTENANCE = "Maintenance windows"
HEALTH = "Health of Pager"

TAGS = {
    MESSAGES: (
        "What Pager is told: an Alert of a Monitored Service, that this trouble is over, an "
        "Acknowledgement of somebody, a Healthy event; and that somebody does not wait, but "
        "escalates or pages again. A message that is sent twice does no harm: send it again "
        "whenever you do not know whether it arrived."
    ),
    SERVICES: "Whether each Monitored Service is Healthy, and who was notified.",
    ESCALATION_POLICIES: (
        "Who is notified about a Monitored Service, Level after Level, and how long the Targets "
        "of each have to acknowledge."
    ),
    ON_CALL: (
        "People, teams, schedules, and Escalation Policies that many services share and that name "
        "them. A service that uses one has, at each step of an incident, the policy that it is at "
        "that moment. Edits take a key that is good for `policies` on all services."
    ),
    CONFIGURATION: (
        "Everything that people set up, as one document: of the same shape as the files that "
        "`pager export`, `pager plan` and `pager apply` write and read."
    ),
    INTEGRATIONS_OF_SENDERS: (
        "The keys of monitors that send in a protocol of their own, such as Alertmanager, Grafana, "
        "or clients of PagerDuty and Opsgenie. Each names its Monitored Service, or how the "
        "service of an event is found."
    ),
    HEARTBEATS: (
        "Jobs that run regularly ping their heartbeat. One that stays away for longer than its "
        "interval and its grace raises an Alert, and its return resolves it. Nobody is paged "
        "because Pager itself was down: it waits anew from then on."
    ),
    MAINTENANCE: (
        "The times at which a Monitored Service may fail. An Alert in a window is recorded, and "
        "notifies nobody; what is still open when the window ends is escalated then, from the "
        "first Level on. An incident that began before the window goes on."
    ),
    HEALTH: "What watches Pager itself: is it alive, can it do its work, and how much is late.",
}

# --- Examples ------------------------------------------------------------------------------

ADA: Json = {"type": "email", "address": "ada@example.com"}
GRACE: Json = {"type": "sms", "phone_number": "+33612345678"}
POLICY_OF_CHECKOUT: Json = {
    "service_id": "checkout-api",
    "levels": [
        {"targets": [ADA, GRACE], "acknowledgement_delay": "PT15M"},
        {
            "targets": [{"type": "email", "address": "on-call-managers@example.com"}],
            "acknowledgement_delay": "PT30M",
        },
    ],
}
POLICY_NOW_OF_CHECKOUT: Json = {
    "service_id": "checkout-api",
    "levels": [
        {"targets": [GRACE], "acknowledgement_delay": "PT5M"},
        {"targets": [ADA], "acknowledgement_delay": "PT10M", "continues": True},
    ],
}
USE_OF_PAYMENTS: Json = {"service_id": "checkout-api", "uses": "Payments"}
ALERT_OF_CHECKOUT: Json = {"service_id": "checkout-api", "message": "p99 latency above 3 s"}
KEYED_ALERT_OF_CHECKOUT: Json = {
    "service_id": "checkout-api",
    "message": "p99 latency above 3 s",
    "dedup_key": "latency",
}
ALERT_OF_SEARCH: Json = {"service_id": "search-api", "message": "The index is stale"}
PAGE_OF_ADA: Json = {
    "level": 1,
    "policy_level": 1,
    "target": ADA,
    "status": "sent",
    "detail": "250 2.0.0 Ok: queued as 4F1A2B3C",
    "attempts": 1,
    "settled_at": "2026-11-29T02:00:00.480Z",
    "retry_at": None,
    "delivery": None,
    "is_by_fallback": False,
    "escalated_by": None,
    "told_again_by": None,
    "expired_of": None,
    "begun_again": 0,
    "continues": False,
}
PAGE_OF_GRACE: Json = {
    "level": 1,
    "policy_level": 1,
    "target": GRACE,
    "status": "waiting",
    "detail": "",
    "attempts": 0,
    "settled_at": None,
    "retry_at": "2026-11-29T02:00:00.120Z",
    "delivery": None,
    "is_by_fallback": False,
    "escalated_by": None,
    "told_again_by": None,
    "expired_of": None,
    "begun_again": 0,
    "continues": False,
}
CHECKOUT: Json = {
    "service_id": "checkout-api",
    "state": "unhealthy",
    "incident": 1,
    "level": 1,
    "policy_level": 1,
    "message": "p99 latency above 3 s",
    "later_alerts": {
        "count": 1,
        "newest": [{"message": "CHECKOUT DOWN, all orders fail", "at": "2026-11-29T02:04:00.120Z"}],
    },
    "open_dedup_keys": ["latency", None],
    "has_too_many_dedup_keys": False,
    "acknowledged": False,
    "acknowledged_by": None,
    "exhausted": False,
    "notifications": [PAGE_OF_ADA, PAGE_OF_GRACE],
    "acknowledgement_timeout": {"level": 1, "due_at": "2026-11-29T02:15:00.120Z"},
    "acknowledgement_expires_at": None,
    "begun_again": 0,
    "waits_for_maintenance": False,
    "maintenance_until": None,
}
WINDOW_OF_CHECKOUT: Json = {
    "id": 7,
    "service_id": "checkout-api",
    "state": "running",
    "starts_at": "2026-11-29T02:00:00.120Z",
    "ends_at": "2026-11-29T04:00:00.120Z",
    "reason": "The database moves to new machines",
    "author": "API key deploy",
    "created_at": "2026-11-29T02:00:00.120Z",
    "ended_by": None,
}
EDIT: Json = {
    "version": 12,
    "at": "2026-11-28T16:20:05.120Z",
    "author": "API key deploy",
    "policy": POLICY_OF_CHECKOUT,
}
NOW_UNHEALTHY: Json = {
    "service_id": "checkout-api",
    "state": "unhealthy",
    "incident": 1,
    "changed": True,
}
REFUSED: Json = {
    "service_id": "search-api",
    "problem": {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": str(NoEscalationPolicy("search-api")),
    },
}

STEP_OF_CHECKOUT: Json = {
    "service_id": "checkout-api",
    "incident": 1,
    "level": 1,
    "by": "ada@example.com",
    "acknowledged": False,
}
ACKNOWLEDGED_STEP: Json = {
    "service_id": "checkout-api",
    "incident": 1,
    "level": 1,
    "by": "ada@example.com",
    "acknowledged": True,
}

LISTED_INTEGRATION: Json = {
    "id": 1,
    "name": "Grafana of the shop",
    "protocol": "grafana",
    "service_id": "checkout-api",
    "field": "service",
    "created_by": "API key deploy",
    "created_at": "2026-11-28T16:20:05.120Z",
    "used_at": "2026-11-29T02:00:00.120Z",
    "last_outcome": "trigger search-api: unhealthy",
}
SHOP = {"Shop search (EU)": "search-api"}
BACKUP: Json = {"service_id": "backup-api", "interval": "P1D", "grace": "PT30M"}
BACKUP_STATUS: Json = {
    "name": "nightly-backup",
    "service_id": "backup-api",
    "interval": "P1D",
    "grace": "PT30M",
    "dedup_key": "heartbeat:nightly-backup",
    "state": "on time",
    "pinged_at": "2026-11-29T02:00:00.120Z",
    "due_at": "2026-11-30T02:30:00.120Z",
    "overdue_since": None,
}

METRICS = "# TYPE pager_database_up gauge\npager_database_up 1.0\n"

# --- Problems ------------------------------------------------------------------------------

WITH_A_KEY = {
    401: ProblemCase("No API key was sent, or none that is known.", HOW_TO_AUTHENTICATE),
    403: ProblemCase(
        "The API key is not good for this action, or not on this service.",
        "This API key is not good for 'alert' on 'checkout-api'.",
    ),
    421: ProblemCase(
        "Without an API key, the server does not answer under this host name.",
        "Without an API key this server is not called 'pager.example.com'.",
    ),
    503: ProblemCase(
        "Pager has too much to do, its database is not there, or what is stored of the service was "
        "written by a newer version: send it again.",
        "Pager is answering too many requests: send it again in a while.",
    ),
}
WITH_A_BODY = WITH_A_KEY | {
    408: ProblemCase(
        f"The body took longer than {LIMITS.body_within.total_seconds():.0f} s to arrive.",
        "The rest of the body did not come.",
    ),
    413: ProblemCase("The body is too large.", f"A body has at most {LARGEST_BODY:,} bytes."),
    415: ProblemCase(
        "The body is not sent as application/json.",
        "Send JSON, and say so: Content-Type: application/json.",
    ),
    422: ProblemCase(
        "A field is wrong: `errors` has each by its path, and what a good value looks like.",
        "service_id: Field required",
        (FieldError(field="service_id", message="Field required"),),
    ),
}
WITH_AN_ODD_BODY = WITH_A_BODY | {
    415: ProblemCase(
        "A web page sent it without an API key, and not as application/json.",
        "Send JSON, and say so: Content-Type: application/json.",
    ),
    413: ProblemCase(
        "There were too many Alerts: `results` has what became of those that were read.",
        "A request has at most 1,000 Alerts and 1,048,576 bytes: send the others in another.",
    ),
}
CONDITION_WRONG = ProblemCase(
    "If-Match or If-None-Match is not what a condition looks like.",
    'If-Match takes the ETag of the policy as it was read: If-Match: "12".',
)
CONDITION_FAILED = ProblemCase(
    "The policy is not as the condition expects: nothing was changed.",
    "The Escalation Policy of 'checkout-api' is at version 13, and this edit was made of version "
    "12: nothing was changed. Read it as it is now, and edit that.",
)
CONDITIONAL = {400: CONDITION_WRONG, 412: CONDITION_FAILED}
NO_POLICY = {
    404: ProblemCase("The service has no Escalation Policy.", "'checkout-api' has no policy.")
}
NO_SUCH_WINDOW = {404: ProblemCase("There is no such window (any more).", str(NoSuchWindow()))}
NO_SUCH_SERVICE = {
    404: ProblemCase("No service can have this identifier.", "'checkout api' is not known.")
}
UNKNOWN_SERVICE = {
    404: ProblemCase("Nobody knows this Monitored Service.", "'checkout-api' is not known.")
}
NOBODY_TO_NOTIFY = {
    404: ProblemCase(
        "The service has no Escalation Policy, and there is no fallback policy.",
        str(NoEscalationPolicy("checkout-api")),
    )
}
WRONG_PARAMETER = {
    422: ProblemCase(
        "A parameter is wrong: `errors` says which.",
        "limit: Input should be greater than or equal to 1",
        (FieldError(field="limit", message="Input should be greater than or equal to 1"),),
    )
}
NOT_READY = ProblemCase(
    "It is not ready; `detail` says why.", "The database takes no writes: database is locked."
)
ETAG: dict[str, Json] = {
    "ETag": {
        "description": "The version of the policy, for If-Match.",
        "schema": {"type": "string", "pattern": '^"[0-9]+"$'},
        "example": '"12"',
    }
}
NEXT_PAGE: dict[str, Json] = {
    "Link": {
        "description": "The link to the next page, relative to this one (RFC 8288). It is there "
        "only where there is another page.",
        "schema": {"type": "string"},
        "example": '<?after=checkout-api&limit=1000>; rel="next"',
    }
}

# --- Messages: arrows 3, 8 and 2, and by hand ----------------------------------------------

RAISE_ALERTS = Operation(
    MESSAGES,
    "Raise an Alert",
    "A Monitored Service is in trouble. Where it was Healthy it becomes Unhealthy: a new incident "
    "begins, and all Targets of the first Level of its Escalation Policy are notified. Where it "
    "was Unhealthy already nobody is notified again: if it says something new, that is noted, "
    "shown, and told to the next Level.\n\n"
    "A service may have several troubles at once: the `dedup_key` says which one it is, and its "
    "resolve (`POST /resolves`) names the same. They are one incident, which ends with the last of "
    "them. Without a `dedup_key`, all Alerts of a service are one trouble.\n\n"
    "An Alert is accepted with what there is of it: its `message` may be missing, too long or no "
    "text, and fields that are unknown are ignored. The `warnings` of its receipt say what was "
    "mended. Refused is only what names no service, and a service that has no policy.\n\n"
    "An array of up to 1,000 Alerts is answered with an array of results in the same order; one "
    "that is refused does not concern the others. By the answer all of it is committed. Where one "
    "could not be taken the answer is 503, and where none was accepted the problem of the first: "
    "then `results` has that of each. Send the whole array again after a 503: an Alert that was "
    "taken already pages nobody twice.",
    202,
    "It is committed: whoever is to be notified will be.",
    Content(
        RECEIPT_OR_RESULTS,
        {
            "one": Example("One Alert", NOW_UNHEALTHY),
            "several": Example("Two Alerts, of which one is refused", [NOW_UNHEALTHY, REFUSED]),
        },
    ),
    WITH_AN_ODD_BODY | NOBODY_TO_NOTIFY,
    Content(
        ALERT_OR_ALERTS,
        {
            "one": Example("One Alert", ALERT_OF_CHECKOUT),
            "keyed": Example("Of one trouble of several", KEYED_ALERT_OF_CHECKOUT),
            "several": Example("Two Alerts", [ALERT_OF_CHECKOUT, ALERT_OF_SEARCH]),
        },
    ),
)
ACKNOWLEDGE = Operation(
    MESSAGES,
    "Acknowledge an incident",
    "Somebody takes the incident in hand: no other Level is notified, and pages that are not sent "
    "yet are withdrawn. Of an incident that is over it changes nothing.",
    202,
    "It is committed.",
    Content(RECEIPT, {"acknowledged": Example("Acknowledged", NOW_UNHEALTHY)}),
    WITH_A_BODY | UNKNOWN_SERVICE,
    Content(
        ACKNOWLEDGEMENT,
        {
            "by Ada": Example(
                "By Ada",
                {"service_id": "checkout-api", "incident": 1, "by": "ada@example.com"},
            )
        },
    ),
)
NAMES_ITS_STEP = (
    " It names its step: `incident`, `level` and `acknowledged` as the service was read. Of any "
    "other step, or where somebody has acknowledged meanwhile, it changes nothing: so it does no "
    "harm when it is late, or sent twice."
)
ESCALATE_NOW = Operation(
    MESSAGES,
    "Escalate now",
    "Somebody does not wait for the Acknowledgement Timeout: the next Level is notified at once. "
    "Where no Level is left the incident is exhausted. With `acknowledged`, whoever has it hands "
    "it on: nobody has it any more; where no Level is left they keep it." + NAMES_ITS_STEP,
    202,
    "It is committed; `changed` says whether it was still current.",
    Content(RECEIPT, {"escalated": Example("The next Level is notified", NOW_UNHEALTHY)}),
    WITH_A_BODY | UNKNOWN_SERVICE,
    Content(
        ESCALATE,
        {
            "unanswered": Example("Nobody has acknowledged", STEP_OF_CHECKOUT),
            "acknowledged": Example("Whoever has acknowledged hands it on", ACKNOWLEDGED_STEP),
        },
    ),
)
TELL_ONCE_MORE = Operation(
    MESSAGES,
    "Page again",
    "The Level that was notified last is told once more, and has its whole Acknowledgement Delay "
    "to acknowledge. With `acknowledged` this takes the Acknowledgement back: nobody has the "
    "incident any more. Without an Escalation Policy nobody can be told, and nothing changes."
    + NAMES_ITS_STEP,
    202,
    "It is committed; `changed` says whether it was still current.",
    Content(RECEIPT, {"told": Example("The Level is told once more", NOW_UNHEALTHY)}),
    WITH_A_BODY | UNKNOWN_SERVICE,
    Content(
        PAGE_AGAIN,
        {
            "unanswered": Example("Nobody has acknowledged", STEP_OF_CHECKOUT),
            "acknowledged": Example("An Acknowledgement is taken back", ACKNOWLEDGED_STEP),
        },
    ),
)
RESOLVE_TROUBLE = Operation(
    MESSAGES,
    "Resolve one trouble",
    "One trouble of the service is over: that with this `dedup_key`, or without one that of the "
    "Alerts that had none. If it was the last one that was open the incident is over, too, and the "
    "service is Healthy. What is not open, or is resolved already, changes nothing. Where an "
    "incident has had more than 500 open troubles they are not told apart: a person closes it, or "
    "a Healthy event, and a warning says so. Unknown fields are ignored, unless one of them may be "
    "meant as `dedup_key`.",
    202,
    "It is committed; `changed` says whether the trouble was open.",
    Content(
        RECEIPT,
        {
            "last": Example(
                "It was the last one",
                {
                    "service_id": "checkout-api",
                    "state": "healthy",
                    "incident": 1,
                    "changed": True,
                },
            ),
            "others": Example("Others are open", NOW_UNHEALTHY),
        },
    ),
    WITH_AN_ODD_BODY | UNKNOWN_SERVICE,
    Content(
        RESOLVE,
        {
            "keyed": Example(
                "Of one trouble", {"service_id": "checkout-api", "dedup_key": "latency"}
            ),
            "unkeyed": Example("Of the Alerts without a dedup key", {"service_id": "checkout-api"}),
        },
    ),
)
DECLARE_HEALTHY = Operation(
    MESSAGES,
    "Declare a service Healthy",
    "The incident is over, whichever troubles are open: the service becomes Healthy, and no more "
    "notifications are sent until its next Alert. With an `incident` only that one is closed, and "
    "no newer one. Unknown fields are ignored, unless one of them may be meant as `incident` or as "
    "`dedup_key`.",
    202,
    "It is committed.",
    Content(
        RECEIPT,
        {
            "closed": Example(
                "The service is Healthy",
                {
                    "service_id": "checkout-api",
                    "state": "healthy",
                    "incident": 1,
                    "changed": True,
                },
            )
        },
    ),
    WITH_AN_ODD_BODY | UNKNOWN_SERVICE,
    Content(
        HEALTHY_EVENT,
        {
            "this": Example("Of one incident", {"service_id": "checkout-api", "incident": 1}),
            "any": Example("Of whichever is running", {"service_id": "checkout-api"}),
        },
    ),
)

# --- Monitored Services --------------------------------------------------------------------

LIST_SERVICES = Operation(
    SERVICES,
    "List services",
    "The Monitored Services that the key may read, with the pages of their last incidents: 1,000 "
    "at a time, or fewer with `limit`. Where there are more, the header `Link` leads to the next "
    "page.",
    200,
    "The services, by their identifiers.",
    Content(STATUSES, {"one service": Example("One service, Unhealthy", [CHECKOUT])}),
    WITH_A_KEY | WRONG_PARAMETER,
    headers=NEXT_PAGE,
)
READ_SERVICE = Operation(
    SERVICES,
    "Read one service",
    "Whether it is Healthy, how far its escalation has come, and what became of each page.",
    200,
    "The service.",
    Content(STATUS, {"unhealthy": Example("Unhealthy, Level 1 is notified", CHECKOUT)}),
    WITH_A_KEY | UNKNOWN_SERVICE,
)

# --- Escalation Policies: arrow 1 ----------------------------------------------------------

LIST_POLICIES = Operation(
    ESCALATION_POLICIES,
    "List the policies of services",
    "The Escalation Policies of the services that the key may read: 1,000 at a time, or fewer with "
    "`limit`. Where there are more, the header `Link` leads to the next page. A service that uses "
    "a shared policy has `uses` in the place of Levels.",
    200,
    "The policies, by their services' identifiers.",
    Content(
        POLICY_LIST,
        {"two services": Example("Two services", [POLICY_OF_CHECKOUT, USE_OF_PAYMENTS])},
    ),
    WITH_A_KEY | WRONG_PARAMETER,
    headers=NEXT_PAGE,
)
OF_ITS_OWN_OR_SHARED = {
    "shared": Example("A shared policy", USE_OF_PAYMENTS),
    "two levels": Example("A policy of its own, with two Levels", POLICY_OF_CHECKOUT),
}
READ_POLICY = Operation(
    ESCALATION_POLICIES,
    "Read the policy of a service",
    "The Escalation Policy of a Monitored Service: one of its own, or which shared one it uses. "
    "Its ETag is its version: send it as If-Match with an edit.",
    200,
    "The policy.",
    Content(POLICY, OF_ITS_OWN_OR_SHARED),
    WITH_A_KEY | NO_POLICY,
    headers=ETAG,
)
READ_POLICY_NOW = Operation(
    ESCALATION_POLICIES,
    "Who would be notified now",
    "What the policy of the service is at this moment: each person, team and schedule as the "
    "addresses of those who are meant now. A Level with `continues` has the contact methods of the "
    "Level before it that wait. `gaps`, which is there only where it is not empty, says "
    "whom the policy names and who is nobody just now. Where the service has no policy, or one "
    "that is nobody, it is the fallback policy, with its `service_id`.",
    200,
    "The policy as a step would have it now.",
    Content(PLAIN_POLICY, {"waits": Example("A contact method waits", POLICY_NOW_OF_CHECKOUT)}),
    WITH_A_KEY | {404: ProblemCase("Nobody would be notified.", NOBODY_NOW.format("checkout-api"))},
)
PUT_POLICY = Operation(
    ESCALATION_POLICIES,
    "Put the policy of a service",
    "The Monitored Service has this Escalation Policy from its next step on, also in an incident "
    "that is running: one of its own, or a shared one that is named in `uses`. With If-Match, only "
    "where the policy is as it was read: no edit of somebody else's is lost. With "
    "If-None-Match: *, only where there is none.",
    200,
    "The policy as it was stored.",
    Content(POLICY, OF_ITS_OWN_OR_SHARED),
    WITH_A_BODY | CONDITIONAL | NO_SUCH_SERVICE,
    Content(POLICY_BODY, OF_ITS_OWN_OR_SHARED),
    headers=ETAG,
)
DELETE_POLICY = Operation(
    ESCALATION_POLICIES,
    "Delete the policy of a service",
    "The Monitored Service is left without an Escalation Policy of its own: unless there is a "
    "fallback policy (that of `pager:fallback`), its Alerts are refused and nobody is notified.",
    204,
    "The policy is deleted.",
    None,
    WITH_A_KEY | CONDITIONAL | NO_POLICY,
)
READ_HISTORY = Operation(
    ESCALATION_POLICIES,
    "Read the history of the policy of a service",
    "Who gave the Monitored Service which policy, the newest edit first, as far as it is kept. "
    "For the next page, send the last `version` of this one as `before`.",
    200,
    "The edits: none of a service that nobody knows.",
    Content(
        PAST_EDITS,
        {
            "two edits": Example(
                "Two edits", [EDIT | {"version": 13, "policy": USE_OF_PAYMENTS}, EDIT]
            )
        },
    ),
    WITH_A_KEY | WRONG_PARAMETER | NO_SUCH_SERVICE,
)

# --- Integrations --------------------------------------------------------------------------

NO_SUCH_INTEGRATION = {
    404: ProblemCase("There is no such integration.", "There is no integration '7'.")
}
MAKE_INTEGRATION = Operation(
    INTEGRATIONS_OF_SENDERS,
    "Make an integration",
    "A monitor gets a key of its own, in its protocol. Its events are about `service_id`; with a "
    "`field`, they are about the service that this label or field of theirs names: by `names`, or "
    "as the identifier that it is. `service_id` is the fallback then. Give the sender the `url`, "
    "and the `key` where the protocol sends it by itself: it is shown only here.\n\n"
    "The API key has to be good for `integrations` on the service; with a `field`, on all "
    "services, because the events name any.",
    201,
    "It is made; `warnings` says what will not work yet.",
    Content(
        MADE_INTEGRATION,
        {
            "one service": Example(
                "All events are about one service",
                {
                    "id": 1,
                    "name": "pagerduty for checkout-api",
                    "protocol": "pagerduty",
                    "service_id": "checkout-api",
                    "key": "0f9d4c1e6b7a48325e1c90ad73b2f684",
                    "url": "https://pager.example.com/v2/enqueue",
                },
            ),
            "by a label": Example(
                "A label names the service, and the fallback has no policy yet",
                {
                    "id": 2,
                    "name": "Grafana of the shop",
                    "protocol": "grafana",
                    "service_id": "shop",
                    "key": "5a0e7c93d1f84b62a7c3e9105db8f246",
                    "url": "https://pager.example.com/integrations/v1/grafana/"
                    "5a0e7c93d1f84b62a7c3e9105db8f246/",
                    "warnings": [
                        {
                            "field": "service_id",
                            "message": NO_POLICY_WARNING.format(service_id="shop"),
                        }
                    ],
                },
            ),
        },
    ),
    WITH_A_BODY
    | {
        409: ProblemCase(
            "There is an integration of that name.",
            "There is already an integration 'Grafana of the shop'. Choose another name: the "
            "history tells them apart by it.",
        )
    },
    Content(
        INTEGRATION_REQUEST,
        {
            "one service": Example(
                "All events are about one service",
                {"protocol": "pagerduty", "service_id": "checkout-api"},
            ),
            "by a label": Example(
                "A label names the service",
                {
                    "protocol": "grafana",
                    "name": "Grafana of the shop",
                    "service_id": "shop",
                    "field": "service",
                    "names": SHOP,
                },
            ),
            "any JSON": Example(
                "Paths say where the fields of any JSON are",
                {
                    "protocol": "webhook",
                    "service_id": "checkout-api",
                    "field": "labels.service",
                    "paths": {
                        "title": "incident.title",
                        "dedup_key": "incident.id",
                        "state": "incident.status",
                        "resolved": ["closed"],
                    },
                },
            ),
        },
    ),
    headers={
        "Location": {
            "description": "Where it can be read.",
            "schema": {"type": "string"},
            "example": "/integrations/1",
        }
    },
)
LIST_INTEGRATIONS = Operation(
    INTEGRATIONS_OF_SENDERS,
    "List integrations",
    "Those that the key may do something with, 100 at a time, or fewer with `limit`. Where there "
    "are more, the header `Link` leads to the next page.",
    200,
    "The integrations, by their names.",
    Content(INTEGRATIONS, {"one": Example("One integration", [LISTED_INTEGRATION])}),
    WITH_A_KEY | WRONG_PARAMETER,
    headers=NEXT_PAGE,
)
READ_INTEGRATION = Operation(
    INTEGRATIONS_OF_SENDERS,
    "Read one integration",
    "How the service of its events is found, its last request without its key, and what became "
    "of that.",
    200,
    "The integration.",
    Content(
        INTEGRATION,
        {
            "one": Example(
                "A label names the service, by its identifier",
                LISTED_INTEGRATION
                | {"names": {}, "last_request": '{"receiver": "pager", "status": "firing"}'},
            )
        },
    ),
    WITH_A_KEY | NO_SUCH_INTEGRATION,
)
RENEW_INTEGRATION_KEY = Operation(
    INTEGRATIONS_OF_SENDERS,
    "Make a new key of an integration",
    "It takes the place of the old one: what is sent with that is refused from now on (401). The "
    "name, the service and the history stay.",
    200,
    "The new key: it is shown only here.",
    Content(
        MADE_INTEGRATION,
        {
            "new key": Example(
                "The key is another one",
                {
                    "id": 1,
                    "name": "pagerduty for checkout-api",
                    "protocol": "pagerduty",
                    "service_id": "checkout-api",
                    "key": "c1d0be6a4f7a43e09a5c8d7712f3b690",
                    "url": "https://pager.example.com/v2/enqueue",
                },
            )
        },
    ),
    WITH_A_BODY | NO_SUCH_INTEGRATION,
    Content(NEW_KEY_REQUEST, {"nothing": Example("There is nothing to say", {})}),
)
REVOKE_INTEGRATION = Operation(
    INTEGRATIONS_OF_SENDERS,
    "Revoke an integration",
    "What is sent with its key is refused from now on (401). This cannot be undone.",
    204,
    "It is revoked.",
    None,
    WITH_A_KEY | NO_SUCH_INTEGRATION,
)

# --- Heartbeats ----------------------------------------------------------------------------

NO_HEARTBEAT = {
    404: ProblemCase(
        "There is no heartbeat of that name.", str(UnknownHeartbeat("nightly-backup"))
    ),
}
PING_HEARTBEAT = Operation(
    HEARTBEATS,
    "Ping",
    "The job is alive. GET and HEAD do the same; a body is not read. The key is good for "
    "`heartbeat`, and may be in the query: `?token=…`. Send it again unless it was answered with "
    "200, for half a minute: only then it is committed.",
    200,
    "It is committed.",
    Content(HEARD, {"heard": Example("Heard", {"name": "nightly-backup", "result": "heard"})}),
    WITH_A_KEY | NO_HEARTBEAT,
)
LIST_HEARTBEATS = Operation(
    HEARTBEATS,
    "List heartbeats",
    "The heartbeats of the services that the key may read: 1,000 at a time, or fewer with `limit`. "
    "Where there are more, the header `Link` leads to the next page.",
    200,
    "The heartbeats, by name.",
    Content(HEARTBEAT_STATUSES, {"one": Example("One heartbeat", [BACKUP_STATUS])}),
    WITH_A_KEY | WRONG_PARAMETER,
    headers=NEXT_PAGE,
)
READ_HEARTBEAT = Operation(
    HEARTBEATS,
    "Read a heartbeat",
    "What it is like, and when it was pinged last.",
    200,
    "The heartbeat.",
    Content(HEARTBEAT_STATUS, {"on time": Example("On time", BACKUP_STATUS)}),
    WITH_A_KEY | NO_HEARTBEAT,
)
PUT_HEARTBEAT = Operation(
    HEARTBEATS,
    "Put a heartbeat",
    "Make it, or edit it: the key is good for `policies`. A new one waits for its first ping, and "
    "pages nobody before. Another interval or grace counts from now on. The same again changes "
    "nothing.",
    200,
    "The heartbeat as it is now.",
    Content(HEARTBEAT_STATUS, {"on time": Example("On time", BACKUP_STATUS)}),
    WITH_A_BODY | NO_HEARTBEAT,
    Content(SETTINGS, {"each day": Example("Each day, half an hour later at the most", BACKUP)}),
)
DELETE_HEARTBEAT = Operation(
    HEARTBEATS,
    "Delete a heartbeat",
    "Nobody waits for it any more; if it is missing, its Alert is resolved.",
    204,
    "It is deleted.",
    None,
    WITH_A_KEY | NO_HEARTBEAT,
)

# --- Maintenance windows -------------------------------------------------------------------

LIST_WINDOWS = Operation(
    MAINTENANCE,
    "List windows",
    "The maintenance windows of the services that the key may read, the one that was made last "
    "first; of one service with `service_id`, of one kind with `state`: `running`, `planned` or "
    "`past`. For the next page, the last `id` of this one is `before`.",
    200,
    "The windows.",
    Content(WINDOWS, {"one window": Example("One window, running", [WINDOW_OF_CHECKOUT])}),
    WITH_A_KEY | WRONG_PARAMETER,
)
MAKE_WINDOW = Operation(
    MAINTENANCE,
    "Make a window",
    "From its start on, an Alert of the service is recorded and notifies nobody. When the window "
    "ends, what is still open is escalated, from the first Level on. A window lasts 30 days at "
    "the most, and begins within a year. Where several windows of a service overlap, the one that "
    "ends last counts.\n\n"
    "It takes a key that is good for `policies`: whoever keeps others from being notified could "
    "as well edit the policy.",
    201,
    "It is committed: it holds for each Alert that is received from now on.",
    Content(WINDOW, {"made": Example("A window, running", WINDOW_OF_CHECKOUT)}),
    WITH_A_BODY,
    Content(
        WINDOW_REQUEST,
        {
            "from now on": Example(
                "From now on, for two hours",
                {
                    "service_id": "checkout-api",
                    "end": "PT2H",
                    "reason": "The database moves to new machines",
                },
            ),
        },
    ),
)
END_WINDOW = Operation(
    MAINTENANCE,
    "End a window",
    "A window that is running ends now: what is still open is escalated at once, unless another "
    "window of the service is running. One that has not begun is cancelled. One that is over "
    "stays as it is.",
    200,
    "It is over.",
    Content(
        WINDOW,
        {
            "ended": Example(
                "Ended early",
                WINDOW_OF_CHECKOUT
                | {
                    "state": "over",
                    "ends_at": "2026-11-29T03:10:00.120Z",
                    "ended_by": "API key deploy",
                },
            )
        },
    ),
    WITH_A_KEY | NO_SUCH_WINDOW | WRONG_PARAMETER,
)

# --- Health --------------------------------------------------------------------------------

READ_ALIVE = Operation(
    HEALTH,
    "Is the process alive?",
    "For a liveness probe: the process answers. It is to be started anew where it does not.",
    200,
    "It is alive.",
    Content(ALIVE, {"alive": Example("Alive", {"status": "alive"})}),
)
READ_READY = Operation(
    HEALTH,
    "Can it do its work?",
    "For a readiness probe: the database takes writes and can be read, so an Alert would be "
    "accepted and paged now.",
    200,
    "It is ready.",
    Content(READY, {"ready": Example("Ready", {"status": "ready"})}),
    {503: NOT_READY},
    retry_after=False,
)
READ_METRICS = Operation(
    HEALTH,
    "Metrics for Prometheus",
    "What is counted, what is late, and whether the database answers. It takes a key that reads "
    "all services.",
    200,
    "The metrics, in Prometheus's text format.",
    Content(
        None,
        {
            "up": Example("The database answers", METRICS),
        },
        METRICS_MEDIA_TYPE,
    ),
    {status: WITH_A_KEY[status] for status in (401, 403, 421)},
)
