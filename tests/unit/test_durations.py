"""Durations, as programs write them and as people type and read them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from pager.durations import (
    BadDuration,
    IsoDuration,
    in_iso,
    in_words,
    parse_duration,
    whole_minutes,
    whole_seconds,
)

MINUTE = timedelta(minutes=1)
ISO: TypeAdapter[timedelta] = TypeAdapter(IsoDuration)


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("20", 20 * MINUTE),
        ("20 min", 20 * MINUTE),
        ("20m", 20 * MINUTE),
        ("1.5 min", timedelta(seconds=90)),
        ("1,5 min", timedelta(seconds=90)),
        ("45 s", timedelta(seconds=45)),
        ("1 h 30 min", 90 * MINUTE),
        ("1h30", 90 * MINUTE),
        ("2 days", timedelta(days=2)),
        (" 1 Hour ", timedelta(hours=1)),
        ("PT20M", 20 * MINUTE),
        ("P1DT2H", timedelta(days=1, hours=2)),
    ],
)
def test_a_duration_is_read_as_people_type_it(text: str, duration: timedelta) -> None:
    """A number alone is minutes, and ISO 8601 is understood too."""
    assert parse_duration(text) == duration


@pytest.mark.parametrize(
    "text", ["", "soon", "min", "20 parsecs", "15:00", "-5 min", "1 h 2 h 3 h 4 h 5 h", "1e3", "P"]
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    """With a sentence that has two examples of one."""
    with pytest.raises(BadDuration, match="is no duration such as 20 min or PT20M"):
        parse_duration(text)


@pytest.mark.parametrize("value", ["15:00", "900", "15 min", 900, 900.0, None])
def test_programs_write_iso_8601_and_nothing_else(value: object) -> None:
    """Pydantic alone would read 15:00 as fifteen hours, and a number as seconds."""
    with pytest.raises(ValidationError, match="An ISO 8601 duration is expected, such as PT15M"):
        ISO.validate_python(value)


@given(st.timedeltas())
def test_iso_8601_says_a_duration_to_the_microsecond(duration: timedelta) -> None:
    """What was written is read back."""
    assert ISO.validate_python(in_iso(duration).removeprefix("-")) == abs(duration)


@pytest.mark.parametrize(
    ("duration", "words"),
    [
        (timedelta(0), "0 min"),
        (timedelta(seconds=1), "1 s"),
        (90 * MINUTE, "1 h 30 min"),
        (timedelta(days=7, seconds=59), "7 d 59 s"),
        (timedelta(microseconds=1), "0 min"),
    ],
)
def test_a_duration_is_said_in_the_units_that_it_has(duration: timedelta, words: str) -> None:
    """Whole seconds at the least."""
    assert in_words(duration) == words


@given(st.integers(0, 10_000_000).map(lambda seconds: timedelta(seconds=seconds)))
def test_words_are_read_back_as_the_duration(duration: timedelta) -> None:
    """An editor shows words, and takes them again."""
    assert parse_duration(in_words(duration)) == duration


def test_a_duration_is_cut_to_whole_seconds_and_minutes() -> None:
    """The part of the last one is left out."""
    duration = timedelta(hours=1, minutes=2, seconds=3, milliseconds=999)
    assert whole_seconds(duration) == timedelta(hours=1, minutes=2, seconds=3)
    assert whole_minutes(duration) == timedelta(hours=1, minutes=2)
