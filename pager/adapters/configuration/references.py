"""Who is named in files, in the letters that the entry itself is written with.

Zoë is one name, whichever characters it has, so a team of one file finds the person of another.
"""

from collections.abc import Mapping

from pydantic import JsonValue

from pager.configuration.managed import Kind
from pager.configuration.spelling import composed

NAMED_BY: Mapping[str, Kind] = {
    "person": "people",
    "participants": "people",
    "team": "teams",
    "schedule": "schedules",
    "uses": "policies",
}
"""The fields that have names in them, and of which kind."""


def as_declared(kinds: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """What files say, with each name as its entry has it; one that has none stays as it is."""
    names = {kind: _names(kinds.get(kind)) for kind in NAMED_BY.values()}

    def renamed(value: JsonValue, kind: Kind | None) -> JsonValue:
        match value:
            case dict():
                return {key: renamed(one, NAMED_BY.get(key)) for key, one in value.items()}
            case list():
                return [renamed(one, kind) for one in value]
            case str() if kind is not None:
                return names[kind].get(composed(value), value)
            case _:
                return value

    teams = kinds.get("teams")
    renamed_teams: dict[str, JsonValue] = {}
    if isinstance(teams, dict):  # a team is the list of its people
        renamed_teams["teams"] = {team: renamed(people, "people") for team, people in teams.items()}
    return {**{kind: renamed(said, None) for kind, said in kinds.items()}, **renamed_teams}


def _names(entries: JsonValue) -> dict[str, str]:
    return {composed(name): name for name in entries} if isinstance(entries, dict) else {}
