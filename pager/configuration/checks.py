"""Whether everything that a configuration names is there: all that is missing, each with its place.

A value of the domain cannot be built wrong, but it can name somebody who is nowhere.
"""

from collections.abc import Collection, Iterator

from pager.configuration.configuration import Configuration
from pager.configuration.managed import KIND_OF, Kind, Managed
from pager.configuration.problems import NOUNS, Place, Problem
from pager.configuration.spelling import as_known, composed, did_you_mean
from pager.invisible import invisible_in
from pager.model import FALLBACK
from pager.oncall.directory import mentions
from pager.oncall.policies import PolicyUse


def problems(configuration: Configuration, managed: Managed | None = None) -> list[Problem]:
    """What it names and does not have, and what cannot be told apart; none where all is well.

    What is of a kind that is not managed may be on the server, and is not missed.
    """
    return [
        *_names_that_look_alike(configuration),
        *_missing(configuration, managed or Managed()),
        *_missing_rotations(configuration),
    ]


def invisible_names(
    configuration: Configuration, before: Configuration | None = None
) -> list[Problem]:
    """The names with a character that nobody sees, which were not there `before`.

    It is no part of `problems`: a server may have such names since before, and goes on.
    """
    known = _names(before or Configuration())
    return [
        Problem((kind, name), f"{character} is in this name, and nobody sees it: write it without.")
        for kind, names in _names(configuration).items()
        for name in names
        if name not in known[kind] and (character := invisible_in(name))
    ]


def shared_accounts(configuration: Configuration) -> list[Problem]:
    """The people who have the account of somebody else: it would edit one of them, or the other.

    It is no part of `problems`: a server may have such people since before, and goes on.
    """
    found: list[Problem] = []
    owners: dict[str, str] = {}
    for name, person in configuration.directory.people.items():
        account = (person.account or "").casefold()
        if account in owners:
            message = (
                f"{person.account} is the account of {owners[account]}, too: it is one person's."
            )
            found.append(Problem(("people", name, "account"), message))
        elif account:
            owners[account] = name
    return found


def warnings(configuration: Configuration) -> list[Problem]:
    """Where an Alert would page nobody: its service has no policy, and there is no fallback."""
    if configuration.fallback:
        return []
    return [
        Problem(
            place,
            f"{service_id} has no Escalation Policy, and there is no fallback policy: its Alerts "
            "are refused.",
        )
        for place, service_id in _services_of_senders(configuration)
        if service_id not in configuration.policies
    ]


def _services_of_senders(configuration: Configuration) -> Iterator[tuple[Place, str]]:
    for name, heartbeat in configuration.heartbeats.items():
        yield ("heartbeats", name, "service"), heartbeat.service_id
    for name, setup in configuration.integrations.items():
        yield ("integrations", name, "service"), setup.routing.service_id
        for sender, service_id in setup.routing.names.items():
            yield ("integrations", name, "names", sender), service_id


def _names(configuration: Configuration) -> dict[Kind, Collection[str]]:
    """The names of the entries of each kind that people give names to."""
    directory = configuration.directory
    return {
        "people": directory.people,
        "teams": directory.teams,
        "schedules": directory.schedules,
        "policies": directory.policies,
        "integrations": configuration.integrations,
    }


def _names_that_look_alike(configuration: Configuration) -> Iterator[Problem]:
    """Zoë is written with five characters, or with four: nobody sees which."""
    for kind, names in _names(configuration).items():
        seen: set[str] = set()
        for name in names:
            if composed(name) in seen:
                yield Problem(
                    (kind, name),
                    "Two names look the same, and are written with other characters: write both "
                    "in one way.",
                )
            seen.add(composed(name))


def _missing(configuration: Configuration, managed: Managed) -> Iterator[Problem]:
    names = _names(configuration)
    for place, kind, name in _named(configuration):
        if kind in managed.kinds and name not in names[kind]:
            hint = _hint(name, names[kind])
            yield Problem(place, f"There is no {NOUNS[kind]} called {name}. {hint}".strip())


def _named(configuration: Configuration) -> Iterator[tuple[Place, Kind, str]]:
    """What is named: where, of which kind, and its name."""
    for entry in configuration.directory.entries:
        for place, named in mentions(entry):
            inner = (
                place[1:] if entry.type == "team" else place
            )  # a team is the list of its members
            yield (KIND_OF[entry.type], entry.name, *inner), KIND_OF[named.type], named.name
    for service_id, policy in configuration.policies.items():
        if isinstance(policy, PolicyUse):
            above = ("fallback",) if service_id == FALLBACK else ("services", service_id)
            yield (*above, "uses"), "policies", policy.uses


def _hint(name: str, names: Collection[str]) -> str:
    other = as_known(name, names)
    if other != name:
        return f"{other} looks the same, and is written with other characters."
    return did_you_mean(name, names)


def _missing_rotations(configuration: Configuration) -> Iterator[Problem]:
    """Overrides stay where a schedule is changed, and may be of a rotation that is gone."""
    for schedule in configuration.directory.schedules.values():
        rotations = {rotation.name for rotation in schedule.rotations}
        for number, override in enumerate(schedule.overrides):
            if override.rotation is not None and override.rotation not in rotations:
                yield Problem(
                    ("schedules", schedule.name, "overrides", number),
                    f"{override.person} stands in for the rotation {override.rotation} until "
                    f"{override.ends_at:%Y-%m-%d %H:%M} UTC, and there is no such rotation. Keep "
                    "it until then, or take the override back.",
                )
