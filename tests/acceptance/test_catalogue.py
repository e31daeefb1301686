"""The step catalogue lists every sentence that a scenario can be written with."""

import inspect
from datetime import UTC, datetime, timedelta

import pytest

from acceptance.specification import chapters
from pager.testing.catalogue import (
    catalogue,
    definitions,
    matching,
    nouns,
    pattern,
    readable,
    step_problem,
)
from pager.testing.expect import Unmet
from pager.testing.gherkin.chapter import Step
from pager.testing.moments import read_moment
from pager.testing.nouns import Channel, read_duration
from pager.verify import read_property


def test_every_sentence_has_an_example_from_a_feature() -> None:
    """One that is said under its own keyword."""
    entries = catalogue(chapters())
    assert len(entries) == len(definitions())
    assert [entry.sentence for entry in entries if entry.example is None] == []
    assert [entry.kind for entry in entries] == [
        entry.example.step.type for entry in entries if entry.example
    ]


def test_every_noun_of_a_sentence_has_its_values() -> None:
    """Or a sentence about them, where there is no end to them."""
    values = nouns()
    assert values["person"] == ["Ada", "Grace", "Edsger", "Barbara"]
    assert values["duration"] == ["seconds, minutes, hours or days, as in 15 minutes"]
    assert all(values[noun] and all(values[noun]) for entry in catalogue() for noun in entry.nouns)


def test_a_sentence_is_written_for_people() -> None:
    """Although it is a regular expression."""
    assert readable("(?:the Pager|later) receives {message}(?: (?:for|related to) {service})?") == (
        "(the Pager / later) receives {message}[ (for / related to) {service}]"
    )
    assert readable("sets an? {number}-minutes acknowledgement delay") == (
        "sets a[n] {number}-minutes acknowledgement delay"
    )


def test_a_step_that_means_nothing_is_answered_with_the_nearest_and_their_nouns() -> None:
    """So that the next attempt is right."""
    answer = step_problem(Step("when", "Ada acknowledged checkout-api"))
    assert answer is not None
    assert answer.splitlines()[:4] == [
        "“When Ada acknowledged checkout-api” means nothing. The nearest steps are:",
        "  When {person} acknowledges {service}",
        "      {person}: Ada, Grace, Edsger, Barbara",
        "      {service}: a name that ends in -api, as in checkout-api; the brief's \"this "
        'Monitored Service" is one',
    ]


def test_a_sentence_ends_in_a_colon_if_a_table_follows() -> None:
    """So a writer can see that a table is missing, or that none belongs there."""
    assert [
        pattern(definition)
        for definition in definitions()
        if pattern(definition).endswith(":")
        != ("datatable" in inspect.signature(definition.step_func).parameters)
    ] == []


def test_a_given_that_exists_only_as_a_when_is_answered_with_that() -> None:
    """The likeliest mistake of a pairing hour; and a nearly right one names the When as well."""
    answer = step_problem(Step("given", "Ada acknowledges checkout-api")) or ""
    assert "But “When Ada acknowledges checkout-api” is a step. Write it below When" in answer
    answer = step_problem(Step("given", "Ada acknowledged checkout-api")) or ""
    assert "\n  When {person} acknowledges {service}\n" in answer


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
    """5 min are 5 minutes, and email is e-mail."""
    assert read_duration("1 hour 30 min") == timedelta(minutes=90)
    [definition] = matching(Step("then", "Ada was reached by email"))
    assert (definition.parser.parse_arguments("Ada was reached by email") or {})["channel"] is (
        Channel.EMAIL
    )
    assert read_property("2 people are reached by Email within 5 min").rule == (
        read_property("2 people are reached by e-mail within 5 min").rule
    )


@pytest.mark.parametrize(
    ("kind", "text", "answer"),
    [
        ("when", "10 minutes later", "Did you mean “When 10 minutes pass”?"),
        ("when", "wait 10 minutes", "Did you mean “When 10 minutes pass”?"),
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
