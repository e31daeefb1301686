"""The draft of a schedule: what is typed becomes a schedule, or what is wrong with it is said."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from pager.adapters.web.console.form import InvalidForm
from pager.adapters.web.console.on_call.hours import (
    PRESETS,
    BadHours,
    all_hours_in_words,
    choice_of,
    hours_in_words,
    read_hours,
)
from pager.adapters.web.console.on_call.schedule_draft import (
    LARGEST_DRAFT,
    RotationDraft,
    ScheduleDraft,
    schedule_draft_of,
)
from pager.adapters.web.console.on_call.schedule_form import TooLarge, read_schedule_draft
from pager.adapters.web.console.on_call.schedule_words import schedule_differences
from pager.oncall.schedules import WEEKDAYS, Hours, Override, Restriction, Schedule, WeekSpan

STARTS = "2027-01-18T09:00"
WEEKLY = RotationDraft(name="Weeks", participants=("Ada", "Grace"), starts=STARTS)
TIMES = some.times().map(lambda at: at.replace(second=0, microsecond=0))
DAYS = some.sampled_from(WEEKDAYS)
RESTRICTIONS = some.one_of(
    some.builds(
        lambda days, starts, ends: Hours(
            weekdays=tuple(day for day in WEEKDAYS if day in days), starts=starts, ends=ends
        ),
        some.frozensets(DAYS, min_size=1),
        TIMES,
        TIMES,
    ),
    some.builds(WeekSpan, from_weekday=DAYS, starts=TIMES, until_weekday=DAYS, ends=TIMES),
)


def draft(*rotations: RotationDraft) -> ScheduleDraft:
    """The draft of a schedule with one layer."""
    return ScheduleDraft("Europe/Paris", (rotations,))


def valid(typed: ScheduleDraft, base: Schedule | None = None) -> Schedule:
    """The schedule that it is."""
    schedule = typed.schedule("Database", base)
    assert isinstance(schedule, Schedule), schedule
    return schedule


def fields_of(typed: ScheduleDraft) -> list[tuple[str, str]]:
    """The fields of its page, as a browser sends them."""
    fields = [("csrf", "c"), ("version", "0"), ("time_zone", typed.time_zone)]
    for layer in typed.layers:
        fields.append(("layer", ""))
        for one in layer:
            fields += [("rotation", one.name), ("was", one.was)]
            fields += [("participant", name) for name in one.participants]
            others = ("add", "every", "unit", "starts", "ends", "when", "own")
            fields += [(name, getattr(one, name)) for name in others]
    return [*fields, ("do", "save")]


@given(RESTRICTIONS)
def test_hours_are_read_as_they_are_written(restriction: Restriction) -> None:
    """Every restriction that there can be."""
    assert read_hours(hours_in_words(restriction)) == restriction


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("monday - friday 9:00 \N{EN DASH} 17:00", "Mon-Fri 09:00-17:00"),
        ("Sat, Sun 00:00-00:00", "Sat, Sun 00:00-00:00"),
        ("fri-mon 22:00 to 06:00", "Mon, Fri, Sat, Sun 22:00-06:00"),
        ("daily 17:00-09:00", "Every day 17:00-09:00"),
        ("Fri 18:00 until Mon 09:00", "Fri 18:00 to Mon 09:00"),
    ],
)
def test_hours_may_be_written_in_many_ways(text: str, words: str) -> None:
    """They are shown in one."""
    assert hours_in_words(read_hours(text)) == words


@pytest.mark.parametrize("text", ["", "09:00-17:00", "Mon 25:00-26:00", "Someday 09:00-17:00"])
def test_other_hours_are_refused_with_an_example(text: str) -> None:
    """No hour is guessed."""
    with pytest.raises(BadHours, match="Mon-Fri 09:00-17:00"):
        read_hours(text)


def test_a_preset_is_known_again() -> None:
    """Any other hours are own ones."""
    assert [choice_of(hours) for hours in PRESETS.values()] == list(PRESETS)
    assert choice_of((read_hours("Tue 09:00-17:00"),)) == "own"
    assert all_hours_in_words(()) == "always"


def test_a_draft_becomes_a_schedule_and_back() -> None:
    """Through the fields of its page, and with the names that were added."""
    night = RotationDraft(
        name="Nights", add="Linus\n\n Edsger,\n", every="12", unit="hours", starts=STARTS,
        ends="2027-06-01T00:00", when="own", own="Mon-Fri 22:00-06:00\nFri 18:00 to Mon 09:00",
    )  # fmt: skip
    typed = read_schedule_draft(fields_of(draft(WEEKLY, night))).tidy
    schedule = valid(typed)
    first, second = schedule.rotations
    assert first.shift_length == timedelta(weeks=1)
    assert second.shift_length == timedelta(hours=12)
    assert second.participants == ("Linus", "Edsger")
    assert len(second.restrictions) == 2
    again = schedule_draft_of(schedule)
    assert valid(read_schedule_draft(fields_of(again)), schedule) == schedule
    assert [one.was for one in again.layers[0]] == ["Weeks", "Nights"]


def test_what_is_wrong_is_said_at_its_field() -> None:
    """Everything at once."""
    wrong = RotationDraft(name="a/b", every="two", starts="soon", when="own", own="at night")
    errors = ScheduleDraft("Paris", ((WEEKLY, wrong),)).schedule("Database", None)
    assert isinstance(errors, dict)
    assert errors.keys() == {
        "time-zone", "name-1-2", "add-1-2", "starts-1-2", "every-1-2", "own-1-2",
    }  # fmt: skip
    assert "Mon-Fri 09:00-17:00" in errors["own-1-2"][0]
    twice = draft(WEEKLY, WEEKLY).schedule("Database", None)
    assert twice == {"layers": ["Two rotations are called Weeks: give one another name."]}
    early = draft(WEEKLY._replace(ends="2027-01-01T00:00")).schedule("Database", None)
    assert isinstance(early, dict)
    assert early.keys() == {"ends-1-1"}


@pytest.mark.parametrize("every", ["0", "99999999", "-1", "1.5"])
def test_a_shift_has_a_length_that_makes_sense(every: str) -> None:
    """Any other number is wrong, and overflows nothing."""
    errors = draft(WEEKLY._replace(every=every)).schedule("Database", None)
    assert isinstance(errors, dict)
    assert errors.keys() == {"every-1-1"}


def test_overrides_stay_with_their_rotation() -> None:
    """They follow it to its new name, and are gone with it."""
    now = datetime(2027, 1, 20, tzinfo=UTC)
    both = [
        Override(person="Linus", starts_at=now, ends_at=now + timedelta(hours=1), rotation=rotation)
        for rotation in (None, "Weeks")
    ]
    schedule = valid(draft(WEEKLY)).model_copy(update={"overrides": tuple(both)})
    typed = schedule_draft_of(schedule)
    renamed = draft(typed.layers[0][0]._replace(name="Primary"))
    assert [one.rotation for one in valid(renamed, schedule).overrides] == [None, "Primary"]
    assert [one.rotation for one in valid(draft(WEEKLY), schedule).overrides] == [None]


def test_buttons_change_the_draft() -> None:
    """Each says where one goes on."""
    typed = draft(WEEKLY)
    for button, focus in (
        ("add-rotation 1", "name-1-2"),
        ("add-layer", "name-2-1"),
        ("layer-up 2", "layer-1"),
        ("up 2 1 2", "people-2-1"),
        ("leave 2 1 2", "people-2-1"),
        ("remove 1 1", "layers"),
    ):
        typed, focused = typed.after(button, STARTS)
        assert focused == focus
    assert typed.layers == (
        (WEEKLY._replace(participants=("Grace",)), RotationDraft(starts=STARTS)),
    )


@pytest.mark.parametrize(
    "button", ["", "up 1 1 1", "up 1 1 9", "jump 1 1 1", "layer-up 1", "remove 2 1", "remove x 1"]
)
def test_a_button_that_the_page_does_not_have_changes_nothing(button: str) -> None:
    """Whoever sends it has another form."""
    with pytest.raises(InvalidForm):
        draft(WEEKLY).after(button, STARTS)


@pytest.mark.parametrize(
    "field", [("participant", "Ada"), ("rotation", "Weeks"), ("colour", "red"), ("unit", "years")]
)
def test_a_field_that_the_page_does_not_have_is_refused(field: tuple[str, str]) -> None:
    """What was typed in it would be lost."""
    before = [("layer", ""), ("rotation", "Weeks")] if field[0] in {"colour", "unit"} else []
    with pytest.raises(InvalidForm):
        read_schedule_draft([*before, field])


def test_a_draft_that_no_page_can_hold_is_refused() -> None:
    """The API takes it."""
    with pytest.raises(TooLarge):
        read_schedule_draft(fields_of(draft(WEEKLY._replace(add="a\n" * LARGEST_DRAFT))))


def test_an_edit_is_told_in_words() -> None:
    """A sentence for each thing that it changed."""
    before = valid(draft(WEEKLY, WEEKLY._replace(name="Old")))
    start = datetime(2027, 1, 20, 17, tzinfo=UTC)
    override = Override(person="Linus", starts_at=start, ends_at=start + timedelta(hours=16))
    new = WEEKLY._replace(name="Nights", when="nights", every="2", unit="days")
    changed = WEEKLY._replace(participants=("Grace", "Linus"), unit="days")
    after = valid(ScheduleDraft("UTC", ((new,), (changed,))))
    after = after.model_copy(update={"overrides": (override,)})
    assert schedule_differences(before, after) == [
        "Its time zone is UTC instead of Europe/Paris.",
        "The rotation Old was removed: Ada, Grace.",
        "The rotation Nights is new: Ada, Grace, every 2 days from Mon 18 Jan 2027, 09:00, Every "
        "day 17:00-09:00.",
        "Weeks: in layer 2 instead of layer 1.",
        "Weeks: added Linus.",
        "Weeks: removed Ada.",
        "Weeks: every day from Mon 18 Jan 2027, 09:00 instead of every week from Mon 18 Jan 2027, "
        "09:00.",
        "Override: Linus from Wed 20 Jan 2027, 17:00 to Thu 21 Jan 2027, 09:00.",
    ]
    assert schedule_differences(None, before)[0] == "A new schedule, in Europe/Paris."
    other = valid(draft(WEEKLY._replace(participants=("Grace", "Ada"))))
    assert schedule_differences(valid(draft(WEEKLY)), other) == ["Weeks: the order is Grace, Ada."]
    assert schedule_differences(after, after.model_copy(update={"overrides": ()})) == [
        "Override taken back: Linus from Wed 20 Jan 2027, 17:00 to Thu 21 Jan 2027, 09:00."
    ]
    assert schedule_differences(after, after) == []
