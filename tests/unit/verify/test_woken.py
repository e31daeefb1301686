"""Whether one incident wakes somebody twice."""

from datetime import datetime, timedelta

import pytest

from pager.configuration.configuration import Configuration
from pager.oncall.people import Person
from pager.oncall.policies import ScheduleTarget, SharedPolicy
from pager.oncall.schedules import Layer, Override, Rotation, Schedule
from pager.verify import Outlook, TooMuchToTry, read_property, verdict
from unit.oncall.entries import (
    DATABASE,
    EMPTY,
    MINUTE,
    USE,
    directory,
    email,
    level,
    method,
    person,
    shared,
    to,
)
from unit.verify.prospects import TEN, database, on_call, times, violations

SENTENCE = "nobody is woken twice by one incident"
BARBARA = person("Barbara", method(email("Barbara")))


def forgetful(policy: SharedPolicy, minutes: int) -> SharedPolicy:
    """An Acknowledgement expires."""
    return policy.model_copy(update={"acknowledgement_expiry": minutes * MINUTE})


def test_a_second_contact_method_is_no_second_waking() -> None:
    """Grace is told by SMS, and five minutes later by e-mail: that is one Level."""
    assert not violations(SENTENCE, directory(EMPTY, shared(to("Ada"), to("Grace"))))


def test_whoever_is_on_two_levels_is_woken_twice() -> None:
    """The timeline is that of an Alert that nobody answers."""
    found = violations(SENTENCE, directory(EMPTY, shared(to("Ada"), to("Grace"), to("Ada"))))
    assert times(found) == [(0, 60, 0)]
    assert "an incident wakes Ada twice: again 30 min after the Alert" in found[0].what
    assert found[0].timeline.count("ada@example.com") == 4  # twice in what is saved, and sent


def test_whoever_comes_on_call_on_the_way_is_woken_twice() -> None:
    """From 10:15 on Grace is on call when the second Level is told."""
    people = on_call(("Grace", 30, 60), also=(shared(to("Grace"), level(DATABASE)),))
    assert times(violations(SENTENCE, people, timedelta(minutes=30))) == [(15, 30, 0)]


def test_a_level_may_have_somebody_only_once_the_next_one_was_told() -> None:
    """Grace is told at the third Level, in the place of the second, and then at the second."""
    people = on_call(("Grace", 30, 60), also=(shared(to("Ada"), level(DATABASE), to("Grace")),))
    found = violations(SENTENCE, people, timedelta(minutes=30))
    assert times(found) == [(0, 30, 0)]
    assert "again 30 min after the Alert" in found[0].what


def test_a_refusal_may_wake_somebody_twice() -> None:
    """Ada is off before the third Level is told, unless nobody of the second is reached."""
    people = on_call(
        ("Ada", 0, 20),
        ("Grace", 20, 60),
        also=(shared(to("Ada"), to("Barbara"), level(DATABASE)), BARBARA),
    )
    found = violations(SENTENCE, people, timedelta(minutes=10))
    assert times(found) == [(0, 5, 0)]
    assert "again 15 min after the Alert" in found[0].what
    assert "refused    barbara@example.com: incident 1, Level 2" in found[0].timeline


def test_whoever_was_not_reached_is_not_woken_twice() -> None:
    """The first Level is refused: it has woken nobody. Later, others are on call in the second."""
    people = on_call(
        ("Ada", 0, 14), ("Barbara", 14, 60), also=(shared(to("Ada"), level(DATABASE)), BARBARA)
    )
    assert not violations(SENTENCE, people)


def test_an_acknowledgement_that_expires_wakes_again() -> None:
    """Whoever has acknowledged is told again, so it does not hold at any moment."""
    found = violations(SENTENCE, directory(EMPTY, forgetful(shared(to("Ada")), 60)))
    assert times(found) == [(0, 60, 0)]
    assert "again 1 h after the Alert" in found[0].what
    assert "the expiry of the Acknowledgement" in found[0].timeline


def test_each_moment_of_an_acknowledgement_is_tried() -> None:
    """Ada is on call again for a minute, and told again if she has acknowledged 20 minutes before.

    Whenever the Alert comes in her first ten minutes, there is one minute in which she can.
    """
    policy = forgetful(shared(level(DATABASE, minutes=10)), 20)
    turns = (("Ada", 0, 10), ("Barbara", 20, 29), ("Ada", 29, 30), ("Barbara", 30, 40))
    found = violations(SENTENCE, on_call(*turns, also=(policy, BARBARA)), 10 * MINUTE)
    assert times(found) == [(0, 10, 0)]
    assert " 9 min  received   the Acknowledgement of incident 1" in found[0].timeline
    assert "29 min  received   the expiry of the Acknowledgement" in found[0].timeline


def test_an_acknowledgement_comes_by_the_next_step() -> None:
    """At its very moment still: one at 10:15 may be of an Alert of 10:05, and of none before."""
    policy = forgetful(shared(level(DATABASE, minutes=10)), 20)
    turns = (("Ada", 0, 20), ("Barbara", 20, 35), ("Ada", 35, 36), ("Barbara", 36, 40))
    found = violations(SENTENCE, on_call(*turns, also=(policy, BARBARA)), 10 * MINUTE)
    assert times(found) == [(5, 10, 0)]
    assert "10 min  received   the Acknowledgement of incident 1" in found[0].timeline
    assert "30 min  received   the expiry of the Acknowledgement" in found[0].timeline


def test_what_was_found_out_about_a_situation_is_kept() -> None:
    """At the second Level it does not matter when the Alert came."""
    levels = (level(DATABASE, minutes=10), to("Barbara", minutes=3), level(email("List")))
    people = on_call(("Ada", 0, 30), ("Grace", 30, 90), also=(shared(*levels), BARBARA))
    assert not violations(SENTENCE, people)


def test_handovers_that_are_alike_are_tried_once() -> None:
    """It does not matter who they are, only who is who: Carol is on the second Level, too."""
    carol, dan = (person(name, method(email(name))) for name in ("Carol", "Dan"))
    also = (shared(level(DATABASE, minutes=10), to("Carol", minutes=20)), BARBARA, carol, dan)
    turns = [(name, 40 * n, 40 * n + 40) for n, name in enumerate(["Ada", "Barbara", "Dan"] * 3)]
    assert not violations(SENTENCE, on_call(*turns, also=also), timedelta(minutes=320))
    turns[5] = ("Carol", 200, 240)
    # From 170 on she is told at the second Level, and then has the turn; until 230 both are hers.
    found = violations(SENTENCE, on_call(*turns, also=also), timedelta(minutes=320))
    assert times(found) == [(170, 230, 0)]


def test_a_policy_begins_again_with_others() -> None:
    """After a handover, others are woken: at 10:15 at the earliest it does hold."""
    again = shared(level(DATABASE)).model_copy(update={"repeat": 1})
    people = on_call(("Ada", 0, 30), ("Barbara", 30, 60), also=(again, BARBARA))
    assert times(violations(SENTENCE, people, timedelta(minutes=30))) == [(0, 30, 0)]


def test_an_alert_that_is_refused_wakes_nobody() -> None:
    """Nobody is on call."""
    assert not violations(SENTENCE, directory(EMPTY, shared(level(DATABASE))))


def many() -> tuple[tuple[Person, ...], Schedule]:
    """Two hundred people, each on call for a minute."""
    names = [f"Person {number}" for number in range(200)]
    people = tuple(person(name, method(email(name.replace(" ", "")))) for name in names)
    return people, database(*((name, one, one + 1) for one, name in enumerate(names)))


def test_an_incident_of_very_many_steps_is_unclear() -> None:
    """It is not tried to its end: that nobody is woken twice is not known then."""
    people, turns = many()
    again = shared(level(DATABASE, minutes=1)).model_copy(update={"repeat": 20})
    with pytest.raises(TooMuchToTry, match="may go on for more than 100 steps"):
        violations(SENTENCE, directory(turns, again, *people), MINUTE)


def test_what_was_found_before_it_was_too_much_counts() -> None:
    """Until 10:04 Ada is woken twice; from 10:06 on there are incidents of too many steps."""
    people, turns = many()
    again = shared(level(DATABASE, minutes=1)).model_copy(update={"repeat": 20})
    ada = Override(person="Ada", starts_at=TEN, ends_at=TEN + 5 * MINUTE)
    turns = turns.model_copy(update={"overrides": (ada, *turns.overrides[6:])})
    (found,) = violations(SENTENCE, directory(turns, again, *people), 10 * MINUTE)
    assert times((found,)) == [(0, 4, 0)]
    assert found.what.endswith(
        "So it is until Monday 2027-01-18 10:04."
        " What comes after Monday 2027-01-18 10:06 would be too much to try."
    )


def hard() -> Configuration:
    """Three Levels of seven minutes, shifts of one to three hours, expiry after five hours."""
    names = {hours: [f"{hours}-{number}" for number in range(7)] for hours in range(1, 4)}
    schedules = [
        Schedule(
            name=f"{hours} h",
            time_zone="UTC",
            layers=(Layer(rotations=(rotation(hours, participants),)),),
        )
        for hours, participants in names.items()
    ]
    levels = (level(ScheduleTarget(name=one.name), minutes=7) for one in schedules)
    people = (person(name, method(email(name))) for some in names.values() for name in some)
    policy = forgetful(shared(*levels), 300)
    return Configuration(directory(*schedules, *people, policy), {USE.service_id: USE})


def rotation(hours: int, participants: list[str]) -> Rotation:
    """One that has begun before."""
    starts = datetime.fromisoformat("2027-01-04T09:00")
    length = timedelta(hours=hours)
    return Rotation(name="R", participants=tuple(participants), starts=starts, shift_length=length)


def test_what_is_alike_is_tried_once_however_long_incidents_last() -> None:
    """They go through a dozen handovers; after 42 hours everything there is has come."""
    asked, configuration = read_property(SENTENCE), hard()
    days, weeks = (
        verdict(Outlook(configuration, TEN, TEN + timedelta(days=days)), asked) for days in (3, 14)
    )
    assert not weeks.holds
    assert weeks.situations == days.situations
    assert days.situations < 1_000
