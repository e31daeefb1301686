"""What a configuration leads to once it is applied, and why it may be refused."""

from datetime import UTC, datetime, timedelta

import pytest

from pager.configuration.applying import ConfigurationRefused, outcome
from pager.configuration.configuration import Configuration
from pager.configuration.managed import Managed
from pager.oncall.directory import directory_of
from pager.oncall.people import Person
from pager.oncall.policies import PersonTarget, PolicyLevel, PolicyUse, SharedPolicy
from pager.oncall.schedules import Override, Schedule
from pager.oncall.teams import Team

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ADA, GRACE = Person(name="Ada"), Person(name="Grace")
TEAM = Team(name="Database", members=("Ada",))
POLICY = SharedPolicy(name="Database", levels=(PolicyLevel(targets=(PersonTarget(name="Grace"),)),))
BEFORE = Configuration(
    directory=directory_of([ADA, GRACE, TEAM, POLICY]),
    policies={"orders-db": PolicyUse(service_id="orders-db", uses="Database")},
)


def test_whoever_is_named_by_nobody_else_may_go() -> None:
    """Together with what names them."""
    wanted = Configuration(directory=directory_of([ADA, TEAM]))
    assert outcome(BEFORE, wanted, Managed(), NOW) == wanted


def test_all_that_would_name_nobody_is_said() -> None:
    """By a team, a policy and a service, also of a kind that is not managed."""
    managed = Managed(kinds=frozenset({"people", "policies"}))
    with pytest.raises(ConfigurationRefused) as refused:
        outcome(BEFORE, Configuration(), managed, NOW)
    assert [str(problem) for problem in refused.value.problems] == [
        "team Database, member 1: There is no person called Ada.",
        "service orders-db, uses: There is no policy called Database.",
    ]


@pytest.mark.parametrize(("ends_at", "is_refused"), [(NOW, False), (NOW + MINUTE, True)])
def test_whoever_stood_in_may_go_once_that_is_over(ends_at: datetime, *, is_refused: bool) -> None:
    """Not before: nobody would be on call."""
    override = Override(person="Grace", starts_at=NOW - MINUTE, ends_at=ends_at)
    nights = Schedule(name="Nights", time_zone="Europe/Paris", overrides=(override,))
    before = Configuration(directory=directory_of([ADA, GRACE, nights]))
    wanted = Configuration(directory=directory_of([ADA]))
    managed = Managed(kinds=frozenset({"people"}))
    if is_refused:
        with pytest.raises(ConfigurationRefused, match="no person called Grace"):
            outcome(before, wanted, managed, NOW)
        return
    after = outcome(before, wanted, managed, NOW)
    assert after.directory.schedules["Nights"].overrides == ()


def test_two_people_do_not_get_one_account() -> None:
    """Those who have it since before keep nobody from applying something else."""
    people = directory_of([Person(name="Ada", account="ada"), Person(name="Grace", account="ada")])
    before = Configuration(directory=people)
    with pytest.raises(ConfigurationRefused, match="person Grace, account: ada is the account of"):
        outcome(Configuration(), before, Managed(), NOW)
    assert outcome(before, Configuration(), Managed(frozenset({"teams"})), NOW) == before
