"""Teams of Opsgenie, and which policy the alerts of each follow."""

from collections.abc import Mapping
from typing import NamedTuple

from pager.adapters.imports.export import Export
from pager.adapters.imports.imported import valid
from pager.adapters.imports.names import Names
from pager.adapters.imports.notes import Notes
from pager.adapters.imports.opsgenie.objects import identifiers, in_words, main_of, named
from pager.adapters.imports.opsgenie.people import People
from pager.oncall.teams import Team


class OpsgenieTeam(NamedTuple):
    """A team, and what Pager has no place for."""

    team: Team
    id: str
    roles: Mapping[str, str]
    """The role of each member, by their name."""

    def names_of(self, role: str) -> tuple[str, ...]:
        """The members that have this role."""
        return tuple(name for name in self.team.members if self.roles[name] == role)


Teams = Mapping[str, OpsgenieTeam]
"""By their ids and the names that Opsgenie has for them."""


def teams(export: Export, people: People, notes: Notes) -> Teams:
    """The teams."""
    names = Names("team", notes)
    found: dict[str, OpsgenieTeam] = {}
    for fields in export.all("team"):
        fields.skip("description", "links")
        called = identifiers(fields)
        name = names.give(main_of(called), fields.text("name"))
        fields.place = f"team {name}"
        roles: dict[str, str] = {}
        for member in fields.many("members"):
            user, role = member.one("user"), member.text("role")
            if person := named(user, people):
                roles[person.name] = role
            else:
                user.note(
                    f"its member {in_words(user)} is left out: it was not imported", serious=True
                )
        if not roles:
            fields.note("nobody is in it: list each team by /v2/teams/ID", serious=True)
        if team := valid(Team, fields.place, notes, name=name, members=tuple(roles)):
            found |= dict.fromkeys(called, OpsgenieTeam(team, main_of(called), roles))
    return found
