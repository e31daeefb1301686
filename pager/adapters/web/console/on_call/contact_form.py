"""The form of how somebody wants to be reached: a line for each address or number, with a delay."""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from pager.adapters.web.console.form import Form, InvalidForm
from pager.adapters.web.console.text import address_of
from pager.adapters.web.console.typed_targets import LONGEST_TARGET, target_of
from pager.adapters.web.parsing import number_in
from pager.durations import in_words
from pager.oncall.people import LONGEST_WAIT, MOST_METHODS, ContactMethod, Person

SPARE_LINES = 2
"""Empty lines, for more."""

WAITS = (0, 1, 2, 3, 5, 10, 15, 20, 30, 45, 60)
"""Minutes that can be chosen."""

NOT_AN_ADDRESS = "This is no e-mail address and no phone number with + and its country in front."
TWICE = "This is there twice: name it once."


class Line(NamedTuple):
    """A line of the form."""

    text: str = ""
    """As it was typed."""
    seconds: int = 0
    """How long after the Level was notified."""
    error: str = ""

    @property
    def waits(self) -> list[tuple[int, str]]:
        """What can be chosen, in seconds and in words; what is chosen is among them."""
        seconds = {60 * minutes for minutes in WAITS} | {self.seconds}
        return [(each, wait_in_words(timedelta(seconds=each))) for each in sorted(seconds)]


def wait_in_words(after: timedelta) -> str:
    """When a contact method is used."""
    return f"after {in_words(after)}" if after else "at once"


def lines_of(person: Person) -> list[Line]:
    """The form before somebody types."""
    lines = [
        Line(address_of(method.target), int(method.after.total_seconds()))
        for method in person.contact_methods
    ]
    return with_spare_lines(lines)


def with_spare_lines(lines: Sequence[Line]) -> list[Line]:
    """These lines, and empty ones as far as there is room."""
    return [*lines, *[Line()] * SPARE_LINES][: max(MOST_METHODS, len(lines))]


def read_lines(form: Form, person: Person) -> list[Line]:
    """What was typed, without empty lines, each with what is wrong with it. Raises InvalidForm."""
    texts = [value for name, value in form.fields if name == "target"]
    waits = [value for name, value in form.fields if name == "after"]
    if len(texts) != len(waits) or len(texts) > MOST_METHODS:
        raise InvalidForm
    lines: list[Line] = []
    seen: set[str] = set()
    for typed, wait in zip(texts, waits, strict=True):
        text, seconds = typed.strip()[:LONGEST_TARGET], number_in(wait)
        if seconds is None or seconds > LONGEST_WAIT.total_seconds():
            raise InvalidForm
        if text:
            method = _method(text, person)
            error = NOT_AN_ADDRESS if method is None else ""
            if method is not None:
                error = TWICE if method.target.key in seen else ""
                seen.add(method.target.key)
            lines.append(Line(text, seconds, error))
    return lines


def methods_in(lines: Sequence[Line], person: Person) -> tuple[ContactMethod, ...]:
    """The contact methods of lines without an error, the first to be used first."""
    methods = (
        method.model_copy(update={"after": timedelta(seconds=line.seconds)})
        for line in lines
        if (method := _method(line.text, person)) is not None
    )
    return tuple(sorted(methods, key=lambda method: method.after))


def _method(text: str, person: Person) -> ContactMethod | None:
    """The method that is meant; None where it is none.

    One that the person has stays as it is, with what only a newer version knows of it: it was
    accepted once.
    """
    for method in person.contact_methods:
        if address_of(method.target) == text:
            return method
    target = target_of(text)
    return None if target is None else ContactMethod(target=target)
