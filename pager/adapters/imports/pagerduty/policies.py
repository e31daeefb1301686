"""Escalation policies of PagerDuty are shared policies.

How long an acknowledgement lasts is said by the service there, and by the policy in Pager: so a
policy whose services differ in that becomes several.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from pager.adapters.imports.export import Export
from pager.adapters.imports.fields import Fields
from pager.adapters.imports.imported import valid
from pager.adapters.imports.names import Names
from pager.adapters.imports.notes import Notes
from pager.adapters.imports.pagerduty.objects import pass_over_links, reference, summary
from pager.adapters.imports.pagerduty.people import People
from pager.adapters.imports.pagerduty.schedules import Schedules
from pager.adapters.imports.policies import repeat_of
from pager.durations import in_words
from pager.oncall.policies import (
    OnCallTarget,
    PersonTarget,
    PolicyLevel,
    ScheduleTarget,
    SharedPolicy,
)

Used = tuple[str, timedelta]
"""The id of an escalation policy, and how long an acknowledgement lasts; 0: for ever."""

Policies = Mapping[Used, SharedPolicy]


def policy_used_by(service: Fields) -> Used:
    """The policy of a service, with its time."""
    expiry = timedelta(seconds=service.number("acknowledgement_timeout"))
    return reference(service.one("escalation_policy")), expiry


def is_disabled(service: Fields) -> bool:
    """Whether it raises no alerts."""
    return service.text("status") == "disabled"


def policies(export: Export, people: People, schedules: Schedules, notes: Notes) -> Policies:
    """The shared policies, with each time that their services have."""
    names = Names("policy", notes)
    services = [service for service in export.all("service") if not is_disabled(service)]
    used = {policy_used_by(service) for service in services}
    found: dict[Used, SharedPolicy] = {}
    for fields in export.all("escalation policy"):
        id_, wanted = fields.text("id"), fields.text("name", "summary")
        fields.place = f"policy {wanted}"
        pass_over_links(fields)
        fields.skip("name", "services", "teams", "on_call_handoff_notifications", "privilege")
        levels = tuple(_levels(fields, people, schedules))
        if not levels:
            fields.leave_out("none of its rules reaches anybody", serious=True)
            continue
        times = sorted(time for policy, time in used if policy == id_) or [timedelta(0)]
        for time in times:
            differs = len(times) > 1 and time
            name = f"{wanted}, acknowledged for {in_words(time)}" if differs else wanted
            policy = valid(
                SharedPolicy,
                fields.place,
                notes,
                name=names.give(f"{id_} {time}", name),
                levels=levels,
                repeat=repeat_of(fields, fields.number("num_loops")),
                acknowledgement_expiry=time or None,
            )
            if policy is not None:
                found[id_, time] = policy
    return found


def _levels(policy: Fields, people: People, schedules: Schedules) -> Iterator[PolicyLevel]:
    for number, rule in enumerate(policy.many("escalation_rules"), 1):
        rule.place = f"{policy.place}, rule {number}"
        pass_over_links(rule)
        targets = dict.fromkeys(_targets(rule, people, schedules))
        strategy = rule.one("escalation_rule_assignment_strategy")
        if strategy.text("type") == "round_robin":
            rule.note("told its targets in turn, incident by incident: all are told")
        delay = timedelta(minutes=rule.number("escalation_delay_in_minutes", 30))
        if not targets:
            rule.note("the Level is left out: it reaches nobody", serious=True)
        elif level := valid(
            PolicyLevel,
            rule.place,
            rule.notes,
            targets=tuple(targets),
            acknowledgement_delay=delay,
        ):
            yield level


def _targets(rule: Fields, people: People, schedules: Schedules) -> Iterator[OnCallTarget]:
    for target in rule.many("targets"):
        who, id_ = summary(target), reference(target)
        if id_ in people:
            yield PersonTarget(name=people[id_].name)
        elif id_ in schedules:
            yield ScheduleTarget(name=schedules[id_].name)
        else:
            rule.note(f"{who} is left out: it was not imported", serious=True)
