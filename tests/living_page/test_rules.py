"""The rules of the living page are what the code answers, and the diagram is drawn from them."""

import re
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from living_page.diagram import diagram
from living_page.rules import Outcome, Rule, rules

NO_POLICY = "there is no Escalation Policy"
LEFT = "somebody is left to notify"
NOBODY_LEFT = f"everybody was notified or {NO_POLICY}"
BEGINS_AGAIN = "everybody was notified and the policy begins again"
EXPIRES, STAYS = "an Acknowledgement expires", "an Acknowledgement does not expire"
EXPIRY = "set the timer for its expiry"
POLICY = "there is an Escalation Policy"
NEXT = ("notify the Targets of the next Level", "set the Acknowledgement Delay")
MAINTENANCE = "the service is in maintenance"
NO_MAINTENANCE = "the service is not in maintenance"
WAITS = "Unhealthy, nobody notified yet"
FIRST = ("notify the Targets of the first Level", "set the Acknowledgement Delay")
WAIT = ("set the timer for the end of the maintenance",)
AGAIN = ("notify the Targets of the last Level again", "set the Acknowledgement Delay")


def test_the_rules_are_those_of_the_brief() -> None:
    """Every answer that does something: the table of docs/architecture.md, found another way."""
    withdraw = ("withdraw the pages not sent yet",)
    note = ("note what it says, for the next page",)

    def about_keys(state: str, withdrawn: Sequence[str]) -> list[Rule]:
        """The resolves, which are the same in every stage, and the Alert of another trouble."""
        names = (
            ("the same Alert with another dedup key", state, ("open its dedup key",)),
            ("resolve of the only open dedup key", "Healthy", withdrawn),
            ("resolve of one of two open dedup keys", state, ("close its dedup key",)),
        )
        return [
            Rule(state, message, "", Outcome(becomes, tuple(effects), changes=True))
            for message, becomes, effects in names
        ]

    def acknowledgements(state: str, withdrawn: Sequence[str]) -> list[Rule]:
        """Somebody has it in hand, for good or for a time."""
        return [
            Rule(state, "Acknowledgement", guard, Outcome(has_it, tuple(effects), changes=True))
            for guard, effects in ((STAYS, withdrawn), (EXPIRES, (EXPIRY, *withdrawn)))
        ]

    def begins_again(state: str, message: str) -> Rule:
        """After the last Level the first is told once more."""
        outcome = Outcome("Unhealthy, escalating", FIRST, changes=True)
        return Rule(state, message, BEGINS_AGAIN, outcome)

    has_it = "Unhealthy, acknowledged"
    found = [rule for rule in rules() if rule.outcome.changes or rule.outcome.effects]
    is_about_key = re.compile("dedup key").search
    assert [rule for rule in found if is_about_key(rule.message)] == [
        *about_keys("Unhealthy, escalating", withdraw),
        *about_keys("Unhealthy, acknowledged", ()),
        *about_keys("Unhealthy, exhausted", withdraw),
        *about_keys(WAITS, ()),
    ]
    assert [rule for rule in found if not is_about_key(rule.message)] == [
        Rule(
            "Healthy",
            "Alert",
            f"{POLICY}, and {NO_MAINTENANCE}",
            Outcome("Unhealthy, escalating", FIRST, changes=True),
        ),
        Rule(
            "Healthy",
            "Alert",
            f"{POLICY}, and {MAINTENANCE}",
            Outcome(WAITS, WAIT, changes=True),
        ),
        Rule(
            "Healthy",
            "Alert",
            NO_POLICY,
            Outcome("Healthy", ("refuse the Alert, aloud",), changes=False),
        ),
        Rule(
            "Unhealthy, escalating",
            "Alert",
            "",
            Outcome("Unhealthy, escalating", note, changes=True),
        ),
        *acknowledgements("Unhealthy, escalating", withdraw),
        Rule(
            "Unhealthy, escalating",
            "Acknowledgement Timeout",
            LEFT,
            Outcome(
                "Unhealthy, escalating",
                NEXT,
                changes=True,
            ),
        ),
        Rule(
            "Unhealthy, escalating",
            "Acknowledgement Timeout",
            NOBODY_LEFT,
            Outcome("Unhealthy, exhausted", (), changes=True),
        ),
        begins_again("Unhealthy, escalating", "Acknowledgement Timeout"),
        Rule(
            "Unhealthy, escalating",
            "the step reached nobody",
            LEFT,
            Outcome(
                "Unhealthy, escalating",
                NEXT,
                changes=True,
            ),
        ),
        Rule(
            "Unhealthy, escalating",
            "the step reached nobody",
            NOBODY_LEFT,
            Outcome("Unhealthy, exhausted", (), changes=True),
        ),
        begins_again("Unhealthy, escalating", "the step reached nobody"),
        Rule(
            "Unhealthy, escalating", "Healthy event", "", Outcome("Healthy", withdraw, changes=True)
        ),
        Rule(
            "Unhealthy, escalating",
            "somebody sends it on",
            LEFT,
            Outcome("Unhealthy, escalating", NEXT, changes=True),
        ),
        Rule(
            "Unhealthy, escalating",
            "somebody sends it on",
            NOBODY_LEFT,
            Outcome("Unhealthy, exhausted", (), changes=True),
        ),
        begins_again("Unhealthy, escalating", "somebody sends it on"),
        Rule(
            "Unhealthy, escalating",
            "somebody pages again",
            POLICY,
            Outcome("Unhealthy, escalating", AGAIN, changes=True),
        ),
        Rule(
            "Unhealthy, acknowledged",
            "Alert",
            "",
            Outcome("Unhealthy, acknowledged", note, changes=True),
        ),
        Rule(
            "Unhealthy, acknowledged",
            "the Acknowledgement expires",
            EXPIRES,
            Outcome("Unhealthy, escalating", AGAIN, changes=True),
        ),
        Rule("Unhealthy, acknowledged", "Healthy event", "", Outcome("Healthy", (), changes=True)),
        Rule(
            "Unhealthy, acknowledged",
            "somebody sends it on",
            LEFT,
            Outcome("Unhealthy, escalating", NEXT, changes=True),
        ),
        begins_again("Unhealthy, acknowledged", "somebody sends it on"),
        Rule(
            "Unhealthy, acknowledged",
            "somebody pages again",
            POLICY,
            Outcome("Unhealthy, escalating", AGAIN, changes=True),
        ),
        Rule(
            "Unhealthy, exhausted", "Alert", "", Outcome("Unhealthy, exhausted", note, changes=True)
        ),
        *acknowledgements("Unhealthy, exhausted", withdraw),
        *(
            Rule(
                "Unhealthy, exhausted",
                message,
                guard,
                Outcome("Unhealthy, escalating", effects, changes=True),
            )
            for message in ("Acknowledgement Timeout", "the step reached nobody")
            for guard, effects in ((LEFT, NEXT), (BEGINS_AGAIN, FIRST))
        ),
        Rule(
            "Unhealthy, exhausted", "Healthy event", "", Outcome("Healthy", withdraw, changes=True)
        ),
        Rule(
            "Unhealthy, exhausted",
            "somebody sends it on",
            LEFT,
            Outcome("Unhealthy, escalating", NEXT, changes=True),
        ),
        begins_again("Unhealthy, exhausted", "somebody sends it on"),
        Rule(
            "Unhealthy, exhausted",
            "somebody pages again",
            POLICY,
            Outcome("Unhealthy, escalating", AGAIN, changes=True),
        ),
        *(
            Rule(WAITS, message, guard, Outcome(becomes, effects, changes=True))
            for message, guard, becomes, effects in (
                ("Alert", "", WAITS, note),
                ("Acknowledgement", STAYS, "Unhealthy, acknowledged", ()),
                ("Acknowledgement", EXPIRES, "Unhealthy, acknowledged", (EXPIRY,)),
                (
                    "Acknowledgement Timeout",
                    f"{POLICY}, and {NO_MAINTENANCE}",
                    "Unhealthy, escalating",
                    FIRST,
                ),
                ("Acknowledgement Timeout", MAINTENANCE, WAITS, WAIT),
                (
                    "Acknowledgement Timeout",
                    f"{NO_POLICY}, and {NO_MAINTENANCE}",
                    "Unhealthy, exhausted",
                    (),
                ),
                ("the step reached nobody", POLICY, "Unhealthy, escalating", FIRST),
                ("the step reached nobody", NO_POLICY, "Unhealthy, exhausted", ()),
                ("Healthy event", "", "Healthy", ()),
                ("somebody sends it on", POLICY, "Unhealthy, escalating", FIRST),
                ("somebody sends it on", NO_POLICY, "Unhealthy, exhausted", ()),
                ("somebody pages again", POLICY, "Unhealthy, escalating", FIRST),
            )
        ),
    ]


def test_every_message_is_asked_about_in_every_state() -> None:
    """The stale ones too."""
    asked = {(rule.state, rule.message) for rule in rules()}
    assert len(asked) == 5 * 25 + 8
    assert ("Unhealthy, exhausted", "Acknowledgement Timeout of an earlier incident") in asked


def test_the_diagram_has_an_arrow_for_each_rule_that_changes_something() -> None:
    """Those that differ in their message alone share one, and there is a box for each state."""
    svg = ET.fromstring(diagram(rules()))  # noqa: S314 - our own
    changes = [rule for rule in rules() if rule.outcome.changes]
    titles = [title.text or "" for title in svg.iter("{http://www.w3.org/2000/svg}title")]
    arrows = [re.sub("->", " → ", title) for title in titles if "->" in title]
    assert sorted(arrows) == sorted(
        f"{rule.state} → {rule.outcome.becomes}"
        for rule in {rule._replace(message="") for rule in changes}
    )
    texts = [(text.text or "").strip() for text in svg.iter("{http://www.w3.org/2000/svg}text")]
    shared = {(rule._replace(message=""), rule.message) for rule in changes}
    for message in {rule.message for rule in changes}:
        assert texts.count(message) == sum(name == message for _, name in shared)
    states = {state for rule in rules() for state in (rule.state, rule.outcome.becomes)}
    assert states <= {*titles}
