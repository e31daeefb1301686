"""Teams of PagerDuty: who is in one says the user, or the list of its members."""

from collections.abc import Mapping

from pager.adapters.imports.export import Export
from pager.adapters.imports.imported import valid
from pager.adapters.imports.names import Names
from pager.adapters.imports.notes import Notes
from pager.adapters.imports.pagerduty.objects import pass_over_links, reference, summary
from pager.adapters.imports.pagerduty.people import People
from pager.oncall.teams import Team


def teams(export: Export, people: People, notes: Notes) -> Mapping[str, Team]:
    """The teams, by their ids."""
    members: dict[str, list[str]] = {}
    for user in export.all("user"):
        person = people.get(user.text("id"))
        for inside in user.many("teams"):
            members.setdefault(reference(inside), []).extend([person.name] if person else [])
    names = Names("team", notes)
    found: dict[str, Team] = {}
    for fields in export.all("team"):
        id_ = fields.text("id")
        name = names.give(id_, fields.text("name", "summary"))
        fields.place = f"team {name}"
        pass_over_links(fields)
        fields.skip("name", "default_role")
        named = members.get(id_, [])
        for member in export.of("member", id_):
            member.skip("role")
            user = member.one("user")
            who, person = summary(user), people.get(reference(user))
            if person is None:
                member.leave_out(f"{who} of the team {name} is no user", serious=True)
            else:
                named.append(person.name)
        if team := valid(Team, fields.place, notes, name=name, members=tuple(dict.fromkeys(named))):
            found[id_] = team
    return found
