"""What is managed, and what there is once a configuration was applied."""

from datetime import UTC, datetime, timedelta

from pager.access.integrations import Routing
from pager.configuration.configuration import Configuration, IntegrationSetup
from pager.configuration.managed import KINDS, Kind, Managed, applied, everything
from pager.heartbeats import Heartbeat
from pager.model import FALLBACK, EmailTarget
from pager.oncall.directory import directory_of
from pager.oncall.people import ContactMethod, Person
from pager.oncall.policies import PersonTarget, PolicyLevel, PolicyUse, SharedPolicy
from pager.oncall.schedules import Override, Schedule
from pager.oncall.teams import Team

BEGIN = datetime(2027, 1, 1, tzinfo=UTC)
MAIL = ContactMethod(target=EmailTarget(address="ada@example.com"), verified=True)
OVERRIDE = Override(person="Ada", starts_at=BEGIN, ends_at=BEGIN + timedelta(hours=8))


def configuration(name: str) -> Configuration:
    """One of everything, with that name."""
    levels = (PolicyLevel(targets=(PersonTarget(name=name),)),)
    return Configuration(
        directory_of(
            [
                Person(name=name, contact_methods=(MAIL,)),
                Team(name=name, members=(name,)),
                Schedule(name=name, time_zone="UTC"),
                SharedPolicy(name=name, levels=levels),
            ]
        ),
        {
            name: PolicyUse(service_id=name, uses=name),
            FALLBACK: PolicyUse(service_id=FALLBACK, uses=name),
        },
        {name: Heartbeat(name=name, service_id=name, interval=timedelta(days=1))},
        {name: IntegrationSetup(name, "grafana", Routing(service_id=name))},
        (name,),
    )


def names(of: Configuration) -> dict[Kind, str]:
    """The name of the one entry of each kind."""
    assert isinstance(of.fallback, PolicyUse)
    found = (
        *of.directory,
        of.services,
        [of.fallback.uses],
        of.heartbeats,
        of.integrations,
        of.properties,
    )
    return {kind: next(iter(entries)) for kind, entries in zip(KINDS, found, strict=True)}


def test_only_what_is_managed_is_changed() -> None:
    """A kind that nobody names stays as it is; one that is named is replaced."""
    for kind in KINDS:
        after = applied(configuration("old"), configuration("new"), Managed(frozenset({kind})))
        assert names(after) == {**dict.fromkeys(KINDS, "old"), kind: "new"}


def test_what_is_managed_and_not_there_is_removed() -> None:
    """Whoever names a kind says all of it."""
    assert applied(configuration("old"), Configuration(), Managed()) == Configuration()


def test_nobody_can_write_that_a_contact_method_is_verified() -> None:
    """Who was, stays; who was not, does not become."""
    ada = configuration("Ada")
    unmarked = MAIL.model_copy(update={"verified": False})
    wanted = ada._replace(
        directory=ada.directory.having(Person(name="Ada", contact_methods=(unmarked,)))
    )
    assert applied(ada, wanted, everything(ada)) == ada
    assert applied(Configuration(), ada, Managed()) == wanted


def test_overrides_stay_unless_they_are_said() -> None:
    """People take them day by day; of a new schedule there are those that are said."""
    before = configuration("Ada")
    taken = Schedule(name="Ada", time_zone="UTC", overrides=(OVERRIDE,))
    before = before._replace(directory=before.directory.having(taken))
    moved = Schedule(name="Ada", time_zone="Europe/Paris")
    wanted = Configuration(directory_of([moved, Schedule(name="New", time_zone="UTC")]))
    kept = applied(before, wanted, Managed()).directory.schedules
    assert kept["Ada"] == moved.model_copy(update={"overrides": (OVERRIDE,)})
    assert kept["New"].overrides == ()
    said = Managed(overrides=frozenset({"Ada"}))
    assert applied(before, wanted, said).directory.schedules["Ada"] == moved


def test_an_override_of_a_rotation_that_is_gone_stays_until_its_end() -> None:
    """One that has ended keeps nobody from taking the rotation out."""
    override = OVERRIDE.model_copy(update={"rotation": "Nights"})
    taken = Schedule(name="Ada", time_zone="UTC").model_copy(update={"overrides": (override,)})
    before = Configuration(directory_of([taken]))
    wanted = Configuration(directory_of([Schedule(name="Ada", time_zone="UTC")]))
    for now, kept in ((None, (override,)), (BEGIN, (override,)), (OVERRIDE.ends_at, ())):
        after = applied(before, wanted, Managed(), now)
        assert after.directory.schedules["Ada"].overrides == kept
