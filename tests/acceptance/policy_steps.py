"""The step catalogue, on: shared policies, and the people whom they name."""

from collections.abc import Callable
from datetime import timedelta

from pytest_bdd import given, when

from acceptance.nouns import Person
from acceptance.tables import RefusedEdit, read_persons, read_shared_policy
from acceptance.world import SpecificationWorld as World
from pager.model import FALLBACK
from pager.oncall import people as entries
from pager.oncall.directory import Entry, NobodyOfThatName, StillUsed
from pager.oncall.policies import PolicyUse, SharedPolicy
from pager.oncall.schedules import Override, Schedule
from pager.oncall.teams import Team
from pager.testing.expect import expect
from pager.testing.sentences import Sentence
from pager.testing.tables import DataTable

A_YEAR = timedelta(days=365)


@given(Sentence("these people can be reached:"))
@when(Sentence("these people can be reached:"))
def people(world: World, datatable: DataTable) -> None:
    """Columns: Person, and By: `e-mail`, `SMS after 5 minutes`, `e-mail (verified)`, or nothing."""
    for person in read_persons(datatable):
        _put(world, person)


@given(Sentence("the team {team} is {people}"))
@when(Sentence("the team {team} becomes {people}"))
def the_team(world: World, team: str, people: list[str]) -> None:
    _put(world, Team(name=team, members=tuple(people)))


ON_CALL = "(?:{person}|nobody) is on call in {schedule}(?: for {duration}, and then {other})?"


@given(Sentence(ON_CALL))
@when(Sentence(ON_CALL))
def on_call(
    world: World,
    schedule: str,
    person: Person | None = None,
    duration: timedelta = A_YEAR,
    other: Person | None = None,
) -> None:
    """From now on."""
    now = world.pager.clock.moment
    handover = now + duration
    turns = [(person, now, handover), (other, handover, now + A_YEAR)]
    overrides = tuple(
        Override(person=name, starts_at=starts_at, ends_at=ends_at)
        for name, starts_at, ends_at in turns
        if name is not None
    )
    _put(world, Schedule(name=schedule, time_zone="Europe/Paris", overrides=overrides))


@given(Sentence("the shared policy {policy}:"))
@when(Sentence("the shared policy {policy} becomes:"))
def the_shared_policy(world: World, policy: str, datatable: DataTable) -> None:
    """Columns: as of an Escalation Policy. Targets are people (`Ada`), `the team Payments`, whoever
    is `on call in Database`, and addresses (`Ada by e-mail`).
    """
    _put(world, read_shared_policy(policy, datatable))


@given(
    Sentence(
        "the shared policy {policy}"
        " (?:repeats {number} times?|lets an Acknowledgement expire after {duration})"
    )
)
def tells_again(
    world: World, policy: str, number: int = 0, duration: timedelta | None = None
) -> None:
    known = world.directory.directory().policies[policy]
    said = {"repeat": number} if number else {"acknowledgement_expiry": duration}
    world.directory.put(known.model_copy(update=said))


@given(Sentence("(?:{service}|the fallback) uses the shared policy {policy}"))
@when(Sentence("(?:{service}|the fallback) uses the shared policy {policy}"))
def uses(world: World, policy: str, service: str = FALLBACK) -> None:
    use = PolicyUse(service_id=service, uses=policy)
    _edit(world, lambda: world.policies.put(use))
    world.configured[service] = use
    what = f"{service} uses the shared policy {policy}"
    world.claim(f"the Escalation Policy of {service}", what, lambda: True)


@when(
    Sentence(
        "(?:{person}|the team {team}|the schedule {schedule}|the shared policy {policy}) is removed"
    )
)
def is_removed(
    world: World,
    person: Person | None = None,
    team: str | None = None,
    schedule: str | None = None,
    policy: str | None = None,
) -> None:
    named: list[tuple[type[Entry], str | None]] = [
        (entries.Person, person),
        (Team, team),
        (Schedule, schedule),
        (SharedPolicy, policy),
    ]
    for kind, name in named:
        if name is not None:
            _edit(world, lambda k=kind, n=name: world.directory.remove(k, n))  # type: ignore[misc]  # mypy can't infer a default


def _put(world: World, entry: Entry) -> None:
    def known() -> Entry | None:
        return world.directory.directory().find(type(entry), entry.name)

    what = f"the {entry.type} {entry.name}"
    expect(known() != entry, f"It is like that already: {what}.")
    _edit(world, lambda: world.directory.put(entry))
    world.claim(what, what, lambda: _says_the_same(known(), entry))


def _says_the_same(known: Entry | None, entry: Entry) -> bool:
    """Whether the table of the entry is still so: another Given says how a policy tells again."""
    if isinstance(known, SharedPolicy) and isinstance(entry, SharedPolicy):
        return known.levels == entry.levels
    return known == entry


def _edit(world: World, edit: Callable[[], object]) -> None:
    """Do it, and note if that is refused."""
    try:
        edit()
    except (NobodyOfThatName, StillUsed) as refusal:
        world.refuse_edit(RefusedEdit(str(refusal)))
    world.pass_time(timedelta(0))  # an exhausted incident goes on at once
