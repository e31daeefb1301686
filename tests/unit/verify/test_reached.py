"""Whether somebody is reached in time, whenever an Alert comes."""

import pytest

from pager.configuration.configuration import Configuration
from pager.oncall.directory import NobodyOfThatName
from pager.oncall.teams import Team
from pager.verify import Outlook, TooMuchToTry, read_property, verdict
from unit.oncall.entries import (
    DATABASE,
    MINUTE,
    USE,
    email,
    level,
    method,
    person,
    shared,
    sms,
    team,
    to,
)
from unit.verify.prospects import TEN, on_call, times, violations


def test_it_holds_while_somebody_is_on_call() -> None:
    """Whoever is on call is told at once."""
    people = on_call(("Ada", 0, 30), ("Grace", 30, 60), also=(shared(level(DATABASE)),))
    assert not violations("somebody is reached within 10 minutes", people)


def test_in_a_gap_an_alert_reaches_nobody() -> None:
    """The first gap is named, with its end and the timeline; the others are counted."""
    people = on_call(("Ada", 0, 20), ("Grace", 30, 40), also=(shared(level(DATABASE)),))
    found = violations("somebody is reached within 10 minutes", people)
    assert times(found) == [(20, 30, 1)]
    assert found[0].subject == "checkout-api"
    assert found[0].what == (
        "On Monday 2027-01-18 10:20 in UTC an Alert is refused, and nobody is told:"
        " Payments, Level 1 reaches nobody: nobody is on call in Database."
        " So it is until Monday 2027-01-18 10:30, and once more on Monday 2027-01-18 10:40."
    )
    assert "reaches nobody just now" in found[0].timeline


def test_a_later_level_counts_if_it_comes_in_time() -> None:
    """By SMS: Ada has none, and Grace is told after a quarter of an hour."""
    people = on_call(also=(shared(to("Ada"), to("Grace")),))
    assert not violations("somebody is reached by SMS within 15 minutes", people)
    found = violations("somebody is reached by SMS within 14 minutes", people)
    assert times(found) == [(0, 60, 0)]
    assert (
        "an Alert reaches nobody by SMS within 14 min. So it is for as long as Pager looks ahead."
        in found[0].what
    )


def test_a_handover_on_the_way_counts() -> None:
    """Ada is told, and Grace once she takes over: by SMS, if that is in time."""
    people = on_call(
        ("Ada", 0, 30), ("Grace", 30, 60), also=(shared(level(DATABASE, minutes=5), to("Edsger")),)
    )
    found = violations("somebody is reached by SMS within 10 minutes", people)
    assert times(found) == [(0, 25, 0)]


def test_turns_are_alike_only_if_people_wait_as_long() -> None:
    """Both have an e-mail first: Barbara's SMS comes after a minute, Linus's after four."""
    barbara, linus = (
        person(name, method(email(name)), method(sms(number), after=after))
        for name, number, after in (("Barbara", 7, 1), ("Linus", 8, 4))
    )
    turns = [("Barbara", 0, 20), ("Linus", 20, 40), ("Barbara", 40, 61)]
    people = on_call(*turns, also=(barbara, linus, shared(level(DATABASE))))
    found = violations("somebody is reached by SMS within 3 minutes", people)
    assert times(found) == [(19, 40, 0)]  # the wait of a minute ends where Linus takes over


def test_refusals_are_tried() -> None:
    """Whichever step is refused: Grace has a second contact method, which is a step of its own."""
    people = on_call(also=(shared(to("Ada"), to("Grace")),))
    assert not violations("somebody is reached within 1 min even if one step is refused", people)
    found = violations("2 people are reached within 1 h even if one step is refused", people)
    assert "an Alert reaches Grace within 1 h, if step 1 is refused" in found[0].what
    found = violations("somebody is reached within 1 h even if 3 steps are refused", people)
    assert (
        "an Alert reaches nobody within 1 h, if the steps 1, 2 and 3 are refused" in found[0].what
    )


def test_only_members_of_the_team_count() -> None:
    """Grace is no member."""
    people = on_call(also=(shared(to("Grace", minutes=20), to("Ada")), team("Ada")))
    sentence = "somebody of the team Payments is reached within {} minutes"
    assert not violations(sentence.format(20), people)
    assert violations(sentence.format(19), people)
    with pytest.raises(NobodyOfThatName, match="no team called 'Storage'"):
        violations("somebody of the team Storage is reached within 5 minutes", people)


def test_a_sentence_may_be_about_one_service() -> None:
    """Its name comes first."""
    people = on_call(also=(shared(to("Ada"), to("Edsger")),))
    assert violations("checkout-api: no Level is empty", people)
    with pytest.raises(NobodyOfThatName, match="no service called 'orders-db'"):
        violations("orders-db: no Level is empty", people)


def test_an_incident_of_very_many_steps_is_looked_at() -> None:
    """Of five hundred steps any five may be refused: Grace is told by SMS every 34 minutes."""
    levels = [level(email(f"list-{number}"), minutes=1) for number in range(24)]
    policy = shared(*levels, to("Grace")).model_copy(update={"repeat": 20})
    people = on_call(also=(policy,))
    assert not violations("somebody is reached by SMS within 24 minutes", people)
    assert violations("99 people are reached within 24 hours", people)
    sentence = "somebody is reached by SMS within {} minutes even if 5 steps are refused"
    assert not violations(sentence.format(194), people)
    (found,) = violations(sentence.format(193), people)
    assert found.why.endswith("if the steps 25, 51, 77, 103 and 129 are refused")


def test_refusals_that_lead_to_the_same_are_tried_once() -> None:
    """Of which five of 25 Levels are refused only matters how many, if each waits as long."""
    lists = [level(email(f"list-{number}")) for number in range(25)]
    people = on_call(also=(shared(*lists),))
    asked = read_property("somebody is reached by SMS within 1 day even if 5 steps are refused")
    outlook = Outlook(Configuration(people, {USE.service_id: USE}), TEN, TEN + MINUTE)
    assert verdict(outlook, asked).situations <= 25 * 6


def test_too_many_refusals_are_unclear() -> None:
    """Where it matters who was reached: it is said what may help."""
    lists = [level(email(f"list-{number}")) for number in range(25)]
    people = on_call(also=(shared(*lists),))
    asked = read_property("20 people are reached within 1 day even if 5 steps are refused")
    outlook = Outlook(Configuration(people, {USE.service_id: USE}), TEN, TEN + MINUTE)
    with pytest.raises(TooMuchToTry, match="more than 1,000 different situations"):
        verdict(outlook, asked, most=1_000)


def test_a_team_is_found_in_whichever_characters_it_is_written() -> None:
    """Zoë has three of them, or four."""
    zoe = Team(name="Zoe\u0308", members=("Ada",))
    people = on_call(also=(shared(to("Ada")), zoe))
    assert not violations("somebody of the team Zo\u00eb is reached within 5 minutes", people)
