"""Whether each Level of a policy reaches somebody, and whether it tells too many."""

from pager.configuration.configuration import Configuration
from pager.model import FALLBACK, EscalationPolicy, Level
from pager.oncall.policies import PolicyUse, ScheduleTarget
from pager.verify import verify
from unit.oncall.entries import (
    DATABASE,
    EMPTY,
    MINUTE,
    TEAM,
    USE,
    directory,
    email,
    level,
    shared,
    team,
    to,
)
from unit.verify.prospects import TEN, database, on_call, times, violations

FIVE = "no Level tells more than 2 people"


def test_a_level_is_empty_while_it_reaches_nobody() -> None:
    """Edsger has no contact method; in Database nobody is on call."""
    people = on_call(("Ada", 0, 30), also=(shared(to("Ada"), level(DATABASE), to("Edsger")),))
    found = violations("no Level is empty", people)
    assert times(found) == [(0, 60, 0)]
    assert "Level 3 of Payments reaches nobody: Edsger has no contact method" in found[0].what
    people = on_call(("Ada", 0, 30), also=(shared(to("Ada"), level(DATABASE)),))
    assert times(violations("no Level is empty", people)) == [(30, 60, 0)]


def test_each_level_is_looked_at_by_itself() -> None:
    """Two schedules change at other times; each of them has a gap."""
    storage = database(("Grace", 0, 25), ("Ada", 25, 45), ("Grace", 50, 60))
    second = level(ScheduleTarget(name="Storage"))
    people = on_call(
        ("Ada", 0, 20),
        ("Grace", 30, 60),
        also=(storage.model_copy(update={"name": "Storage"}), shared(level(DATABASE), second)),
    )
    (found,) = violations("no Level is empty", people)
    assert times((found,)) == [(20, 30, 1)]
    assert found.why == "Level 1 of Payments reaches nobody: nobody is on call in Database"
    (later,) = violations("no Level is empty", people, 20 * MINUTE, start=TEN + 40 * MINUTE)
    assert times((later,)) == [(45, 50, 0)]
    assert later.why == "Level 2 of Payments reaches nobody: nobody is on call in Storage"


def test_a_policy_of_a_service_alone_has_no_empty_level() -> None:
    """It has addresses only."""
    policy = EscalationPolicy(service_id="checkout-api", levels=(Level(targets=(email("Ada"),)),))
    assert not violations("no Level is empty", directory(EMPTY), policy=policy)


def test_a_level_that_tells_everybody_is_found() -> None:
    """Grace counts once, in whichever ways she is told; an address counts as somebody."""
    two = shared(to("Ada", "Grace"), level(email("List"), minutes=5))
    assert not violations(FIVE, directory(EMPTY, two))
    three = shared(to("Ada"), level(*to("Ada", "Grace").targets, email("List")))
    (found,) = violations(FIVE, directory(EMPTY, three))
    assert "Level 2 of Payments tells 3 people" in found.what
    after_an_empty_one = shared(to("Edsger"), level(*to("Ada", "Grace").targets, email("List")))
    (found,) = violations(FIVE, directory(EMPTY, after_an_empty_one))
    assert "Level 2 of Payments tells 3 people" in found.what
    own = EscalationPolicy(
        service_id="checkout-api",
        levels=(Level(targets=(email("Ada"), email("Grace"), email("List"))),),
    )
    (found,) = violations(FIVE, directory(EMPTY), policy=own)
    assert "Level 1 of the policy tells 3 people" in found.what


def test_a_team_is_as_many_as_are_in_it() -> None:
    """Those who cannot be reached are told nothing."""
    people = directory(EMPTY, shared(level(TEAM)), team("Ada", "Grace", "Edsger"))
    assert not violations(FIVE, people)


def test_a_policy_that_reaches_nobody_tells_nobody() -> None:
    """There is no fallback policy."""
    assert not violations(FIVE, directory(EMPTY, shared(to("Edsger"))))


def test_services_with_the_same_policy_are_looked_at_together() -> None:
    """So is the fallback policy: it is that of services without one."""
    uses = {
        name: PolicyUse(service_id=name, uses="Payments")
        for name in ("orders-db", "checkout-api", FALLBACK)
    }
    people = directory(EMPTY, shared(to("Ada"), to("Edsger")))
    configuration = Configuration(directory=people, policies=uses)
    (verdict,) = verify(configuration, ["no Level is empty"], TEN, TEN + MINUTE)
    (found,) = verdict.violations
    assert (found.subject, found.others) == (
        "checkout-api",
        ("orders-db", "services without a policy"),
    )
    (verdict,) = verify(configuration, ["orders-db: no Level is empty"], TEN, TEN + MINUTE)
    assert (verdict.violations[0].subject, verdict.violations[0].others) == ("orders-db", ())
    assert "orders-db" in verdict.violations[0].timeline


def test_a_service_falls_back_where_its_policy_reaches_nobody() -> None:
    """To the people of the fallback policy: an Alert reaches them, and its own Level is empty."""
    fallback = PolicyUse(service_id=FALLBACK, uses="Everybody")
    people = on_call(
        ("Ada", 0, 30), also=(shared(level(DATABASE)), shared(to("Grace"), name="Everybody"))
    )
    policies = {"checkout-api": USE, FALLBACK: fallback}
    configuration = Configuration(directory=people, policies=policies)
    sentences = ["no Level is empty", "somebody is reached within 1 min"]
    empty, reached = verify(configuration, sentences, TEN, TEN + 60 * MINUTE)
    assert times(empty.violations) == [(30, 60, 0)]
    assert reached.holds
