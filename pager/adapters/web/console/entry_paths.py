"""The pages of people, teams, schedules and shared policies: their addresses."""

from urllib.parse import quote

from pager.oncall.directory import Entry
from pager.oncall.policies import OnCallTarget

PEOPLE = "/console/people"
SCHEDULES = "/console/schedules"
SHARED_POLICIES = "/console/shared-policies"
"""Not below /console/policies: a shared policy may have any name."""
TEAMS = "/console/teams"

ROOMS = {"person": PEOPLE, "team": TEAMS, "schedule": SCHEDULES, "policy": SHARED_POLICIES}
"""What the pages of a kind are below."""


def person_path(name: str) -> str:
    """The page of that person."""
    return _below(PEOPLE, name)


def schedule_path(name: str) -> str:
    """The page of that schedule."""
    return _below(SCHEDULES, name)


def shared_policy_path(name: str) -> str:
    """The page of that shared policy."""
    return _below(SHARED_POLICIES, name)


def team_path(name: str) -> str:
    """The page of that team."""
    return _below(TEAMS, name)


def entry_path(entry: Entry | OnCallTarget) -> str:
    """The page of that person, team, schedule or shared policy, or of whom a Target names."""
    return _below(ROOMS[entry.type], entry.name)


def _below(room: str, name: str) -> str:
    return f"{room}/{quote(name, safe='')}"
