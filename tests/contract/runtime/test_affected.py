"""What an edit can make a difference to."""

import pytest

from contract.store.on_call_entries import ADA, DATABASE_TEAM, GRACE, NIGHTS, plain, shared, use
from pager.adapters.runtime.verification.affected import affected
from pager.adapters.runtime.verification.changes import with_edit, without_policy
from pager.configuration.configuration import Configuration
from pager.model import FALLBACK
from pager.oncall.directory import Entry, directory_of
from pager.oncall.people import Person
from pager.oncall.policies import PersonTarget, ScheduleTarget, ServicePolicy, TeamTarget

DAYS = NIGHTS.model_copy(update={"name": "Days"})
ORDERS = shared(ScheduleTarget(name="Nights"), name="Orders")
SEARCH = shared(TeamTarget(name="Database"), name="Search")
BILLING = shared(PersonTarget(name="Grace"), ScheduleTarget(name="Days"), name="Billing")
POLICIES: dict[str, ServicePolicy] = {
    "orders-db": use("orders-db", "Orders"),
    "search-api": use("search-api", "Search"),
    "billing": use("billing", "Billing"),
    "own-api": plain("ada", service_id="own-api"),
}
SET_UP = Configuration(
    directory_of([ADA, GRACE, DATABASE_TEAM, NIGHTS, DAYS, ORDERS, SEARCH, BILLING]), POLICIES
)
ADA_ELSEWHERE = ADA.model_copy(update={"contact_methods": ()})
GRACE_SIGNED_IN = GRACE.model_copy(update={"account": "grace"})
EDSGER = Person(name="Edsger", contact_methods=ADA.contact_methods)


@pytest.mark.parametrize(
    ("edited", "services", "schedules"),
    [
        (ADA_ELSEWHERE, {"orders-db", "search-api", "billing", "own-api"}, {"Nights", "Days"}),
        (EDSGER, set(POLICIES), {"Nights", "Days"}),
        (GRACE_SIGNED_IN, {"search-api", "billing"}, {"Days"}),
        (DATABASE_TEAM.model_copy(update={"members": ("Grace",)}), {"search-api"}, set()),
        (NIGHTS.model_copy(update={"layers": ()}), {"orders-db"}, {"Nights"}),
        (shared(PersonTarget(name="Ada"), name="Billing"), {"billing"}, set()),
        (plain("grace", service_id="own-api"), {"own-api"}, set()),
        (use("own-api", "Orders"), {"own-api"}, {"Nights"}),
        (DAYS.model_copy(update={"name": "Rota"}), set(), {"Rota"}),
        (NIGHTS, set(), set()),
    ],
)
def test_an_edit_makes_a_difference_to_whoever_depends_on_it(
    edited: Entry | ServicePolicy, services: set[str], schedules: set[str]
) -> None:
    """And to nobody else; what they need is still there."""
    _, after = affected(SET_UP, with_edit(edited)(SET_UP))
    assert set(after.policies) == services
    assert set(after.directory.schedules) == schedules
    assert after.directory.people.keys() >= {"Ada", "Grace"}


def test_a_team_that_a_sentence_names_makes_a_difference_anywhere() -> None:
    """Whoever is in it may be paged by any policy; another team makes none."""
    changed = with_edit(DATABASE_TEAM.model_copy(update={"members": ()}))(SET_UP)
    sentence = "own-api: somebody of the team Database is reached within 10 minutes"
    assert affected(SET_UP, changed, [sentence]) == (SET_UP, changed)
    assert set(affected(SET_UP, changed, ["no Level is empty"]).after.policies) == {"search-api"}


def test_a_policy_that_is_gone_makes_a_difference() -> None:
    """It is there before, and not after."""
    before, after = affected(SET_UP, without_policy("own-api")(SET_UP))
    assert (set(before.policies), set(after.policies)) == ({"own-api"}, set())


def test_an_address_makes_a_difference_to_the_policies_that_page_it() -> None:
    """Whose it is decides how many people are reached."""
    orders = shared(*plain("ada").levels[0].targets, name="Orders")
    paging = with_edit(orders)(SET_UP)
    _, after = affected(paging, with_edit(ADA_ELSEWHERE)(paging))
    assert "orders-db" in after.policies


def test_the_fallback_policy_makes_a_difference_to_every_service() -> None:
    """It may be needed anywhere; it is kept where it makes none."""
    fallback = plain("grace", service_id=FALLBACK)
    with_fallback = with_edit(fallback)(SET_UP)
    assert affected(SET_UP, with_fallback) == (SET_UP, with_fallback)
    _, after = affected(with_fallback, with_edit(use("own-api", "Orders"))(with_fallback))
    assert set(after.policies) == {"own-api", FALLBACK}
