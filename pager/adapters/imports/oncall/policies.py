"""Escalation chains of Grafana OnCall are shared policies: what is between two waits is a Level."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

from pager.adapters.imports.export import Export
from pager.adapters.imports.fields import Fields
from pager.adapters.imports.imported import valid
from pager.adapters.imports.names import Names
from pager.adapters.imports.notes import Notes
from pager.adapters.imports.oncall.people import People, names_of
from pager.adapters.imports.oncall.schedules import Schedules
from pager.adapters.imports.policies import LAST_DELAY, levels_of
from pager.oncall.policies import (
    OnCallTarget,
    PersonTarget,
    PolicyLevel,
    ScheduleTarget,
    SharedPolicy,
    TeamTarget,
)
from pager.oncall.teams import Team

REPEATS = 5
"""How often a chain begins again that says so."""

Policies = Mapping[str, SharedPolicy]
"""By the ids of chains."""

OTHERS = {
    "notify_user_group": "told a group of Slack",
    "notify_whole_channel": "told a channel of Slack",
    "trigger_webhook": "called a webhook",
    "declare_incident": "declared an incident",
    "resolve": "resolved the alerts: here the incident stays open",
    "notify_if_time_from_to": "waited for a time of day: here it goes on at once",
    "notify_if_num_alerts_in_window": "waited for more alerts: here it goes on at once",
}
"""Steps that Pager does not have."""

TELLING = {"notify_user_group", "notify_whole_channel", "trigger_webhook", "declare_incident"}
"""Those with which somebody may have been told."""


class Known(NamedTuple):
    """Whom steps can name, by the ids of Grafana OnCall."""

    people: People
    teams: Mapping[str, Team]
    schedules: Schedules


def policies(export: Export, known: Known, notes: Notes) -> Policies:
    """The shared policies."""
    steps: dict[str, list[Fields]] = {}
    for step in export.all("step"):
        steps.setdefault(step.text("escalation_chain_id"), []).append(step)
    names = Names("policy", notes)
    found: dict[str, SharedPolicy] = {}
    for fields in export.all("chain"):
        id_ = fields.text("id")
        name = names.give(id_, fields.text("name"))
        fields.place = f"policy {name}"
        fields.skip("team_id")
        mine = sorted(steps.pop(id_, []), key=lambda step: step.number("position"))
        levels = _levels(fields, mine, known)
        if not levels:
            fields.leave_out("none of its steps reaches anybody", serious=True)
            continue
        again = any(step.text("type") == "repeat_escalation" for step in mine)
        policy = valid(
            SharedPolicy,
            fields.place,
            notes,
            name=name,
            levels=levels,
            repeat=REPEATS if again else 0,
        )
        if policy is not None:
            found[id_] = policy
    for step in (step for left in steps.values() for step in left):
        step.leave_out("its chain is not in the files", serious=True)
    return found


def _levels(chain: Fields, steps: Sequence[Fields], known: Known) -> tuple[PolicyLevel, ...]:
    """The Levels: whom the steps name at once, and how long it is until the next."""
    at, told = timedelta(0), dict[timedelta, dict[OnCallTarget, None]]()
    for number, step in enumerate(steps, 1):
        step.place = f"{chain.place}, step {number}"
        step.skip("id", "position")
        if step.text("type") == "wait":
            at += timedelta(seconds=step.number("duration"))
        elif targets := dict.fromkeys(_targets(step, known)):
            told.setdefault(at, {}).update(targets)
    return levels_of(chain, told, at - max(told, default=at) or LAST_DELAY)


def _targets(step: Fields, known: Known) -> Iterator[OnCallTarget]:
    kind = step.text("type")
    if step.flag("important", default=False):
        step.note(
            "told people by their important rules: here there is one list of rules", serious=True
        )
    match kind:
        case "notify_persons":
            yield from _persons(step, "persons_to_notify", known.people)
        case "notify_person_next_each_time":
            step.note("told one of several, the next one each time: all are told")
            yield from _persons(step, "persons_to_notify_next_each_time", known.people)
        case "notify_on_call_from_schedule":
            schedule = known.schedules.get(step.text(kind))
            if schedule is None:
                step.note(f"schedule {step.text(kind)} is left out: it is not here", serious=True)
            else:
                yield ScheduleTarget(name=schedule.name)
        case "notify_team_members":
            team = known.teams.get(step.text("team_to_notify"))
            if team is None:
                who = step.text("team_to_notify")
                step.note(f"team {who} is left out: it is not here", serious=True)
            else:
                yield TeamTarget(name=team.name)
        case "repeat_escalation":
            pass
        case _:
            what = OTHERS.get(kind, f"was {kind}, which Pager does not have")
            step.leave_out(what, serious=kind in TELLING or kind not in OTHERS)


def _persons(step: Fields, field: str, people: People) -> Iterator[PersonTarget]:
    return (PersonTarget(name=name) for name in names_of(step.texts(field), people, step))
