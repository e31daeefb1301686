"""What the routes of the API for people, teams, schedules and shared policies are for."""

from datetime import UTC, datetime
from typing import NamedTuple

from pager.adapters.store.oncall.edits import EntryChanged
from pager.adapters.validation import FieldError
from pager.adapters.web.api.on_call.entries import (
    PEOPLE,
    SCHEDULES,
    SHARED_POLICIES,
    TEAMS,
    Wire,
)
from pager.adapters.web.openapi import Content, Example, Json, Operation, ProblemCase
from pager.adapters.web.openapi_texts import (
    ADA,
    CONDITION_WRONG,
    ETAG,
    GRACE,
    NEXT_PAGE,
    ON_CALL,
    WITH_A_BODY,
    WITH_A_KEY,
    WRONG_PARAMETER,
)
from pager.oncall.directory import Kind, NobodyOfThatName, StillUsed
from pager.oncall.schedules import Override

# --- Examples ------------------------------------------------------------------------------

CHRISTMAS = Override(
    person="Ada Lovelace",
    starts_at=datetime(2098, 12, 24, 17, tzinfo=UTC),
    ends_at=datetime(2098, 12, 27, 8, tzinfo=UTC),
)
PERSON: Json = {
    "type": "person",
    "name": "Ada Lovelace",
    "contact_methods": [
        {"target": GRACE, "after": "PT0S", "verified": False},
        {"target": ADA, "after": "PT5M", "verified": False},
    ],
    "account": "ada",
}
TEAM: Json = {"type": "team", "name": "Payments", "members": ["Ada Lovelace"]}
SCHEDULE: Json = {
    "type": "schedule",
    "name": "Database",
    "time_zone": "Europe/Paris",
    "layers": [
        {
            "rotations": [
                {
                    "name": "weekly",
                    "participants": ["Ada Lovelace"],
                    "starts": "2026-11-02T09:00:00",
                    "shift_length": "P7D",
                    "ends": None,
                    "restrictions": [],
                }
            ]
        }
    ],
    "overrides": [CHRISTMAS.model_dump(mode="json")],
}
SHARED_POLICY: Json = {
    "type": "policy",
    "name": "Payments",
    "levels": [
        {
            "targets": [{"type": "schedule", "name": "Database"}],
            "acknowledgement_delay": "PT15M",
        },
        {"targets": [{"type": "team", "name": "Payments"}], "acknowledgement_delay": "PT30M"},
    ],
}

# --- Problems ------------------------------------------------------------------------------

NOT_THERE = {
    404: ProblemCase("There is none of that name.", str(NobodyOfThatName("schedule", "Databse")))
}
STILL_NAMED = {
    409: ProblemCase(
        "It is still named or used: the problem says by whom.",
        str(StillUsed("team", "Payments", "the policy Payments")),
    )
}
CONDITIONAL = {
    400: CONDITION_WRONG,
    412: ProblemCase(
        "It is not as the condition expects: nothing was changed.",
        str(EntryChanged("schedule", "Database", 12, 13)),
    ),
}
UNKNOWN_NAME = {
    422: ProblemCase(
        "A field is wrong, or names somebody who is not there: `errors` has each by its path.",
        "members.0: There is no person called 'Ada Lovelac': check how it is written, or add it "
        "first.",
        (FieldError(field="members.0", message=str(NobodyOfThatName("person", "Ada Lovelac"))),),
    )
}

# --- People, teams, schedules and shared policies ------------------------------------------


class Texts(NamedTuple):
    """What is said of one kind."""

    one: str
    many: str
    what: str
    """What it is, and what is to be known of it, in whole sentences."""
    example: Json


class Operations(NamedTuple):
    """The operations of one kind."""

    list: Operation
    read: Operation
    put: Operation
    delete: Operation
    history: Operation


def _operations(wire: Wire[Kind], texts: Texts) -> Operations:
    one, many, what, example = texts
    name = str(example["name"])
    past = {
        "version": 12,
        "at": "2026-11-28T16:20:05.120Z",
        "author": "API key deploy",
        "note": "",
        "entry": example,
    }
    entry = Content(wire.one, {name: Example(name, example)})
    return Operations(
        Operation(
            ON_CALL,
            f"List {many}",
            f"All {many}: 1,000 at a time, or fewer with `limit`. Where there are more, the header "
            "`Link` leads to the next page.",
            200,
            f"The {many}, by name.",
            Content(wire.many, {name: Example(f"One {one}", [example])}),
            WITH_A_KEY | WRONG_PARAMETER,
            headers=NEXT_PAGE,
        ),
        Operation(
            ON_CALL,
            f"Read a {one}",
            f"{what} Its ETag is its version: send it as If-Match with an edit.",
            200,
            f"The {one}.",
            entry,
            WITH_A_KEY | NOT_THERE,
            headers=ETAG,
        ),
        Operation(
            ON_CALL,
            f"Put a {one}",
            f"{what} Whoever it names has to be there. The name may be left out of the body. With "
            "If-Match, only where it is as it was read; with If-None-Match: *, only where there is "
            "none of that name. It takes a key that is good for `policies` on all services.",
            200,
            f"The {one} as it was stored.",
            entry,
            WITH_A_BODY | CONDITIONAL | NOT_THERE | UNKNOWN_NAME,
            Content(wire.body, {name: Example(name, example)}),
            headers=ETAG,
        ),
        Operation(
            ON_CALL,
            f"Delete a {one}",
            "It is refused (409) while it is still named: nobody disappears unseen from where they "
            "would be paged.",
            204,
            f"The {one} is deleted.",
            None,
            WITH_A_KEY | CONDITIONAL | NOT_THERE | STILL_NAMED,
        ),
        Operation(
            ON_CALL,
            f"Read the history of a {one}",
            "Who edited it when, the newest edit first, as far as it is kept. For the next page, "
            "send the last `version` of this one as `before`.",
            200,
            "The edits: none of a name that nobody knows.",
            Content(wire.history, {name: Example("One edit", [past])}),
            WITH_A_KEY | WRONG_PARAMETER | NOT_THERE,
        ),
    )


PEOPLE_OPERATIONS = _operations(
    PEOPLE,
    Texts(
        "person",
        "people",
        "Somebody who can be on call, and how they are reached: each contact method `after` how "
        "long, if nobody has acknowledged by then. `verified` is only read: a method is verified "
        "by a code that Pager sends there, and keeps its mark while its target stays. To read "
        "people takes a key that reads all services.",
        PERSON,
    ),
)
TEAM_OPERATIONS = _operations(
    TEAMS,
    Texts("team", "teams", "People who are told together, where a Level names their team.", TEAM),
)
SCHEDULE_OPERATIONS = _operations(
    SCHEDULES,
    Texts(
        "schedule",
        "schedules",
        "Who is on call when: rotations in layers, of which the later counts wherever it has "
        "somebody, and overrides. Local times are of the schedule's time zone.",
        SCHEDULE,
    ),
)
SHARED_POLICY_OPERATIONS = _operations(
    SHARED_POLICIES,
    Texts(
        "policy",
        "policies",
        "An Escalation Policy for every service that uses it. A Level names people, teams, "
        "schedules, and addresses; who that is is read at each step.",
        SHARED_POLICY,
    ),
)
