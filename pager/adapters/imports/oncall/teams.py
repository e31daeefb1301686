"""Teams of Grafana OnCall: who is in one says the user."""

from collections.abc import Mapping

from pager.adapters.imports.export import Export
from pager.adapters.imports.imported import valid
from pager.adapters.imports.names import Names
from pager.adapters.imports.notes import Notes
from pager.adapters.imports.oncall.people import People
from pager.oncall.teams import Team


def teams(export: Export, people: People, notes: Notes) -> Mapping[str, Team]:
    """The teams, by their ids."""
    names = Names("team", notes)
    found: dict[str, Team] = {}
    inside = {user.text("id"): user.texts("teams") for user in export.all("user")}
    for fields in export.all("team"):
        id_ = fields.text("id")
        name = names.give(id_, fields.text("name"))
        fields.place = f"team {name}"
        fields.skip("grafana_id", "avatar_url", "email")
        members = tuple(
            people[user].name for user in inside if id_ in inside[user] and user in people
        )
        team = valid(Team, fields.place, notes, name=name, members=members)
        if team is not None:
            found[id_] = team
    return found
