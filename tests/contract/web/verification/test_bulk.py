"""What changes much at once is verified before it counts: once, and with the same words."""

from collections.abc import Callable
from typing import NamedTuple

import pytest

from contract.web.forms import FormPage, opened
from contract.web.installation import Installation
from pager import EscalationPolicy, Level, SmsTarget
from pager.adapters.store.ports.policies import SqlEscalationPolicies
from pager.adapters.store.properties.properties import SqlProperties
from pager.configuration.properties import Properties

PHONE = SmsTarget(phone_number="+33612345678")
SERVICES = ("billing", "checkout-api", "search-api")
BY_SMS = [f"{name}: somebody is reached by SMS within 10 minutes" for name in SERVICES]
VIOLATES = f"saved although it violates “{BY_SMS[0]}” and “{BY_SMS[1]}”"
HELD_UP = "2 checks would not hold any more"
REPLACE = "/console/policies/replace?target=%2B33612345678&action=replace&by=linus@example.com"


def let_hold(installation: Installation, *sentences: str) -> None:
    """These have to hold, and no others."""
    SqlProperties(installation.database).put(Properties(properties=sentences))


@pytest.fixture
def installation(installation: Installation) -> Installation:
    """Two services reach a phone; a third, e-mail only."""
    policies = SqlEscalationPolicies(installation.database)
    for name in SERVICES[:2]:
        policies.put(EscalationPolicy(service_id=name, levels=(Level(targets=(PHONE,)),)))
    installation.policy("search-api", ("linus",))
    let_hold(installation, *BY_SMS)
    return installation


class Bulk(NamedTuple):
    """How somebody changes the policies of both services at once."""

    begin: Callable[[FormPage], FormPage]
    path: str
    button: str
    note: str


BULK = {
    "a policy is copied to them": Bulk(
        lambda page: page.fill(services="billing, checkout-api").press("Show what it overwrites"),
        "/console/services/search-api/policy/copy",
        "Copy to 2 services",
        f"copied from search-api; {VIOLATES}",
    ),
    "they use a shared policy": Bulk(
        lambda page: page.fill(services="billing, checkout-api").press("Show what it overwrites"),
        "/console/shared-policies/Orders/services",
        "Use it for 2 services",
        VIOLATES,
    ),
    "a Target is replaced in them": Bulk(
        lambda page: page,
        REPLACE,
        "Replace in 2 policies",
        "+33612345678 replaced by linus@example.com in all policies; "
        "saved although checks would not hold any more",
    ),
}


@pytest.mark.proof
@pytest.mark.parametrize("bulk", BULK.values(), ids=BULK)
def test_many_policies_are_verified_once_before_any_is_saved(
    installation: Installation, bulk: Bulk
) -> None:
    """Each check that would not hold any more; saved all the same, each history says so."""
    policies = SqlEscalationPolicies(installation.database)
    before = [policies.versioned(name) for name in SERVICES[:2]]
    preview = bulk.begin(opened(installation.client(), bulk.path))
    held_up = preview.press(bulk.button)
    assert held_up.response.status_code == 409
    assert HELD_UP in held_up.text
    assert f"✗ {BY_SMS[0]} billing: On " in held_up.text
    assert [policies.versioned(name) for name in SERVICES[:2]] == before
    assert "Change nothing" in held_up.text
    done = held_up.press("Save all the same")
    assert done.response.status_code == 200
    for name in SERVICES[:2]:
        [edit] = policies.history(name, 1)
        assert (edit.author, edit.note) == ("ada@example.com", bulk.note)


def test_the_parts_of_a_replacement_are_verified_once(installation: Installation) -> None:
    """Before the first one; the histories of the later ones say the same."""
    client = installation.client()
    fields = {"target": "+33612345678", "action": "replace", "by": "linus@example.com"}
    fields |= {"up_to": "99", "after": "billing", "found": "worse"}
    page = FormPage(client, client.submit("/console/policies/replace", **fields))
    assert "replaced in 1 policy" in page.text
    [edit] = SqlEscalationPolicies(installation.database).history("checkout-api", 1)
    assert edit.note == BULK["a Target is replaced in them"].note


def test_what_breaks_no_check_is_done_at_once(installation: Installation) -> None:
    """And its history says nothing of checks."""
    page = opened(installation.client(), REPLACE.replace("linus@example.com", "%2B33612345679"))
    assert "was replaced in 2 policies" in page.press("Replace in 2 policies").text
    [edit] = SqlEscalationPolicies(installation.database).history("billing", 1)
    assert edit.note == "+33612345678 replaced by +33612345679 in all policies"
