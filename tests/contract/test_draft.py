"""The draft of a policy: what people type, and what it becomes."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pager import EmailTarget, EscalationPolicy, Level, SmsTarget
from pager.adapters.http.console.draft import (
    MOST_LEVELS,
    MOST_TARGETS,
    Draft,
    LevelDraft,
    draft_of,
    fields_of,
    read_draft,
)
from pager.adapters.http.console.form import ForeignForm

ADA = EmailTarget(address="ada@example.com")
PHONE = SmsTarget(phone_number="+33612345678")

levels = st.builds(
    Level,
    targets=st.sampled_from([(ADA,), (PHONE,), (PHONE, ADA)]),
    acknowledgement_delay=st.timedeltas(timedelta(microseconds=1), timedelta(days=7)),
)
policies = st.builds(
    EscalationPolicy,
    service_id=st.just("checkout-api"),
    levels=st.lists(levels, min_size=1, max_size=4).map(tuple),
)


def one(*targets: str, delay: str = "15 min") -> Draft:
    """A draft with one Level."""
    return Draft((LevelDraft(targets, delay),))


def delay_of(text: str) -> timedelta | str:
    """What the text means beside the label Acknowledgement Delay, or what is said about it."""
    made = one("ada@example.com", delay=text).policy("checkout-api")
    if isinstance(made, EscalationPolicy):
        return made.levels[0].acknowledgement_delay
    return made["delay-1"]


@given(policies)
def test_a_policy_survives_the_editor(policy: EscalationPolicy) -> None:
    """Whatever its delays: to the microsecond, through the form and back."""
    draft = draft_of(policy)
    assert read_draft(fields_of(draft)) == draft
    assert draft.policy("checkout-api") == policy


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("15", 15),
        ("15 min", 15),
        ("15 Minutes", 15),
        ("1h30", 90),
        ("1 h 30 min", 90),
        ("1.5 hours", 90),
        ("1,5 h", 90),
        ("90 s", 1.5),
        ("2 days", 2880),
        ("PT90S", 1.5),
    ],
)
def test_a_delay_is_read_as_people_write_it(text: str, minutes: float) -> None:
    """A bare number is minutes."""
    assert delay_of(text) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "How long?"),
        ("soon", "How long?"),
        ("15:00", "How long?"),
        ("-5", "How long?"),
        ("1 fortnight", "How long?"),
        ("PT", "How long?"),
        ("1 h 1 h 1 h 1 h 1 h", "How long?"),
        ("0", "more than none"),
        ("8 days", "at most 7 days"),
        ("999999 days", "at most 7 days"),
        ("9" * 1000, "How long?"),
    ],
)
def test_a_delay_that_is_none_is_told_what_one_looks_like(text: str, sentence: str) -> None:
    """In words, and nothing is guessed."""
    assert sentence in str(delay_of(text))


def test_a_target_is_recognised_by_how_it_looks() -> None:
    """An e-mail address or a phone number, in one kind of field."""
    made = one("ada@example.com", "+33 6 12 34 56 78").policy("checkout-api")
    assert made == EscalationPolicy(
        service_id="checkout-api", levels=(Level(targets=(ADA, PHONE)),)
    )


def test_each_error_stands_beside_its_field() -> None:
    """In the words of the model, or in better ones; empty fields do not count."""
    draft = Draft(
        (
            LevelDraft(("", "ada", "0612345678"), "soon"),
            LevelDraft(("", ""), "15"),
            LevelDraft(("ada@example.com", "ADA@example.com"), "15"),
        )
    )
    found = draft.policy("checkout-api")
    assert isinstance(found, dict)
    assert list(found) == ["target-1-1", "target-1-2", "delay-1", "targets-2", "targets-3"]
    assert "@-sign" in found["target-1-1"]
    assert "its country's code" in found["target-1-2"]
    assert "How long?" in found["delay-1"]
    assert "notifies nobody" in found["targets-2"]
    assert "ada@example.com is on this Level twice" in found["targets-3"]


def test_the_buttons_change_the_draft() -> None:
    """And say what to look at next."""
    a, b = LevelDraft(("a",), "1"), LevelDraft(("b", "c"), "2")
    draft = Draft((a, b))
    assert draft.after("add-level") == (Draft((a, b, LevelDraft())), "target-3-1")
    assert draft.after("remove-level 2") == (Draft((a,)), "level-1")
    assert draft.after("up 2") == (Draft((b, a)), "level-1")
    assert draft.after("down 1") == (Draft((b, a)), "level-2")
    assert draft.after("add-target 1") == (
        Draft((LevelDraft(("a", ""), "1"), b)),
        "target-1-2",
    )
    assert draft.after("remove-target 2 1") == (Draft((a, LevelDraft(("c",), "2"))), "level-2")
    assert draft.after("remove-target 1 1") == (Draft((LevelDraft(("",), "1"), b)), "level-1")


@pytest.mark.parametrize(
    "button",
    [
        "",
        "destroy",
        "up",
        "up 1",
        "up 3",
        "up 0",
        "up -1",
        "up 1 1",
        "up ²",
        "up  2",
        "down 2",
        "remove-level 3",
        "remove-target 1 2",
        "remove-target 0 1",
        "add-target 3",
        "add-level 1",
        "up 99999999999999999999",
    ],
)
def test_a_button_that_is_not_on_the_page_does_nothing(button: str) -> None:
    """It is a form of somebody else's."""
    with pytest.raises(ForeignForm):
        Draft((LevelDraft(), LevelDraft())).after(button)


def test_the_last_level_stays() -> None:
    """A policy has one at least."""
    with pytest.raises(ForeignForm):
        Draft().after("remove-level 1")


def test_a_draft_is_bounded() -> None:
    """In Levels, and in Targets on all of them."""
    tall = Draft((LevelDraft(),) * MOST_LEVELS)
    wide = one(*[""] * MOST_TARGETS)
    for full, button in ((tall, "add-level"), (wide, "add-level"), (wide, "add-target 1")):
        with pytest.raises(ForeignForm):
            full.after(button)
    for larger in (Draft((LevelDraft(),) * (MOST_LEVELS + 1)), one(*[""] * (MOST_TARGETS + 1))):
        with pytest.raises(ForeignForm):
            read_draft(fields_of(larger))


@pytest.mark.parametrize(
    "fields",
    [[], [("target", "a")], [("delay", "15")], [("target", "a"), ("delay", "15"), ("target", "b")]],
)
def test_fields_that_no_page_has_are_no_draft(fields: list[tuple[str, str]]) -> None:
    """Each Level has a Target, then its delay."""
    with pytest.raises(ForeignForm):
        read_draft(fields)


def test_spaces_around_what_was_typed_do_not_count() -> None:
    """They come with what was copied."""
    fields = [("target", " ada@example.com\t"), ("target", "  "), ("delay", " 15 ")]
    assert read_draft(fields) == one("ada@example.com", "", delay="15")
