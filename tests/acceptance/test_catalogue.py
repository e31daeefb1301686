"""The step catalogue lists every sentence that a scenario can be written with."""

import inspect

from acceptance.specification import chapters
from pager.testing.catalogue import (
    catalogue,
    definitions,
    nouns,
    pattern,
    readable,
    step_problem,
)
from pager.testing.gherkin.chapter import Step


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
