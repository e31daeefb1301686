"""People, a team, a schedule and a shared policy for tests of the store."""

from datetime import datetime

from pager import EmailTarget, EscalationPolicy, Level
from pager.oncall.people import ContactMethod, Person
from pager.oncall.policies import (
    PersonTarget,
    PolicyLevel,
    PolicyTarget,
    PolicyUse,
    SharedPolicy,
    TeamTarget,
)
from pager.oncall.schedules import Layer, Rotation, Schedule
from pager.oncall.teams import Team

ADA = Person(
    name="Ada", contact_methods=(ContactMethod(target=EmailTarget(address="ada@example.com")),)
)
GRACE = Person(
    name="Grace", contact_methods=(ContactMethod(target=EmailTarget(address="grace@example.com")),)
)
DATABASE_TEAM = Team(name="Database", members=("Ada", "Grace"))


def weekly(name: str, time_zone: str, starts: str) -> Schedule:
    """Ada is on call week after week from then on."""
    rotation = Rotation(name="Weekly", participants=("Ada",), starts=datetime.fromisoformat(starts))
    return Schedule(name=name, time_zone=time_zone, layers=(Layer(rotations=(rotation,)),))


NIGHTS = weekly("Nights", "Europe/Paris", "2020-01-06T09:00")
CHECKOUT = "checkout-api"


def shared(*targets: PolicyTarget, name: str = "Payments") -> SharedPolicy:
    """A shared policy with a Level for each of these."""
    return SharedPolicy(name=name, levels=tuple(PolicyLevel(targets=(one,)) for one in targets))


PAYMENTS = shared(PersonTarget(name="Ada"), TeamTarget(name="Database"))


def use(service_id: str = CHECKOUT, uses: str = "Payments") -> PolicyUse:
    """The service uses that policy."""
    return PolicyUse(service_id=service_id, uses=uses)


def plain(*names: str, service_id: str = CHECKOUT) -> EscalationPolicy:
    """A policy with a Level for each of these people."""
    levels = (Level(targets=(EmailTarget(address=f"{name}@example.com"),)) for name in names)
    return EscalationPolicy(service_id=service_id, levels=tuple(levels))
