"""What alerts are about: Monitored Services, made of Opsgenie's services and teams.

An alert of Opsgenie goes to a team, whose routing rules say what it follows. An alert of Pager is
about a service, which has a policy. So a service of Opsgenie has the policy of its team, and a team
that has integrations or heartbeats is a service of its own.
"""

from pager.adapters.imports.export import Export
from pager.adapters.imports.fields import Fields
from pager.adapters.imports.imported import valid
from pager.adapters.imports.names import Names, service_id_from
from pager.adapters.imports.notes import Notes
from pager.adapters.imports.opsgenie.objects import named
from pager.adapters.imports.opsgenie.routing import Routes
from pager.adapters.imports.opsgenie.teams import OpsgenieTeam, Teams
from pager.oncall.policies import PolicyUse


class Services:
    """The services that were found, and the policies that they use."""

    def __init__(self, export: Export, teams: Teams, routes: Routes, notes: Notes) -> None:
        """Those of Opsgenie; a team becomes one when it is asked for."""
        self._teams, self._routes, self._notes = teams, routes, notes
        self._names = Names("service", notes, service_id_from)
        self.uses: dict[str, PolicyUse] = {}
        """By the identifiers of services."""
        for fields in export.all("service"):
            fields.skip("description", "visibility", "tags", "links", "isExternal")
            service_id = self._names.give(fields.text("id"), fields.text("name"))
            fields.place = f"service {service_id}"
            self._follow(service_id, teams.get(fields.text("teamId")))

    def of_owner(self, fields: Fields) -> str | None:
        """The service that stands for the team which has this; None with a note without one."""
        owner = named(fields.one("ownerTeam"), self._teams)
        team = self._teams.get(fields.text("teamId"), owner)
        if team is None:
            fields.leave_out(
                "it is of no team that is here, so nobody knows whom it tells", serious=True
            )
            return None
        service_id = self._names.of(f"team {team.id}")
        if service_id is None:
            service_id = self._names.give(f"team {team.id}", team.team.name, f"team-{team.id}")
            self._follow(service_id, team)
        return service_id

    def _follow(self, service_id: str, team: OpsgenieTeam | None) -> None:
        policy = None if team is None else self._routes.get(team.id)
        place = f"service {service_id}"
        if policy is None:
            self._notes.add(place, "has no policy: only a fallback tells anybody", serious=True)
        elif use := valid(PolicyUse, place, self._notes, service_id=service_id, uses=policy.name):
            self.uses[service_id] = use
