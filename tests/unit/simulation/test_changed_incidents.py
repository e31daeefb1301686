"""What another configuration means for the incidents that run."""

from datetime import UTC, datetime, timedelta

import pytest

from pager import Acknowledged, EscalationPolicy, Exhausted, Target, Unhealthy
from pager.configuration.configuration import Configuration
from pager.model import FALLBACK
from pager.oncall.directory import directory_of
from pager.oncall.people import ContactMethod, Person
from pager.oncall.policies import PersonTarget, PolicyLevel, PolicyUse, SharedPolicy
from pager.simulation.changed_incidents import ChangedIncident, Told, changed_incidents
from unit.builders import ADA, EDSGER, GRACE, POLICY, SERVICE, level, policy, unhealthy

NOW = datetime(2026, 11, 30, 3, tzinfo=UTC)
DUE = NOW + timedelta(minutes=5)
BEFORE = Configuration(policies={SERVICE: POLICY})
NOBODY = Configuration()


def under(*policies: EscalationPolicy) -> Configuration:
    """These policies, and nothing else."""
    return Configuration(policies={one.service_id: one for one in policies})


def otherwise(
    service: Unhealthy,
    after: Configuration,
    before: Configuration = BEFORE,
    due_at: datetime | None = DUE,
) -> list[ChangedIncident]:
    """How that incident goes on otherwise."""
    return [*changed_incidents([(service, due_at)], before, after, NOW)]


def told(at: datetime, *targets: Target, level: int = 2) -> Told:
    """A step."""
    return Told(at, level, targets)


def test_the_first_step_that_is_another_one_is_told() -> None:
    """The next one here: Grace is asked in the place of Edsger."""
    after = under(policy(level(ADA, GRACE), level(GRACE, minutes=5)))
    assert otherwise(unhealthy(), after) == [
        ChangedIncident(SERVICE, 1, told(DUE, EDSGER), told(DUE, GRACE))
    ]


def test_of_several_steps_that_are_others_the_first_is_told() -> None:
    """One line an incident."""
    before = under(policy(level(ADA), level(EDSGER), level(GRACE)))
    after = under(policy(level(ADA), level(GRACE), level(EDSGER)))
    service = unhealthy(notified=[ADA])
    assert otherwise(service, after, before) == [
        ChangedIncident(SERVICE, 1, told(DUE, EDSGER), told(DUE, GRACE))
    ]


def test_a_later_step_may_be_another_one() -> None:
    """What is as it was before is not told."""
    after = under(policy(*POLICY.levels, level(ADA)))
    later = told(DUE + timedelta(minutes=5), ADA, level=3)
    assert otherwise(unhealthy(), after) == [ChangedIncident(SERVICE, 1, None, later)]


@pytest.mark.parametrize("service", [unhealthy(), unhealthy(level=2)])
def test_an_incident_that_goes_on_as_before_is_not_told(service: Unhealthy) -> None:
    """Whatever else is another one; the name of its policy does not matter."""
    renamed = under(POLICY.model_copy(update={"service_id": FALLBACK}))
    for after in (BEFORE, renamed):
        assert otherwise(service, after) == []


def test_without_a_policy_nobody_else_is_told() -> None:
    """The plan says so of an incident that runs, before its policy is removed."""
    assert otherwise(unhealthy(), NOBODY) == [ChangedIncident(SERVICE, 1, told(DUE, EDSGER), None)]


def test_an_exhausted_incident_goes_on_at_once_where_somebody_is_new() -> None:
    """It has no timeout any more."""
    exhausted = unhealthy(level=2, escalation=Exhausted())
    after = under(policy(level(ADA, GRACE), level(EDSGER), level(GRACE)))
    assert otherwise(exhausted, after, due_at=None) == [
        ChangedIncident(SERVICE, 1, None, told(NOW, GRACE, level=3))
    ]


def test_whoever_has_acknowledged_is_not_disturbed() -> None:
    """Whatever the policy is now."""
    assert otherwise(unhealthy(escalation=Acknowledged()), NOBODY, due_at=None) == []


def test_people_are_resolved_at_this_moment() -> None:
    """Another address of a person who is named is another step."""
    use = PolicyUse(service_id=SERVICE, uses="Payments")
    shared = SharedPolicy(
        name="Payments",
        levels=(PolicyLevel(targets=(ADA,)), PolicyLevel(targets=(PersonTarget(name="Grace"),))),
    )
    before, after = (
        Configuration(
            directory=directory_of(
                [shared, Person(name="Grace", contact_methods=(ContactMethod(target=target),))]
            ),
            policies={SERVICE: use},
        )
        for target in (EDSGER, GRACE)
    )
    service = unhealthy(notified=[ADA])
    another = service.model_copy(update={"service_id": "login"})
    before, after = (
        configuration._replace(
            policies={SERVICE: use, "login": use.model_copy(update={"service_id": "login"})}
        )
        for configuration in (before, after)
    )
    assert [*changed_incidents([(service, DUE), (another, DUE)], before, after, NOW)] == [
        ChangedIncident(name, 1, told(DUE, EDSGER), told(DUE, GRACE)) for name in (SERVICE, "login")
    ]
