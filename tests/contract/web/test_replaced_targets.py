"""One Target in the place of another, in one policy."""

from pager import EmailTarget, EscalationPolicy, Level, SmsTarget, Target
from pager.adapters.store.core.codecs import POLICIES
from pager.adapters.store.views.target_uses import TargetUse
from pager.adapters.web.console.replaced_targets import LeftAlone, Replaced, replaced_in

ADA, GRACE = EmailTarget(address="Ada@example.com"), EmailTarget(address="grace@example.com")
PHONE = SmsTarget(phone_number="+33612345678")
KEY = "ada@example.com"


def policy(*levels: tuple[Target, ...]) -> EscalationPolicy:
    """A policy with these Levels."""
    return EscalationPolicy(
        service_id="checkout-api", levels=tuple(Level(targets=targets) for targets in levels)
    )


def replaced(before: EscalationPolicy | None, new: Target | None) -> Replaced:
    """What becomes of the policy when Ada is replaced."""
    return replaced_in(TargetUse("checkout-api", 7, before), KEY, new)


def test_a_target_is_replaced_at_its_place_on_every_level() -> None:
    """By one of the same kind or of another; the others stay."""
    before = policy((PHONE, ADA), (GRACE,), (ADA,))
    eve = EmailTarget(address="eve@example.com")
    assert replaced(before, eve) == Replaced(policy((PHONE, eve), (GRACE,), (eve,)), (1, 3))
    assert replaced(policy((ADA, GRACE)), PHONE).policy == policy((PHONE, GRACE))


def test_a_level_that_has_the_new_target_names_it_once() -> None:
    """No Level may have a Target twice."""
    before = policy((ADA, GRACE), (ADA,))
    assert replaced(before, GRACE) == Replaced(policy((GRACE,), (GRACE,)), (1, 2), (1,))


def test_a_target_is_removed_where_somebody_is_left() -> None:
    """A policy with a Level that would notify nobody is left alone as a whole."""
    assert replaced(policy((ADA, GRACE)), None) == Replaced(policy((GRACE,)), (1,))
    assert replaced(policy((ADA, GRACE), (ADA,)), None) == Replaced(
        None, (1, 2), (), (2,), LeftAlone.EMPTY_LEVEL
    )


def test_a_policy_that_cannot_be_read_is_left_alone() -> None:
    """A newer version has written it."""
    assert replaced(None, GRACE) == Replaced(None, left_alone=LeftAlone.UNREADABLE)


def test_what_a_newer_version_knows_of_a_policy_stays() -> None:
    """Of the policy, of its Levels, and of the Targets that are not replaced."""
    text = policy((ADA, PHONE)).model_dump_json()
    text = text.replace('{"targets"', '{"repeat":2,"targets"').replace(
        '"phone_number"', '"voice":true,"phone_number"'
    )
    after = replaced(POLICIES.decode(text, "checkout-api"), GRACE).policy
    assert after is not None
    encoded = POLICIES.encode(after)
    assert '"repeat":2' in encoded
    assert '"voice":true' in encoded
    assert "grace@example.com" in encoded
