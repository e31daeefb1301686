"""How a step may be spelt, and what is answered where it is spelt otherwise."""

from datetime import UTC, datetime, timedelta

import pytest

from pager.testing.catalogue import matching, step_problem
from pager.testing.expect import Unmet
from pager.testing.gherkin.chapter import Step
from pager.testing.moments import read_moment
from pager.testing.nouns import Channel, read_duration, read_message
from pager.verify import read_property


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("when", "5 min pass"),
        ("when", "another 90 sec pass"),
        ("when", "1 hour 30 min pass"),
        ("when", "2 weeks pass"),
        ("then", "somebody was reached by email"),
        ("then", "Ada was reached by E-mail"),
        ("then", "Ada was not reached by sms"),
        ("then", "somebody is reached by email within 10 min"),
    ],
)
def test_a_step_may_be_spelt_as_people_spell_it(kind: str, text: str) -> None:
    """Where it means one thing only."""
    assert step_problem(Step(kind, text)) is None


def test_what_is_spelt_otherwise_is_the_same() -> None:
    """5 min are 5 minutes, email is e-mail, and a step may be called after its Level."""
    assert read_duration("1 hour 30 min") == timedelta(minutes=90)
    [definition] = matching(Step("then", "Ada was reached by email"))
    assert (definition.parser.parse_arguments("Ada was reached by email") or {})["channel"] is (
        Channel.EMAIL
    )
    assert read_message("the Acknowledgement Timeout of incident 1, Level 2") == (
        read_message("the Acknowledgement Timeout of incident 1, step 2")
    )
    assert read_property("2 people are reached by Email within 5 min").rule == (
        read_property("2 people are reached by e-mail within 5 min").rule
    )


@pytest.mark.parametrize(
    ("kind", "text", "answer"),
    [
        ("when", "10 minutes later", "Did you mean “When 10 minutes pass”?"),
        ("when", "wait 10 minutes", "Did you mean “When 10 minutes pass”?"),
        ("when", "nobody acknowledges for 11 min", "Did you mean “When 11 min pass”?"),
        ("when", "nobody answers checkout-api for 9 days", "Did you mean “When 9 days pass”?"),
        (
            "when",
            'checkout-api is down with "cards are refused"',
            'Did you mean “When checkout-api raises the Alert "cards are refused"”?',
        ),
        (
            "given",
            'checkout-api fires an alert: "cards"',
            'Did you mean “Given checkout-api raises the Alert "cards"”?',
        ),
        ("when", "5 minuts pass", "There is no duration “5 minuts”. There are: seconds, minutes"),
        ("then", "Ada was reached by text", "Did you mean “Then Ada was reached by SMS”?"),
        ("then", "Ada was reached by pigeon", "no channel “pigeon”. There are: e-mail, SMS."),
        ("then", "checkout-api is broken", "There is no state “broken”. There are: Healthy,"),
    ],
)
def test_what_is_said_otherwise_is_answered_with_the_step(
    kind: str, text: str, answer: str
) -> None:
    """A sentence has one form: so all scenarios read alike."""
    assert answer in (step_problem(Step(kind, text)) or "")


def test_a_duration_has_an_end() -> None:
    """Beyond it there is no date."""
    with pytest.raises(Unmet, match="“999999 weeks” is too long: write at most 36500 days"):
        read_duration("999999 weeks")


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("at 3 am", "any day at 03:00 in Europe/Paris"),
        ("Sunday at 3am in Europe/Berlin", "Sunday 03:00 in Europe/Berlin"),
        ("every sunday at 12 a.m.", "any Sunday at 00:00 in Europe/Paris"),
        ("Monday 11:30 pm in UTC", "Monday 23:30 in UTC"),
        ("any weekday at 14:00 in Europe/Madrid", "any Monday at 14:00 in Europe/Madrid"),
        ("on a weekday at 9 am", "any Monday at 09:00 in Europe/Paris"),
    ],
)
def test_a_moment_that_is_said_otherwise_is_answered_with_how_to_write_it(
    said: str, meant: str
) -> None:
    """And what is answered is a moment."""
    with pytest.raises(Unmet, match=f"“{said}” is no moment. Write “it is {meant}”"):
        read_moment(said)
    assert read_moment(meant).moments(datetime(2026, 11, 24, tzinfo=UTC))


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("Sunday 25:00 in Europe/Paris", "is no moment: there is no such day, or no such time."),
        ("2027-02-30 03:00 in UTC", "is no moment: there is no such day, or no such time."),
        ("Sunday at 25:00", "Write “it is Sunday 03:00 in Europe/Paris” or"),
    ],
)
def test_a_time_that_no_clock_shows_is_not_guessed(said: str, answer: str) -> None:
    """It is answered in words, or with examples."""
    with pytest.raises(Unmet, match=answer):
        read_moment(said)
