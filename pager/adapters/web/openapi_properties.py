"""What the routes of the API are for that say what has to hold, and whether it does."""

from pager.adapters.store.properties.properties import PropertiesChanged
from pager.adapters.validation import FieldError
from pager.adapters.web.api.properties import BODY, VERDICTS
from pager.adapters.web.openapi import Content, Example, Json, Operation, ProblemCase
from pager.adapters.web.openapi_texts import (
    CONDITION_WRONG,
    CONFIGURATION,
    ETAG,
    WITH_A_BODY,
    WITH_A_KEY,
)

WITHIN: Json = {"properties": ["somebody is reached within 10 minutes"]}
VERDICT: Json = {
    "sentence": "somebody is reached within 10 minutes",
    "outcome": "violated",
    "being_verified": False,
    "why": "",
    "verified_at": "2026-11-29T06:00:04Z",
    "violated_since": "2026-11-28T06:00:03Z",
    "violations": 1,
    "counterexamples": [
        {
            "subject": "orders-db",
            "others": 0,
            "at": "2026-12-06T08:00:00Z",
            "what": "On Sunday 2026-12-06 09:00 in Europe/Paris an Alert reaches nobody within "
            "10 min. So it is until Monday 2026-12-07 09:00.",
            "timeline": "     0 min  received   the Alert …",
        }
    ],
}
NEW: Json = {
    "sentence": "no Level is empty",
    "outcome": "unknown",
    "being_verified": True,
    "why": "It was not verified yet.",
    "verified_at": None,
    "violated_since": None,
    "violations": 0,
    "counterexamples": [],
}
UNKNOWN = {
    422: ProblemCase(
        "A sentence is no property that Pager knows: `errors` names the nearest.",
        "properties.0: 'somebody is reached soon' is no property that Pager knows.",
        (
            FieldError(
                field="properties.0",
                message="'somebody is reached soon' is no property that Pager knows.",
            ),
        ),
    )
}
READ_PROPERTIES = Operation(
    CONFIGURATION,
    "Read what has to hold",
    "Sentences that have to hold at every moment. They are a part of the configuration, too.",
    200,
    "All of them.",
    Content(BODY, {"one": Example("One property", WITHIN)}),
    WITH_A_KEY,
    headers=ETAG,
)
PUT_PROPERTIES = Operation(
    CONFIGURATION,
    "Say what has to hold",
    "These have to hold, and no others. They are verified in the console before a policy or a "
    "schedule is saved, and each night; an edit by the API is not held up.",
    200,
    "They have to hold.",
    Content(BODY, {"one": Example("One property", WITHIN)}),
    WITH_A_BODY
    | UNKNOWN
    | {
        400: CONDITION_WRONG,
        412: ProblemCase(
            "They are not as the condition expects: nothing was changed.",
            str(PropertiesChanged(12, 13)),
        ),
    },
    Content(BODY, {"one": Example("One property", WITHIN)}),
    headers=ETAG,
)
LIST_VERDICTS = Operation(
    CONFIGURATION,
    "Read whether it holds",
    "What was found of each property when it was verified last, and besides whether a Level is "
    "empty: over the thirteen months from then on.",
    200,
    "A verdict for each.",
    Content(
        VERDICTS,
        {
            "violated": Example("One that does not hold", [VERDICT]),
            "new": Example("One that was not verified yet", [NEW]),
        },
    ),
    WITH_A_KEY,
)
