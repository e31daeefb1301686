"""Which contact methods are verified: the mark is on an address, and an edit cannot give it."""

from datetime import timedelta

import pytest

from pager.model import EmailTarget, SmsTarget
from pager.oncall.people import ContactMethod, Person
from pager.oncall.verification import NotReachedThere, method_of, verified, with_marks_of

MAIL = ContactMethod(target=EmailTarget(address="Ada@example.com"))
PHONE = ContactMethod(target=SmsTarget(phone_number="+33612345678"), after=timedelta(minutes=5))
ADA = Person(name="Ada Lovelace", contact_methods=(MAIL, PHONE), account="ada@example.com")


def marks(person: Person) -> dict[str, bool]:
    """Of each method whether it is verified."""
    return {method.target.key: method.verified for method in person.contact_methods}


def test_the_method_whose_code_came_back_is_verified() -> None:
    """No other one, and nothing else of the person changes."""
    once = verified(ADA, "ada@example.com")
    assert marks(once) == {"ada@example.com": True, "+33612345678": False}
    assert with_marks_of(None, once) == ADA
    assert marks(verified(once, "+33612345678")) == {"ada@example.com": True, "+33612345678": True}


def test_what_was_changed_meanwhile_is_not_verified() -> None:
    """The code proves an address that the person does not have any more."""
    with pytest.raises(NotReachedThere, match=r"Ada Lovelace is not reached at old@example\.com"):
        verified(ADA, "old@example.com")


def test_a_method_is_found_by_its_target() -> None:
    """By the key, which knows no case."""
    assert method_of(ADA, "ada@example.com") == MAIL


def test_an_edit_keeps_the_mark_of_an_address_that_stays() -> None:
    """However its delay, its place and the case of its letters change."""
    moved = ContactMethod(target=EmailTarget(address="ada@EXAMPLE.com"), after=timedelta(minutes=1))
    edited = ADA.model_copy(update={"contact_methods": (PHONE, moved)})
    before = verified(ADA, "ada@example.com")
    assert marks(with_marks_of(before, edited)) == {"+33612345678": False, "ada@example.com": True}


def test_an_edit_drops_the_mark_with_the_address() -> None:
    """Another address is nobody's yet, and one that comes back has to be verified again."""
    before = verified(ADA, "ada@example.com")
    other = ContactMethod(target=EmailTarget(address="other@example.com"))
    edited = with_marks_of(before, ADA.model_copy(update={"contact_methods": (other,)}))
    assert marks(edited) == {"other@example.com": False}
    assert not marks(with_marks_of(edited, ADA))["ada@example.com"]


def test_an_edit_cannot_give_a_mark() -> None:
    """Whatever it says itself: only the code can."""
    claimed = ADA.model_copy(
        update={"contact_methods": (MAIL.model_copy(update={"verified": True}),)}
    )
    assert marks(with_marks_of(ADA, claimed)) == {"ada@example.com": False}
    assert marks(with_marks_of(None, claimed)) == {"ada@example.com": False}
