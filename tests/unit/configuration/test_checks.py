"""What a configuration names has to be there: all that is missing is said, each with its place."""

from datetime import UTC, datetime, timedelta

from pager.access.integrations import Routing
from pager.configuration.checks import invisible_names, problems, shared_accounts, warnings
from pager.configuration.configuration import Configuration, IntegrationSetup
from pager.configuration.managed import Managed
from pager.configuration.problems import Problem
from pager.heartbeats import Heartbeat
from pager.model import FALLBACK, EmailTarget, EscalationPolicy, Level
from pager.oncall.directory import Entry, directory_of
from pager.oncall.people import Person
from pager.oncall.policies import (
    PersonTarget,
    PolicyLevel,
    PolicyUse,
    ScheduleTarget,
    SharedPolicy,
    TeamTarget,
)
from pager.oncall.schedules import Layer, Override, Rotation, Schedule
from pager.oncall.teams import Team

BEGIN = datetime(2027, 1, 1, 9, tzinfo=UTC)
ADA = Person(name="Ada Lovelace")
ROTATION = Rotation(
    name="Weekly", participants=("Ada Lovelace", "Grace"), starts=BEGIN.replace(tzinfo=None)
)
POLICY = SharedPolicy(
    name="Database",
    levels=(
        PolicyLevel(targets=(ScheduleTarget(name="Database"),)),
        PolicyLevel(targets=(PersonTarget(name="Ada Lovelace"), TeamTarget(name="Backend"))),
    ),
)


def configuration(*entries: Entry) -> Configuration:
    """One that has these entries."""
    return Configuration(directory_of(entries))


def schedule(*overrides: Override) -> Schedule:
    """One with a rotation of Ada and Grace."""
    layers = (Layer(rotations=(ROTATION,)),)
    return Schedule(name="Database", time_zone="UTC", layers=layers).model_copy(
        update={"overrides": overrides}
    )


def said(found: list[Problem]) -> list[str]:
    """As people read it."""
    return [str(problem) for problem in found]


def test_whoever_is_named_and_not_there_is_said() -> None:
    """All of them at once, whatever names them."""
    team = Team(name="Database", members=("Ada Lovelace", "Ada Lovelac"))
    override = Override(person="Edsger", starts_at=BEGIN, ends_at=BEGIN + timedelta(hours=1))
    policies = {
        "orders-db": PolicyUse(service_id="orders-db", uses="Databases"),
        FALLBACK: PolicyUse(service_id=FALLBACK, uses="Nobody"),
    }
    wrong = configuration(ADA, team, schedule(override), POLICY)._replace(policies=policies)
    assert said(problems(wrong)) == [
        "team Database, member 2: There is no person called Ada Lovelac. Did you mean Ada "
        "Lovelace?",
        "schedule Database, layer 1, rotation 1, participant 2: There is no person called Grace.",
        "schedule Database, override 1, person: There is no person called Edsger.",
        "policy Database, level 2, target 2: There is no team called Backend.",
        "service orders-db, uses: There is no policy called Databases. Did you mean Database?",
        "fallback, uses: There is no policy called Nobody.",
    ]


def test_what_is_not_managed_is_not_missed() -> None:
    """It may be on the server."""
    assert not problems(configuration(POLICY), Managed(frozenset({"policies"})))
    assert len(problems(configuration(POLICY), Managed(frozenset({"policies", "teams"})))) == 1
    assert not problems(configuration(ADA, Person(name="Grace"), schedule()))


def test_names_that_look_the_same_are_told_apart() -> None:
    """Nobody sees which of the two is meant."""
    one, other = "Zo\N{LATIN SMALL LETTER E WITH DIAERESIS}", "Zoe\N{COMBINING DIAERESIS}"
    assert said(problems(configuration(Person(name=one), Person(name=other)))) == [
        f"person {other}: Two names look the same, and are written with other characters: write "
        "both in one way."
    ]
    team = Team(name="Database", members=(other,))
    assert said(problems(configuration(Person(name="Ada"), Person(name=one), team))) == [
        f"team Database, member 1: There is no person called {other}. {one} looks the same, and is "
        "written with other characters."
    ]


def test_an_override_of_a_rotation_that_is_gone_is_said() -> None:
    """People have taken it, and it is not in the files."""
    ends = BEGIN + timedelta(hours=1)
    known = Override(person="Ada Lovelace", starts_at=BEGIN, ends_at=ends, rotation="Weekly")
    gone = known.model_copy(update={"rotation": "Nights"})
    assert said(problems(configuration(ADA, Person(name="Grace"), schedule(known, gone)))) == [
        "schedule Database, override 2: Ada Lovelace stands in for the rotation Nights until "
        "2027-01-01 10:00 UTC, and there is no such rotation. Keep it until then, or take the "
        "override back."
    ]


def test_a_sender_whose_service_has_no_policy_is_warned_of() -> None:
    """Its Alerts are refused; with a fallback policy they are not."""
    routing = Routing(service_id="orders-db", field="service", names={"Pay": "payments"})
    senders = Configuration(
        policies={"orders-db": PolicyUse(service_id="orders-db", uses="Database")},
        heartbeats={
            "nightly": Heartbeat(name="nightly", service_id="backup", interval=timedelta(days=1))
        },
        integrations={"Grafana": IntegrationSetup("Grafana", "grafana", routing)},
    )
    refused = "has no Escalation Policy, and there is no fallback policy: its Alerts are refused."
    assert said(warnings(senders)) == [
        f"heartbeat nightly, service: backup {refused}",
        f"integration Grafana, names, Pay: payments {refused}",
    ]
    fallback = {FALLBACK: PolicyUse(service_id=FALLBACK, uses="Database")}
    assert not warnings(senders._replace(policies=fallback))


def test_a_policy_of_its_own_names_nobody() -> None:
    """It has addresses."""
    levels = (Level(targets=(EmailTarget(address="ada@example.com"),)),)
    policy = EscalationPolicy(service_id="orders-db", levels=levels)
    assert not problems(Configuration(policies={"orders-db": policy}))


def test_what_is_wrong_with_no_place_is_a_sentence() -> None:
    """Nothing stands before it."""
    assert str(Problem((), "Nothing is said.")) == "Nothing is said."


def test_an_account_is_one_persons() -> None:
    """Whichever letters are capitals; somebody without one shares it with nobody."""
    people = (
        Person(name="Ada", account="ada"),
        Person(name="Grace", account="Ada"),
        Person(name="Edsger", account=""),
        Person(name="Barbara", account=""),
        Person(name="Zoe"),
    )
    assert said(shared_accounts(configuration(*people))) == [
        "person Grace, account: Ada is the account of Ada, too: it is one person's."
    ]


def test_a_new_name_has_nothing_that_nobody_sees() -> None:
    """What was there before stays; of an integration, too, as of all names that people give."""
    odd = Team(name="Data\u200bbase")
    with_it = configuration(ADA, odd)
    assert said(invisible_names(with_it)) == [
        "team Data\u200bbase: U+200B (ZERO WIDTH SPACE) is in this name, and nobody sees it: write"
        " it without."
    ]
    assert invisible_names(with_it, with_it) == []
    assert invisible_names(configuration(ADA)) == []
