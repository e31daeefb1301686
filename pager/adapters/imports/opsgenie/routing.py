"""Which policy the alerts of a team follow: that of its default routing rule."""

from collections.abc import Mapping, Sequence

from pager.adapters.imports.export import Export
from pager.adapters.imports.fields import Fields
from pager.adapters.imports.imported import valid
from pager.adapters.imports.names import Names
from pager.adapters.imports.notes import Notes
from pager.adapters.imports.opsgenie.objects import in_words, named
from pager.adapters.imports.opsgenie.policies import Known, Policies
from pager.adapters.imports.opsgenie.teams import OpsgenieTeam
from pager.oncall.policies import (
    OnCallTarget,
    PolicyLevel,
    ScheduleTarget,
    SharedPolicy,
    TeamTarget,
)

Routes = Mapping[str, SharedPolicy]
"""The policy of each team that has one, by the team's id."""


def routes(export: Export, known: Known, policies: Policies, names: Names, notes: Notes) -> Routes:
    """The policies of the teams; those that were no escalation are made, with names of `names`."""
    found: dict[str, SharedPolicy] = {}
    for id_, team in {team.id: team for team in known.teams.values()}.items():
        default = _default(export.of("routing rule", id_), team)
        if default is None:
            notes.add(
                f"team {team.team.name}",
                "its default routing rule is not in the files: its alerts tell the whole team",
                serious=True,
            )
            target: OnCallTarget | SharedPolicy | None = TeamTarget(name=team.team.name)
        else:
            target = _told(default, known, policies)
        policy = target
        if isinstance(target, OnCallTarget):
            name = names.give(f"route of {id_}", team.team.name, "default")
            levels = (PolicyLevel(targets=(target,)),)
            policy = valid(SharedPolicy, f"policy {name}", notes, name=name, levels=levels)
        if isinstance(policy, SharedPolicy):
            found[id_] = policy
    return found


def _default(rules: Sequence[Fields], team: OpsgenieTeam) -> Fields | None:
    """The default rule; notes say of the others that they do not count."""
    default = None
    for rule in rules:
        rule.skip("id", "order", "_parent", "timezone")
        rule.place = f"team {team.team.name}, routing rule {rule.text('name') or 'without a name'}"
        if rule.flag("isDefault", default=False):
            default = rule
            criteria = rule.one("criteria")
            criteria.skip("type")
        else:
            who = in_words(rule.one("notify"))
            why = f"some alerts told {who} by it, and follow the default rule here"
            rule.leave_out(why, serious=True)
    return default


def _told(rule: Fields, known: Known, policies: Policies) -> ScheduleTarget | SharedPolicy | None:
    """Whom the default rule tells."""
    notify = rule.one("notify")
    kind, who = notify.text("type"), in_words(notify)
    if kind == "escalation" and (policy := named(notify, policies)):
        return policy
    if kind == "schedule" and (schedule := named(notify, known.schedules)):
        return ScheduleTarget(name=schedule.name)
    if kind == "none":
        rule.note("its alerts tell nobody: where there is a fallback policy, they follow that here")
    else:
        rule.note(f"{who}, which its alerts follow, is not here: nobody is told", serious=True)
    return None
