"""How somebody is reached, of what another pager knew of it.

Pager sends e-mail and SMS. A number that was called gets an SMS, because nearly every such number
is a mobile phone's; one that is a landline's by the numbering plan of its country is left out.
Notes say each.
"""

from datetime import timedelta
from typing import Literal, NamedTuple

import phonenumbers
from pydantic import TypeAdapter, ValidationError

from pager.adapters.imports.fields import Fields
from pager.adapters.imports.notes import Notes
from pager.durations import in_words
from pager.model import EmailTarget, SmsTarget, Target
from pager.oncall.people import LONGEST_WAIT, MOST_METHODS, ContactMethod

Way = Literal["email", "sms", "voice"]

_TARGET: TypeAdapter[EmailTarget | SmsTarget] = TypeAdapter(Target)


class Contact(NamedTuple):
    """An address or a number, as it was used before."""

    way: Way
    to: str
    after: timedelta = timedelta(0)
    """How long it was waited before."""


def methods_of(contacts: list[Contact], place: str, notes: Notes) -> tuple[ContactMethod, ...]:
    """The contact methods of a person: each address and number once, with its shortest wait."""
    methods: dict[str, ContactMethod] = {}
    # A number that has SMS anyway needs none in the place of its calls.
    for contact in sorted(contacts, key=lambda one: (one.way == "voice", one.after)):
        target = _target(contact, place, notes)
        if target is None or not _takes_pages(contact, target, methods, place, notes):
            continue
        known = methods.get(target.key)
        if known is None or contact.after < known.after:
            methods[target.key] = ContactMethod(target=target, after=contact.after)
        elif contact.way != "voice" and contact.after > known.after:
            again = in_words(contact.after)
            notes.add(place, f"{target.key} was told again after {again}: it is told once here")
    kept = sorted(methods.values(), key=lambda method: method.after)
    for method in kept[MOST_METHODS:]:
        why = f"{MOST_METHODS} contact methods are the most"
        notes.add(place, f"{method.target.key} is left out: {why}", serious=True)
    _note_first_wait(kept, place, notes)
    return tuple(kept[:MOST_METHODS])


def address_alone(user: Fields, why: str, address: str) -> list[Contact]:
    """The address of a user of whom nothing else is told; notes say so, and `why`."""
    if not address:
        user.note(f"{why}, and no address is: nothing reaches them", serious=True)
        return []
    user.note(f"{why}: {address} is told")
    return [Contact("email", address)]


def dialled(number: str) -> str:
    """A number as it is dialled from anywhere: with a plus sign before the country's code."""
    number = number.strip()
    return number if number.startswith("+") else f"+{number.removeprefix('00')}"


def _target(contact: Contact, place: str, notes: Notes) -> EmailTarget | SmsTarget | None:
    target: dict[str, str] = (
        {"type": "email", "address": contact.to.strip()}
        if contact.way == "email"
        else {"type": "sms", "phone_number": dialled(contact.to)}
    )
    try:
        return _TARGET.validate_python(target)
    except ValidationError as error:
        reason = error.errors()[0]["msg"]
        notes.add(place, f"{contact.to or 'an empty one'} is left out: {reason}", serious=True)
        return None


def _takes_pages(
    contact: Contact,
    target: EmailTarget | SmsTarget,
    methods: dict[str, ContactMethod],
    place: str,
    notes: Notes,
) -> bool:
    """Whether Pager can use it; notes say what is not as it was."""
    if contact.after > LONGEST_WAIT:
        wait, longest = in_words(contact.after), in_words(LONGEST_WAIT)
        why = f"it waited {wait}, and {longest} is the longest"
        notes.add(place, f"{target.key} is left out: {why}", serious=True)
        return False
    if contact.way != "voice":
        return True
    if target.key in methods:
        notes.add(place, f"{target.key} is not called any more: it has SMS")
    elif _is_landline(target.key):
        why = "it was called, is a landline and takes no SMS"
        notes.add(place, f"{target.key} is left out: {why}", serious=True)
        return False
    else:
        what = "was called and gets an SMS instead: see that it takes SMS"
        notes.add(place, f"{target.key} {what}", serious=True)
    return True


def _is_landline(number: str) -> bool:
    kind = phonenumbers.number_type(phonenumbers.parse(number))
    return kind == phonenumbers.PhoneNumberType.FIXED_LINE


def _note_first_wait(methods: list[ContactMethod], place: str, notes: Notes) -> None:
    if methods and methods[0].after:
        wait = in_words(methods[0].after)
        notes.add(place, f"{methods[0].target.key} is told at once: it waited {wait} before")
