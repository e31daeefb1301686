"""What the routes of the API are for that read, plan and apply a whole configuration."""

from pager.adapters.configuration.documents import DOCUMENT
from pager.adapters.store.configuration.writing import ConfigurationChanged
from pager.adapters.validation import FieldError
from pager.adapters.web.api.configuration import APPLIED, PLAN
from pager.adapters.web.limits import LARGEST_CONFIGURATION
from pager.adapters.web.openapi import Content, Example, Json, Operation, ProblemCase
from pager.adapters.web.openapi_texts import CONFIGURATION, WITH_A_BODY, WITH_A_KEY, WRONG_PARAMETER

TAG = '"8c7dd922ad47494fc02c388e12c00eac"'

# --- Examples ------------------------------------------------------------------------------

OF_A_TEAM: Json = {
    "people": {
        "Ada Lovelace": {"contact_methods": [{"email": "ada@example.com"}]},
        "Grace Hopper": {
            "contact_methods": [
                {"email": "grace@example.com"},
                {"sms": "+33612345678", "after": "5 min"},
            ]
        },
    },
    "teams": {"Payments": ["Ada Lovelace", "Grace Hopper"]},
    "policies": {
        "Payments": {"levels": [{"targets": [{"team": "Payments"}]}]},
    },
    "services": {"checkout-api": {"uses": "Payments"}},
}
CHANGES: Json = {
    "changes": [
        {
            "kind": "people",
            "name": "Grace Hopper",
            "what": "added",
            "lines": ["contact methods: grace@example.com"],
        },
        {
            "kind": "teams",
            "name": "Payments",
            "what": "changed",
            "lines": ["members: new: Grace Hopper"],
        },
    ]
}
PLAN_OF_A_TEAM: Json = {
    **CHANGES,
    "incidents": [
        {
            "service_id": "checkout-api",
            "incident": 3,
            "before": {
                "at": "2026-11-29T02:05:00Z",
                "level": 2,
                "targets": [{"type": "email", "address": "ada@example.com"}],
            },
            "after": None,
        }
    ],
    "more_incidents": False,
    "violations": [
        {
            "sentence": "no Level is empty",
            "subject": "checkout-api",
            "at": "2026-12-06T03:00:00Z",
            "what": "Payments, Level 1 reaches nobody: nobody is in the team Payments",
        }
    ],
    "unverified": [],
    "warnings": [],
}

# --- Problems ------------------------------------------------------------------------------

WITH_A_CONFIGURATION = WITH_A_BODY | {
    413: ProblemCase(
        "The body is too large.", f"A body has at most {LARGEST_CONFIGURATION:,} bytes."
    ),
    422: ProblemCase(
        "Something is wrong with it: `errors` has everything. Nothing was changed.",
        "teams.Payments: There is no person called 'Ada Lovelac'.",
        (FieldError(field="teams.Payments", message="There is no person called 'Ada Lovelac'."),),
    ),
}
CONDITIONAL = {
    400: ProblemCase(
        "If-Match is no ETag of a configuration.",
        "If-Match takes the ETag of GET /configuration or of POST /configuration/plan.",
    ),
    412: ProblemCase(
        "Somebody has edited it since: nothing was changed.", str(ConfigurationChanged())
    ),
}
ETAG: dict[str, Json] = {
    "ETag": {
        "description": "The version of the whole configuration, for If-Match: another one after "
        "each edit of any part.",
        "schema": {"type": "string", "pattern": '^"[0-9a-f]{32}"$'},
        "example": TAG,
    }
}

# --- Operations ----------------------------------------------------------------------------

_BODY = Content(DOCUMENT, {"a team": Example("A team and its service", OF_A_TEAM)})
_WHAT = (
    "A kind that the body does not name is left as it is, and so are the overrides of a schedule. "
    "A kind that it names is wholly what the body says: what the server has besides is removed. "
)

READ_CONFIGURATION = Operation(
    CONFIGURATION,
    "Read the whole configuration",
    "Everything that people set up, as files have it: people, teams, schedules, policies, the "
    "policies of services, heartbeats, integrations and properties. Without the marks of verified "
    "contact methods, and keys; with the overrides of schedules only where they are asked for. It "
    "takes a key that reads all services.",
    200,
    "The configuration.",
    _BODY,
    WITH_A_KEY | WRONG_PARAMETER,
    headers=ETAG,
)
PLAN_CONFIGURATION = Operation(
    CONFIGURATION,
    "Plan a configuration",
    f"What it would change if it was applied now, and what that means for the incidents that run. "
    f"{_WHAT}Nothing is changed. It takes a key that reads all services.",
    200,
    "What would be changed: nothing where there is no change.",
    Content(
        PLAN,
        {
            "quiet": Example(
                "No incident goes on otherwise",
                {**PLAN_OF_A_TEAM, "incidents": [], "violations": []},
            ),
            "an incident": Example("An incident runs, and Ada is not told", PLAN_OF_A_TEAM),
        },
    ),
    WITH_A_CONFIGURATION,
    _BODY,
    headers=ETAG,
)
APPLY_CONFIGURATION = Operation(
    CONFIGURATION,
    "Apply a configuration",
    f"All of it in one transaction, or nothing. {_WHAT}With If-Match, only where nobody has edited "
    "anything since it was planned. A new integration has a key that nobody knows: make another "
    "one. It takes a key that is good for `policies` on all services, and for `integrations` where "
    "the body names them.",
    200,
    "What was changed.",
    Content(APPLIED, {"applied": Example("One was added, one changed", CHANGES)}),
    WITH_A_CONFIGURATION | CONDITIONAL,
    _BODY,
    headers=ETAG,
)
