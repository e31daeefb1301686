"""The draft of a policy: what people type, and the policy or the errors that it becomes."""

from datetime import timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pager import EmailTarget, EscalationPolicy, Level, SmsTarget
from pager.adapters.web.console.draft import (
    LARGEST_DRAFT,
    Draft,
    Errors,
    LevelDraft,
    draft_of,
)
from pager.adapters.web.console.draft_form import TooLarge, fields_of, read_draft
from pager.adapters.web.console.form import InvalidForm
from pager.model import Target

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
    repeat=st.integers(0, 20),
    acknowledgement_expiry=st.none() | st.timedeltas(timedelta(microseconds=1), timedelta(days=7)),
)


def draft_with(*targets: str, delay: str = "15 min") -> Draft:
    """A draft with one Level."""
    return Draft((LevelDraft("\n".join(targets), delay),))


NO_RULES = (("repeat", ""), ("expiry", ""))


def read(*fields: tuple[str, str]) -> Draft:
    """The draft in these fields of a form."""
    return read_draft(fields)


def delay_of(text: str) -> timedelta | str:
    """The Acknowledgement Delay that the text means, or the error about it."""
    policy = draft_with("ada@example.com", delay=text).policy("checkout-api")
    if isinstance(policy, EscalationPolicy):
        return policy.levels[0].acknowledgement_delay
    [error] = policy["delay-1"]
    return error


@given(policies)
def test_a_policy_survives_the_editor(policy: EscalationPolicy) -> None:
    """With its delays to the microsecond, through the form and back."""
    draft = draft_of(policy)
    assert read(*fields_of(draft)) == draft.tidy() == draft
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
def test_the_error_of_a_wrong_delay_says_what_a_good_one_looks_like(
    text: str, sentence: str
) -> None:
    """And nothing is guessed."""
    assert sentence in str(delay_of(text))


def test_every_kind_of_target_survives_the_editor() -> None:
    """A new kind is not saved as another one: here it is missing first."""
    targets = (EmailTarget(address="ada@example.com"), SmsTarget(phone_number="+33612345678"))
    assert {type(target) for target in targets} == set(get_args(get_args(Target)[0]))
    policy = EscalationPolicy(service_id="checkout-api", levels=(Level(targets=targets),))
    assert draft_of(policy).policy("checkout-api") == policy


def test_the_type_of_a_target_is_recognised() -> None:
    """An e-mail address or a phone number, in the same field."""
    policy = draft_with("ada@example.com", "+33 6 12 34 56 78").policy("checkout-api")
    assert policy == EscalationPolicy(
        service_id="checkout-api", levels=(Level(targets=(ADA, PHONE)),)
    )


@pytest.mark.parametrize(
    "typed",
    [
        "ada@example.com\n+33612345678",
        "\n\n  ada@example.com\t\n\n+33 6 12 34 56 78\n",
        "ada@example.com, +33612345678",
        "ada@example.com;+33612345678;",
        "ada@example.com\t+33612345678",
    ],
)
def test_targets_may_be_separated_as_in_pasted_lists(typed: str) -> None:
    """By line breaks, tabs, commas or semicolons; spaces and empty lines do not count."""
    draft = draft_with(typed)
    assert draft.policy("checkout-api") == draft_with("ada@example.com", "+33612345678").policy(
        "checkout-api"
    )
    assert draft.tidy().levels[0].target_texts() == draft.levels[0].target_texts()
    assert draft.tidy().levels[0].targets.count("\n") == 1


def test_each_error_stands_beside_its_field() -> None:
    """With the Target that it is about, and a message of the model or a better one."""
    draft = Draft(
        (
            LevelDraft("\nada\n0612345678", "soon"),
            LevelDraft(" \n", "15"),
            LevelDraft("ada@example.com\nADA@example.com", "15"),
        )
    )
    errors = draft.policy("checkout-api")
    assert isinstance(errors, dict)
    assert list(errors) == ["targets-1", "delay-1", "targets-2", "targets-3"]
    address, number = errors["targets-1"]
    assert address.startswith("“ada”: An email address must have an @-sign")
    assert number.startswith("“0612345678”: This is not a phone number")
    assert "its country's code" in number
    assert "How long?" in errors["delay-1"][0]
    assert errors["targets-2"] == [
        "This Level notifies nobody: name an e-mail address or a phone number."
    ]
    assert "ada@example.com is on this Level twice" in errors["targets-3"][0]


def test_a_level_has_at_most_a_thousand_targets() -> None:
    """As many as in a policy of the API."""
    many = [f"{n}@example.com" for n in range(1_001)]
    assert draft_with(*many).policy("checkout-api") == {
        "targets-1": ["A Level has at most 1,000 Targets."]
    }
    assert isinstance(draft_with(*many[1:]).policy("checkout-api"), EscalationPolicy)


def test_each_of_thousands_of_errors_is_listed() -> None:
    """The largest form has room for so many."""
    draft = draft_with(*["a"] * 15_000)
    assert draft.fits
    errors = draft.policy("checkout-api")
    assert isinstance(errors, dict)
    assert len(errors["targets-1"]) == 15_000


def test_the_buttons_change_the_draft() -> None:
    """And give the id of the element to focus."""
    a, b = LevelDraft("a", "1"), LevelDraft("b\nc", "2")
    draft = Draft((a, b))
    assert draft.after("add-level") == (Draft((a, b, LevelDraft())), "targets-3")
    assert draft.after("remove-level 2") == (Draft((a,)), "level-1")
    assert draft.after("up 2") == (Draft((b, a)), "level-1")
    assert draft.after("down 1") == (Draft((b, a)), "level-2")


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
        "remove-level 0",
        "remove-level 1 1",
        "add-level 1",
        "up 99999999999999999999",
    ],
)
def test_a_button_that_is_not_on_the_page_does_nothing(button: str) -> None:
    """InvalidForm: no page of ours has that button."""
    with pytest.raises(InvalidForm):
        Draft((LevelDraft(), LevelDraft())).after(button)


def test_the_last_level_stays() -> None:
    """A policy has at least one Level."""
    with pytest.raises(InvalidForm):
        Draft().after("remove-level 1")


def test_a_draft_is_bounded() -> None:
    """By the bytes on a page of its Levels and of what is typed in them."""
    tall = Draft((LevelDraft(),) * (LARGEST_DRAFT // LevelDraft().size))
    wide = draft_with("a" * (LARGEST_DRAFT - 1_200))
    for full in (tall, wide):
        with pytest.raises(InvalidForm):
            full.after("add-level")
    assert read(*fields_of(wide)) == wide
    for larger in ("a" * LARGEST_DRAFT, "&" * (LARGEST_DRAFT // 4), "é" * (LARGEST_DRAFT // 2)):
        with pytest.raises(TooLarge):
            read(("targets", larger), ("delay", "15"), *NO_RULES)
        with pytest.raises(TooLarge):
            read(("targets", "a"), ("delay", larger), *NO_RULES)
        with pytest.raises(TooLarge):
            read(("targets", "a"), ("delay", "15"), ("repeat", larger), ("expiry", ""))


@pytest.mark.parametrize("names", ["", "t", "d", "dt", "tdt", "ttd", "tdd", "tdtt"])
def test_fields_in_a_wrong_order_are_no_draft(names: str) -> None:
    """Each Level has its Targets, then its delay."""
    known = {"t": ("targets", "a"), "d": ("delay", "15")}
    with pytest.raises(InvalidForm):
        read(*(known[name] for name in names), *NO_RULES)


def test_the_page_of_a_version_that_knew_fewer_fields_is_no_draft() -> None:
    """What the policy says of them would be lost."""
    levels = [("targets", "a"), ("delay", "15")]
    for fields in ([], [("repeat", "2")], [("expiry", "4 h")], [("expiry", ""), ("repeat", "")]):
        with pytest.raises(InvalidForm):
            read(*levels, *fields)
    assert read(*levels, ("repeat", "2"), ("expiry", "4 h")).repeat == "2"


@pytest.mark.parametrize(
    ("repeat", "expiry", "errors"),
    [
        ("x", "", {"repeat": ["How many times? A number such as 2, or nothing."]}),
        ("-1", "", {"repeat": ["How many times? A number such as 2, or nothing."]}),
        ("1.5", "", {"repeat": ["How many times? A number such as 2, or nothing."]}),
        ("21", "", {"repeat": ["That is too often: at most 20 times."]}),
        ("9999999", "", {"repeat": ["How many times? A number such as 2, or nothing."]}),
        ("", "0 min", {"expiry": ["More than none; or nothing, and it never expires."]}),
        ("", "8 days", {"expiry": ["That is too long: at most 7 days."]}),
        ("", "soon", {"expiry": ["How long? Such as 15 min, 1 h 30 min, or 2 days."]}),
    ],
)
def test_what_a_policy_says_besides_its_levels_is_checked(
    repeat: str, expiry: str, errors: Errors
) -> None:
    """With a sentence that says what would be right."""
    draft = Draft((LevelDraft("ada@example.com"),), repeat, expiry)
    assert draft.policy("checkout-api") == errors


@pytest.mark.parametrize(
    ("repeat", "expiry", "read_as"),
    [("", "", (0, None)), (" 0 ", " ", (0, None)), ("2", "4 h", (2, timedelta(hours=4)))],
)
def test_what_a_policy_says_besides_its_levels_is_read(
    repeat: str, expiry: str, read_as: tuple[int, timedelta | None]
) -> None:
    """Nothing is never."""
    policy = Draft((LevelDraft("ada@example.com"),), repeat, expiry).policy("checkout-api")
    assert isinstance(policy, EscalationPolicy)
    assert (policy.repeat, policy.acknowledgement_expiry) == read_as
