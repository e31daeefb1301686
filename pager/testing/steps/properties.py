"""The step catalogue: what holds at every moment of the time ahead."""

from collections.abc import Collection, Mapping
from datetime import timedelta

import pytest
from pytest_bdd import then, when
from pytest_bdd.parser import Step

from pager.configuration.configuration import Configuration
from pager.configuration.spelling import did_you_mean
from pager.errors import PagerError
from pager.oncall.directory import NobodyOfThatName
from pager.testing.address_book import AddressBook
from pager.testing.expect import Unmet, expect
from pager.testing.question import Question
from pager.testing.sentences import Sentence
from pager.testing.world import World
from pager.verify import PROPERTIES, Verdict, is_property, read_property, verify
from pager.verify.property import ServiceRule

MOST_COUNTEREXAMPLES = 3
MOST_MONTHS = 60
MOST_EXAMPLES = 3


class PropertySentence(Sentence):
    """Any sentence that `pager.verify` reads."""

    examples = tuple(form.sentence for form in PROPERTIES)

    def is_matching(self, name: str) -> bool:
        """Whether it is one."""
        return is_property(name)

    def parse_arguments(self, name: str) -> dict[str, object]:
        """The whole sentence."""
        return {"sentence": name}


@when(
    Sentence("(?:any service|{service}) raises an Alert at any minute of the next {number} months")
)
def at_any_minute(world: World, number: int, service: str | None = None) -> None:
    """The Thens below it are properties: they hold whenever that is, of that service alone."""
    _ask(world, Question(service, number))


@when(Sentence("the next {number} months pass"))
def months_pass(world: World, number: int) -> None:
    """The Thens below it are properties, as of the schedules: they hold at each moment."""
    _ask(world, Question(None, number))


def _ask(world: World, question: Question) -> None:
    expect(0 < question.months <= MOST_MONTHS, f"Look ahead from 1 to {MOST_MONTHS} months.")
    expect(
        len(world.moments) <= 1,
        "Each moment of the next months is among this When. Remove “it is any …”, or say one.",
    )
    world.question = question


def pytest_bdd_before_step_call(request: pytest.FixtureRequest, step: Step) -> None:
    """What is so after one Alert is nothing that could be said of a time ahead."""
    world: World = request.getfixturevalue("world")
    is_property = PropertySentence("{property}").is_matching(step.name)
    expect(
        world.question is None or step.type != "then" or is_property,
        "This is no property: below “When any service raises an Alert at any minute of the next …"
        " months” and below “When the next … months pass” each Then is a property, such as"
        f" “{'”, “'.join(PropertySentence.examples[:MOST_EXAMPLES])}”.",
    )


@then(PropertySentence("{property}"))
def it_holds(world: World, sentence: str) -> None:
    """What each means is in docs/properties.md. “More than 7 days running” is without a break: say
    beside it “everybody is on call at least once in 90 days”.
    """
    question = world.question
    if question is None:
        raise Unmet(
            f"“{sentence}” is about a time ahead. Write “When any service raises an Alert at any"
            " minute of the next 13 months” above it, or “When the next 13 months pass”."
        )
    start = world.pager.clock.moment
    configuration = world.configuration
    scoped = _of_service(sentence, question) if question.service else sentence
    try:
        [verdict] = verify(configuration, [scoped], start, start + timedelta(days=question.days))
    except PagerError as error:  # it names somebody who is not there, or would take minutes
        raise Unmet(why_not_verified(error, configuration)) from error
    expect_to_hold(verdict, world.book)


def _of_service(sentence: str, question: Question) -> str:
    """The sentence as one of the service that the When above it names. Raises Unmet."""
    service, one = question.service, read_property(sentence)
    expect(
        isinstance(one.rule, ServiceRule),
        f"“{sentence}” is about schedules, and the When above it about {service} alone."
        f" Write “When the next {question.months} months pass” above it, in a scenario of its own.",
    )
    expect(
        one.scope in {None, service},
        f"“{sentence}” is about {one.scope}, and the When above it about {service} alone."
        f" Leave “{one.scope}: ” out, or name {one.scope} in the When.",
    )
    return sentence if one.scope else f"{service}: {sentence}"


def why_not_verified(error: PagerError, configuration: Configuration) -> str:
    """Why a property could not be verified; with the nearest name, where it names nobody."""
    if not isinstance(error, NobodyOfThatName):
        return str(error)
    directory = configuration.directory
    names: Mapping[str, Collection[str]] = {
        "service": configuration.services,
        "schedule": directory.schedules,
        "team": directory.teams,
    }
    return f"{error} {did_you_mean(error.name, names[error.kind])}".strip()


def expect_to_hold(verdict: Verdict, book: AddressBook) -> None:
    """Expect that the property holds, and that there is something that it is about."""
    expect(verdict.holds, counterexamples(verdict, book))
    expect(not verdict.says_nothing, verdict.says_nothing)


def counterexamples(verdict: Verdict, book: AddressBook) -> str:
    """When it does not hold, why, and what happens then; of the first few."""
    shown = verdict.violations[:MOST_COUNTEREXAMPLES]
    text = ["\n".join(filter(None, (f"{one.subject}: {one.what}", one.timeline))) for one in shown]
    if more := len(verdict.violations) - len(shown):
        text.append(f"And {more} more.")
    return book.with_names("\n\n".join(text))
