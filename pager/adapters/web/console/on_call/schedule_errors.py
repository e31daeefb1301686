"""What is wrong with the draft of a schedule, at the fields of its page."""

from pydantic import ValidationError

from pager.oncall.schedules import MOST_PARTICIPANTS

SENTENCES = {
    "string_too_short": "Give it a name.",
    "string_pattern_mismatch": "A name has no slash, and no space at its beginning or end.",
    "string_too_long": "That is too long.",
    "too_short": "Name somebody: one name on each line.",
    "too_long": f"That are too many: at most {MOST_PARTICIPANTS}.",
    "datetime_from_date_parsing": "Say when: a date and a time.",
    "datetime_parsing": "Say when: a date and a time.",
    "datetime_type": "Say when: a date and a time.",
    "timezone_naive": "Say when: a date and a time, without an offset.",
    "greater_than_equal": "A shift lasts one hour at least.",
    "less_than_equal": "A shift lasts 366 days at most.",
    "time_delta_type": "How many hours, days or weeks? Write a number, such as 1.",
    "iso_duration": "How many hours, days or weeks? Write a number, such as 1.",
}
"""What the page says instead of the model's own message, by the type of the error."""

Errors = dict[str, list[str]]
"""What is wrong, by the id of the field that has it, from top to bottom."""

_FIELDS = {"shift_length": "every", "participants": "add", "restrictions": "own"}
"""The field of the page for a field of a rotation, where it has another name."""


def add_errors(errors: Errors, error: ValidationError) -> None:
    """Add what the model says to what is wrong already."""
    for wrong in error.errors(include_url=False, include_context=False, include_input=False):
        # Where a rotation is wrong, its layer is said to have none.
        if errors and wrong["loc"][-1:] == ("rotations",):
            continue
        sentence = SENTENCES.get(wrong["type"], wrong["msg"])
        errors.setdefault(_field_of(wrong["loc"]), []).append(sentence)


def _field_of(location: tuple[int | str, ...]) -> str:
    """The id of the field for that part of a schedule."""
    match location:
        case ("layers", int(layer), "rotations", int(place), str(field), *_):
            return f"{_FIELDS.get(field, field)}-{layer + 1}-{place + 1}"
        case ("layers", int(layer), "rotations", int(place)):
            return f"ends-{layer + 1}-{place + 1}"
        case ("time_zone", *_):
            return "time-zone"
        case _:
            return "layers"
