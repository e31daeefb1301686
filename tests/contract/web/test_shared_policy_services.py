"""Services that use a shared policy: how they come to it, and how they leave it."""

import pytest

from contract.web.installation import Installation, alert
from contract.web.shared_policies import (
    NIGHTS,
    PATH,
    PAYMENTS,
    Engineers,
    level,
    own_policy,
)
from pager import EmailTarget
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.filters import Names
from pager.model import FALLBACK
from pager.oncall.policies import PersonTarget, PolicyUse, ScheduleTarget, SharedPolicy

SERVICES = f"{PATH}/services"
SERVICE = "/console/services/checkout-api"
POLICY = f"{SERVICE}/policy"
EMPTY = SharedPolicy(name="Empty", levels=(level(ScheduleTarget(name=NIGHTS.name)),))


@pytest.fixture
def engineers(database: Database) -> Engineers:
    """Two engineers, a viewer, a directory, and the shared policy Payments, which nobody uses."""
    engineers = Engineers(database)
    engineers.share()
    return engineers


class TestManyServices:
    """The list of the services, and how others come to it."""

    def test_forty_services_use_it_by_one_press(self, engineers: Engineers) -> None:
        """After a preview of what they have now."""
        engineers.policies.put(own_policy("service-7", "grace@example.com"))
        names = [f"service-{number}" for number in range(40)]
        page = engineers.open(SERVICES).fill(services="\n".join(names))
        page = page.press("Show what it overwrites")
        assert "overwritten The shared policy Payments instead of a policy of its own." in page.text
        assert page.text.count("it has no policy yet") == 39
        assert engineers.policies.count_services_using("Payments") == 0
        page = page.press("Use it for 40 services")
        assert "Used from now on by 40 services." in page.text
        used = engineers.policies.services_using("Payments", Names(), 99)
        assert sorted(used) == sorted(names)
        assert "nothing: it has this policy already" in (
            page.fill(services="service-7").press("Show what it overwrites").text
        )

    def test_what_was_edited_meanwhile_is_left_alone(self, engineers: Engineers) -> None:
        """And said."""
        page = engineers.open(SERVICES).fill(services="checkout-api billing")
        page = page.press("Show what it overwrites")
        engineers.policies.put(own_policy("billing", "grace@example.com"))
        page = page.press("Use it for 2 services")
        assert "1 left alone" in page.text
        assert engineers.policies.services_using("Payments", Names(), 9) == ["checkout-api"]

    @pytest.mark.parametrize("typed", ["", "a b/c", " ".join(f"s{n}" for n in range(101))])
    def test_a_wrong_list_is_an_error(self, engineers: Engineers, typed: str) -> None:
        """422, and nothing changes."""
        page = engineers.open(SERVICES).fill(services=typed).press("Show what it overwrites")
        assert page.response.status_code == 422
        assert engineers.policies.count_services_using("Payments") == 0

    def test_the_list_is_paged_and_searched(self, engineers: Engineers) -> None:
        """A hundred on a page."""
        engineers.share(PAYMENTS, *(f"service-{number:03}" for number in range(103)))
        page = engineers.open(SERVICES)
        assert "103 services" in page.text
        assert "service-099" in page.text
        assert "service-100" not in page.text
        assert "service-102" in engineers.open(f"{SERVICES}?after=service-099").text
        assert "service-001" not in engineers.open(f"{SERVICES}?search=-10").text

    def test_a_policy_that_is_not_there_has_no_services(self, engineers: Engineers) -> None:
        """404; and one that was removed between the preview and the press changes nothing."""
        assert (
            engineers.open("/console/shared-policies/Search/services").response.status_code == 404
        )
        page = engineers.open(SERVICES).fill(services="billing").press("Show what it overwrites")
        engineers.on_call.remove(SharedPolicy, "Payments")
        page = page.press("Use it for 1 service")
        assert page.response.status_code == 404
        assert engineers.policies.versioned("billing").policy is None

    def test_a_viewer_reads_the_list_only(self, engineers: Engineers) -> None:
        """Nothing of it can be pressed."""
        engineers.share(PAYMENTS, "checkout-api")
        page = engineers.open(SERVICES, who="vera")
        assert "checkout-api" in page.text
        assert "Show what it overwrites" not in page.buttons
        assert engineers.post(SERVICES, {"do": "preview", "services": "billing"}, "vera") == 403


class TestOneService:
    """The pages of a service that uses it."""

    def test_its_pages_say_what_the_policy_is_just_now(self, engineers: Engineers) -> None:
        """With the names of people, and a link to the shared policy."""
        policy = SharedPolicy(name="Payments", levels=(level(PersonTarget(name="Grace Hopper")),))
        engineers.share(policy, "checkout-api")
        for path in (SERVICE, POLICY):
            page = engineers.open(path)
            assert "Uses the shared policy Payments" in page.text
            assert "Grace Hopper by SMS" in page.text
            assert f'href="{PATH}"' in page.response.text

    def test_what_is_nobody_is_said(self, engineers: Engineers) -> None:
        """The Level that is left out; or that nobody at all can be reached."""
        engineers.share(SharedPolicy(name="Nights", levels=(*EMPTY.levels, *PAYMENTS.levels[1:])))
        engineers.share(EMPTY, "billing")
        engineers.policies.put(PolicyUse(service_id="checkout-api", uses="Nights"))
        for path in (SERVICE, POLICY, "/console/policies"):
            assert "Level 1 reaches nobody" in engineers.open(path).text
        assert "Nobody can be reached." in engineers.open("/console/services/billing/policy").text
        page = engineers.open("/console/services/billing")
        assert "Nobody of it can be reached just now, and there is no fallback policy" in page.text
        engineers.policies.put(own_policy(FALLBACK, "linus@example.com"))
        page = engineers.open("/console/services/billing")
        assert "Nobody of it can be reached just now: the fallback policy is used." in page.text

    def test_it_changes_to_another_shared_policy(self, engineers: Engineers) -> None:
        """In one press, which the history tells."""
        engineers.share(PAYMENTS, "checkout-api")
        engineers.share(SharedPolicy(name="Search", levels=(level(PersonTarget(name="Ada")),)))
        page = engineers.open(POLICY)
        assert "<option selected>Payments</option>" in page.response.text
        version = page.value_of("version")
        assert engineers.post(f"{POLICY}/use", {"version": version, "uses": "Search"}) == 303
        assert engineers.policies.versioned("checkout-api").policy == PolicyUse(
            service_id="checkout-api", uses="Search"
        )
        history = engineers.open(f"{POLICY}/history")
        assert "The shared policy Search instead of the shared policy Payments." in history.text
        stale = {"version": version, "uses": "Payments"}
        assert engineers.post(f"{POLICY}/use", stale) == 409
        for wrong in ("Nobody's", "a/b", ""):
            fields = {"version": engineers.open(POLICY).value_of("version"), "uses": wrong}
            assert engineers.post(f"{POLICY}/use", fields) == 422
        assert engineers.post(f"{POLICY}/use", stale, "vera") == 403

    def test_it_gets_a_policy_of_its_own_made_from_the_shared_one(
        self, engineers: Engineers
    ) -> None:
        """The draft is what the shared one is just now."""
        policy = SharedPolicy(name="Payments", levels=(level(PersonTarget(name="Ada")),))
        engineers.share(policy, "checkout-api")
        page = engineers.open(f"{POLICY}?own=true")
        assert page.value("targets-1") == "ada@example.com"
        assert "uses the shared policy Payments now" in page.text
        assert page.press("Save").is_saved
        stored = engineers.policies.versioned("checkout-api").policy
        assert stored == own_policy("checkout-api", "ada@example.com")
        history = engineers.open(f"{POLICY}/history")
        assert "A new policy instead of the shared policy Payments." in history.text

    def test_it_is_taken_out_and_brought_back(self, engineers: Engineers) -> None:
        """Then it has no policy: the page says so before."""
        engineers.share(PAYMENTS, "checkout-api")
        page = engineers.open(f"{POLICY}/remove")
        assert "Alerts of checkout-api are refused from then on" in page.text
        page = page.press("Remove the policy")
        assert engineers.policies.versioned("checkout-api").policy is None
        version = engineers.policies.history("checkout-api", 9)[-1].version
        page = engineers.open(f"{POLICY}/history/{version}")
        assert "checkout-api used the shared policy Payments" in page.text
        page.press("Restore this version")
        assert engineers.policies.count_services_using("Payments") == 1

    def test_a_service_without_a_policy_may_use_one(self, engineers: Engineers) -> None:
        """As the editor of a new policy says."""
        page = engineers.open(POLICY)
        assert f'href="{POLICY}/use"' in page.response.text
        page = engineers.open(f"{POLICY}/use")
        assert "It has no policy." in page.text
        fields = {"version": page.value_of("version"), "uses": "Payments"}
        assert engineers.post(f"{POLICY}/use", fields) == 303
        assert engineers.policies.count_services_using("Payments") == 1

    def test_the_fallback_may_be_a_shared_one(self, engineers: Engineers) -> None:
        """It is used for every service that has no policy of its own."""
        fields = {"version": "0", "uses": "Payments"}
        assert engineers.post(f"/console/services/{FALLBACK}/policy/use", fields) == 303
        page = engineers.open(f"/console/services/{FALLBACK}/policy")
        assert "This is the fallback policy" in page.text
        assert "Uses the shared policy Payments" in page.text
        assert "the fallback policy" in engineers.open(SERVICES).text

    def test_a_use_is_copied_as_one(self, engineers: Engineers) -> None:
        """Another service uses the same shared policy then."""
        engineers.share(PAYMENTS, "checkout-api")
        page = engineers.open(f"{POLICY}/copy").fill(services="billing")
        page = page.press("Show what it overwrites")
        page.press("Copy to 1 service")
        assert engineers.policies.services_using("Payments", Names(), 9) == [
            "billing",
            "checkout-api",
        ]


class TestList:
    """All policies, the shared ones first."""

    def test_shared_policies_come_first(self, engineers: Engineers) -> None:
        """With whom they name, and how many services use them."""
        engineers.share(PAYMENTS, "checkout-api", "search-api")
        engineers.policies.put(own_policy("billing", "linus@example.com"))
        page = engineers.open("/console/policies")
        assert "schedule Database → team Storage" in page.text
        assert "2 services" in page.text
        assert page.text.index("Payments") < page.text.index("billing")
        assert "uses the shared policy Payments" in page.text
        found = engineers.open("/console/policies?search=paym")
        assert "schedule Database" in found.text
        assert "billing" not in found.text

    def test_an_address_is_found_in_them_and_at_people(self, engineers: Engineers) -> None:
        """Whoever replaces it has to look there too."""
        engineers.share(PAYMENTS, "checkout-api")
        page = engineers.open("/console/policies?target=linus@example.com")
        assert "It reaches Linus, wherever a shared policy means them." in page.text
        assert "No policy notifies" not in page.text
        assert "Linus is reached by it" in (
            engineers.open("/console/policies/replace?target=linus@example.com").text
        )
        address = EmailTarget(address="boss@example.com")
        engineers.share(SharedPolicy(name="Search", levels=(level(address),)))
        page = engineers.open("/console/policies?target=boss@example.com")
        assert "boss@example.com 0 services" in page.text
        page = engineers.open("/console/policies/replace?target=boss@example.com&action=remove")
        assert "shared policy Search names boss@example.com" in page.text


class TestIncident:
    """What the page of an incident says of the policy."""

    def test_it_names_the_policy_and_when_it_was_edited(
        self, engineers: Engineers, database: Database
    ) -> None:
        """As it was when the incident began; and the people who are told."""
        policy = SharedPolicy(
            name="Payments",
            levels=(level(PersonTarget(name="Ada")), level(PersonTarget(name="Grace Hopper"))),
        )
        engineers.share(policy, "checkout-api")
        version = engineers.on_call.versioned(SharedPolicy, "Payments").version
        installation = Installation(database)
        installation.receive(alert("checkout-api"))
        installation.carry_out()
        engineers.share(PAYMENTS)
        page = engineers.open("/incidents/checkout-api/1")
        assert "Policy at its beginning: Payments, as edited 20" in page.text
        assert f'href="{PATH}/history/{version}"' in page.response.text
        assert "Ada by e-mail ✓ sent" in page.text
