"""What the routes of the API are for that say who is on call, and for whom."""

from pager.adapters.web.api.on_call.explanations import EXPLANATION
from pager.adapters.web.api.on_call.on_call import EVERY_ON_CALL, GAPS, SHIFTS
from pager.adapters.web.api.on_call.on_call import ON_CALL as WHO_IS_ON_CALL
from pager.adapters.web.api.on_call.overrides import OVERRIDE, OVERRIDE_REQUEST, OVERRIDES
from pager.adapters.web.api.on_call.past_incidents import PAST_INCIDENTS
from pager.adapters.web.api.on_call.using_services import (
    MOST_SERVICES,
    SERVICE_IDS,
    SERVICES_REQUEST,
    USING_SERVICES,
)
from pager.adapters.web.openapi import Content, Example, Json, Operation, ProblemCase
from pager.adapters.web.openapi_entries import CHRISTMAS, NOT_THERE
from pager.adapters.web.openapi_texts import (
    ESCALATION_POLICIES,
    NEXT_PAGE,
    ON_CALL,
    WITH_A_BODY,
    WITH_A_KEY,
    WRONG_PARAMETER,
)
from pager.oncall.overrides import NoSuchOverride, override_id

# --- Examples ------------------------------------------------------------------------------

ON_DUTY: Json = {"person": "Ada Lovelace", "rotation": "weekly", "override": None}
ON_CALL_IN_DATABASE: Json = {
    "schedule": "Database",
    "at": "2026-11-29T02:00:00Z",
    "on_call": [ON_DUTY],
    "until": "2026-11-30T08:00:00Z",
    "next": ["Grace Hopper"],
}
SHIFT: Json = {
    "starts_at": "2026-11-29T02:00:00Z",
    "ends_at": "2026-11-30T08:00:00Z",
    "on_call": [ON_DUTY],
}
GAP: Json = {"starts_at": "2026-11-29T02:00:00Z", "ends_at": "2026-11-30T08:00:00Z"}
OVERRIDE_OF_DATABASE: Json = {"id": override_id(CHRISTMAS), **CHRISTMAS.model_dump(mode="json")}
USING: Json = {
    "service_id": "checkout-api",
    "version": 13,
    "had": "shared policy",
    "used": "Payments, before the merger",
}

PAST_INCIDENT: Json = {
    "service_id": "checkout-api",
    "incident": 12,
    "begun_at": "2027-01-24T02:00:11Z",
    "acknowledged_at": "2027-01-24T02:04:27Z",
    "ended_at": None,
    "told": [{"at": "2027-01-24T02:00:11Z", "target": "ada@example.com"}],
}
EXPLANATION_OF_CHECKOUT: Json = {
    "service_id": "checkout-api",
    "at": "2027-01-24T02:00:00Z",
    "time_zone": "Europe/Paris",
    "incident": None,
    "summary": "An Alert of checkout-api at Sun 2027-01-24 03:00, rehearsed",
    "policy": [
        "checkout-api uses the shared policy Payments (the edit by ada, Mon 2027-01-18 08:00 UTC)"
    ],
    "steps": [
        {
            "at": "2027-01-24T02:00:00Z",
            "level": 1,
            "what": "An Alert",
            "told": [
                {
                    "target": "ada@example.com",
                    "person": "Ada Lovelace",
                    "because": [
                        "Level 1 of Payments names the schedule Database",
                        "Ada Lovelace has the turn in Weekly of Database, since Mon 2027-01-18 "
                        "09:00 until Mon 2027-01-25 09:00 (Europe/Paris)",
                        "ada@example.com is verified",
                    ],
                    "outcome": "",
                }
            ],
            "gaps": [],
        },
        {
            "at": "2027-01-24T02:15:00Z",
            "level": 1,
            "what": "Nobody has answered, and nobody is left to tell",
            "told": [],
            "gaps": [],
        },
    ],
    "person": "Grace Hopper",
    "answer": ["Grace Hopper is not told", "Grace Hopper is not on call in Database then"],
}

# --- Who is on call ------------------------------------------------------------------------

LIST_ON_CALL = Operation(
    ON_CALL,
    "Who is on call everywhere",
    "Every schedule, and who is on call in it: now, or at another moment. 1,000 at a time, or "
    "fewer with `limit`; the header `Link` leads to the next page.",
    200,
    "The schedules, by name.",
    Content(EVERY_ON_CALL, {"one": Example("One schedule", [ON_CALL_IN_DATABASE])}),
    WITH_A_KEY | WRONG_PARAMETER,
    headers=NEXT_PAGE,
)
READ_ON_CALL = Operation(
    ON_CALL,
    "Who is on call in a schedule",
    "Now, or at another moment; until when, and who is next.",
    200,
    "Whoever is on call; nobody in a gap.",
    Content(WHO_IS_ON_CALL, {"Ada": Example("Ada is on call", ON_CALL_IN_DATABASE)}),
    WITH_A_KEY | NOT_THERE | WRONG_PARAMETER,
)
LIST_SHIFTS = Operation(
    ON_CALL,
    "The shifts of a schedule",
    "From when until when who is on call, exact to the second. A shift goes on while the same "
    "people are on call for the same reasons; the first and the last are cut off where the "
    "interval is.",
    200,
    "The shifts, one after the other.",
    Content(SHIFTS, {"one": Example("One shift", [SHIFT])}),
    WITH_A_KEY | NOT_THERE | WRONG_PARAMETER,
)
LIST_GAPS = Operation(
    ON_CALL,
    "The gaps of a schedule",
    "Where nobody is on call. A Level that names the schedule notifies nobody then: the next one "
    "is notified in its place, at once.",
    200,
    "The gaps, one after the other.",
    Content(GAPS, {"one": Example("One gap", [GAP])}),
    WITH_A_KEY | NOT_THERE | WRONG_PARAMETER,
)

NOT_THERE_TO_EXPLAIN = {
    404: ProblemCase(
        "Nobody knows this Monitored Service, or this person.",
        "There is no person called Grce. Did you mean Grace?",
    )
}
EXPLAIN = Operation(
    ESCALATION_POLICIES,
    "Why somebody was paged, or was not",
    "Of the incident of the service that was running at that moment, out of the journal: who was "
    "told when, and why, with what was set up then, by whose edits. Where none was running, or the "
    "moment is in the future, of an Alert at that moment: it is rehearsed, and nobody is paged. "
    "With `person`, why that person is told, or is not. A service or a person that nobody knows is "
    "answered with the nearest name.",
    200,
    "The steps, with the reason of each page.",
    Content(
        EXPLANATION,
        {
            "everybody": Example(
                "Who would be told", {**EXPLANATION_OF_CHECKOUT, "person": None, "answer": []}
            ),
            "one person": Example("Why Grace would not be told", EXPLANATION_OF_CHECKOUT),
        },
    ),
    WITH_A_KEY | NOT_THERE_TO_EXPLAIN | WRONG_PARAMETER,
)

LIST_PAST_INCIDENTS = Operation(
    ON_CALL,
    "List incidents as they really were",
    "When each began, was acknowledged and was over, and its first pages: the newest first, up to "
    "200 at a time; the header `Link` leads to the next page. It is what `pager replay` decides "
    "again on another configuration.",
    200,
    "The incidents.",
    Content(PAST_INCIDENTS, {"one": Example("One that Ada acknowledged", [PAST_INCIDENT])}),
    WITH_A_KEY | WRONG_PARAMETER,
    headers=NEXT_PAGE,
)

# --- Overrides -----------------------------------------------------------------------------

LIST_OVERRIDES = Operation(
    ON_CALL,
    "List the overrides of a schedule",
    "Those that ended more than 90 days ago are dropped when one is made: the history of the "
    "schedule has them.",
    200,
    "The overrides: of two at the same time, the later in the list counts.",
    Content(OVERRIDES, {"one": Example("One override", [OVERRIDE_OF_DATABASE])}),
    WITH_A_KEY | NOT_THERE,
)
MAKE_OVERRIDE = Operation(
    ON_CALL,
    "Make an override",
    "Somebody stands in: from now on, or from `starts_at`; until `end`, which is a moment or a "
    "duration. They take the whole schedule, or the turn of one rotation. It counts before the "
    "overrides that are there. It takes a key that is good for `policies` on all services.",
    201,
    "It is committed.",
    Content(OVERRIDE, {"made": Example("The override", OVERRIDE_OF_DATABASE)}),
    WITH_A_BODY | NOT_THERE,
    Content(
        OVERRIDE_REQUEST,
        {
            "from now on": Example(
                "From now on, for twelve hours", {"person": "Ada Lovelace", "end": "PT12H"}
            ),
            "at Christmas": Example(
                "From one moment to another",
                {
                    "person": CHRISTMAS.person,
                    "starts_at": OVERRIDE_OF_DATABASE["starts_at"],
                    "end": OVERRIDE_OF_DATABASE["ends_at"],
                },
            ),
        },
    ),
    headers={
        "Location": {
            "description": "What it is called by, to take it back.",
            "schema": {"type": "string"},
            "example": f"/schedules/Database/overrides/{OVERRIDE_OF_DATABASE['id']}",
        }
    },
)
REMOVE_OVERRIDE = Operation(
    ON_CALL,
    "Take an override back",
    "Whoever has the turn is on call again. One that is over may be removed, too.",
    204,
    "It is removed.",
    None,
    WITH_A_KEY | {404: ProblemCase("There is no such override.", str(NoSuchOverride("Database")))},
)

# --- The services that use a shared policy -------------------------------------------------

LIST_USING_SERVICES = Operation(
    ON_CALL,
    "List the services that use a policy",
    "Those that the key may read: 1,000 at a time, or fewer with `limit`; the header `Link` leads "
    "to the next page.",
    200,
    "Their identifiers, sorted.",
    Content(SERVICE_IDS, {"one": Example("One service", ["checkout-api"])}),
    WITH_A_KEY | NOT_THERE | WRONG_PARAMETER,
    headers=NEXT_PAGE,
)
LET_SERVICES_USE = Operation(
    ON_CALL,
    "Let services use a policy",
    f"All of them, up to {MOST_SERVICES:,}, use the policy from their next steps on; all in one "
    "transaction. The answer says what each had before. To let one service use a policy, "
    "`PUT /escalation-policies/{service_id}` does as well. It takes a key that is good for "
    "`policies` on each of them.",
    200,
    "They use it, in the order in which they were named.",
    Content(USING_SERVICES, {"one": Example("One service", [USING])}),
    WITH_A_BODY | NOT_THERE,
    Content(SERVICES_REQUEST, {"one": Example("One service", {"service_ids": ["checkout-api"]})}),
)
