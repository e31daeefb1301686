"""Escalations of Opsgenie are shared policies.

Each rule of an escalation waits so long after the alert; those that wait as long as each other are
one Level, which lasts until the next.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import NamedTuple

from pager.adapters.imports.export import Export
from pager.adapters.imports.fields import Fields
from pager.adapters.imports.imported import valid
from pager.adapters.imports.names import Names
from pager.adapters.imports.notes import Notes
from pager.adapters.imports.opsgenie.objects import duration, identifiers, in_words, main_of, named
from pager.adapters.imports.opsgenie.people import People
from pager.adapters.imports.opsgenie.schedules import Schedules
from pager.adapters.imports.opsgenie.teams import OpsgenieTeam, Teams
from pager.adapters.imports.policies import LAST_DELAY, levels_of, repeat_of
from pager.durations import in_words as duration_in_words
from pager.oncall.policies import (
    OnCallTarget,
    PersonTarget,
    PolicyLevel,
    ScheduleTarget,
    SharedPolicy,
    TeamTarget,
)

NOT_ON_CALL = {
    "next": "whoever is next in",
    "previous": "whoever was last on call in",
    "all": "everybody in",
    "users": "everybody in",
    "random": "somebody in",
}
"""What else a rule may tell of a schedule, in words."""

Policies = Mapping[str, SharedPolicy]
"""By the ids and the names that Opsgenie has for escalations."""


class Known(NamedTuple):
    """Whom rules can name, by the ids and names of Opsgenie."""

    people: People
    teams: Teams
    schedules: Schedules


def policies(export: Export, known: Known, names: Names, notes: Notes) -> Policies:
    """The shared policies."""
    found: dict[str, SharedPolicy] = {}
    for fields in export.all("escalation"):
        fields.skip("description", "ownerTeam", "links")
        called = identifiers(fields)
        name = names.give(main_of(called), fields.text("name"))
        fields.place = f"policy {name}"
        repeat, wait = _repeat(fields.one("repeat"))
        levels = _levels(fields, known, wait)
        if not levels:
            fields.leave_out("none of its rules reaches anybody", serious=True)
            continue
        policy = valid(SharedPolicy, fields.place, notes, name=name, levels=levels, repeat=repeat)
        if policy is not None:
            found |= dict.fromkeys(called, policy)
    return found


def _levels(escalation: Fields, known: Known, last: timedelta) -> tuple[PolicyLevel, ...]:
    by_delay: defaultdict[timedelta, dict[OnCallTarget, None]] = defaultdict(dict)
    for rule in escalation.many("rules"):
        delay = duration(rule.one("delay"), "timeAmount", "timeUnit")
        rule.place = f"{escalation.place}, rule after {duration_in_words(delay)}"
        targets = dict.fromkeys(_targets(rule, known))
        if targets:
            by_delay[delay] |= targets
    return levels_of(escalation, by_delay, last)


def _targets(rule: Fields, known: Known) -> Iterator[OnCallTarget]:
    recipient, notify = rule.one("recipient"), rule.text("notifyType")
    kind, who = recipient.text("type"), in_words(recipient)
    if rule.text("condition") == "if-not-closed":
        rule.note(
            f"{who} was told although somebody had acknowledged: Pager tells nobody then",
            serious=True,
        )
    if kind == "user" and (person := named(recipient, known.people)):
        yield PersonTarget(name=person.name)
    elif kind == "schedule" and (schedule := named(recipient, known.schedules)):
        if notify in NOT_ON_CALL:
            rule.note(
                f"{NOT_ON_CALL[notify]} {schedule.name} was told: whoever is on call is told "
                "instead",
                serious=True,
            )
        yield ScheduleTarget(name=schedule.name)
    elif kind == "team" and (team := named(recipient, known.teams)):
        yield from _of_team(rule, team, notify)
    else:
        rule.note(f"{who} is left out: it was not imported", serious=True)


def _of_team(rule: Fields, team: OpsgenieTeam, notify: str) -> Iterator[OnCallTarget]:
    role = {"admins": "admin", "users": "user"}.get(notify)
    if role is not None:
        rule.note(f"the {notify} of the team {team.team.name} are named one by one")
        yield from (PersonTarget(name=name) for name in team.names_of(role))
        return
    if notify == "random":
        rule.note(f"one of the team {team.team.name} was told at random: everybody is told")
    yield TeamTarget(name=team.team.name)


def _repeat(repeat: Fields) -> tuple[int, timedelta]:
    """How many times it begins again, and how long after the last rule."""
    wait = timedelta(minutes=repeat.number("waitInterval"))
    times = repeat.number("count", 1) if wait else 0
    if repeat.flag("resetRecipientStates", default=False) and times:
        repeat.note(
            "forgot acknowledgements where it began again: here nobody is told after one. An "
            "acknowledgement_expiry would tell them again",
            serious=True,
        )
    if repeat.flag("closeAlertAfterAll", default=False):
        repeat.note("closed the alert in the end: here the incident stays open")
    return repeat_of(repeat, times), wait or LAST_DELAY
