"""What is verified is compared with a search minute by minute, in whole Pagers in memory.

Everything is at whole minutes there, so no moment between two of them leads to anything else.
"""

from collections.abc import Iterator, Sequence
from itertools import accumulate, combinations, cycle, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pager import Acknowledgement, AcknowledgementExpired, Alert, NoEscalationPolicy, Notification
from pager.model import Unhealthy
from pager.oncall.directory import Directory, directory_of
from pager.oncall.local_time import SMALLEST
from pager.oncall.policies import PersonTarget, PolicyLevel, SharedPolicy
from pager.simulation.pager import InMemoryPager
from pager.verify import read_property
from pager.verify.reached import Reached
from unit.oncall.entries import DATABASE, MINUTE, USE, email, method, person, sms
from unit.verify.prospects import TEN, database, times, violations

pytestmark = pytest.mark.proof

LASTS = 12
"""Minutes that are looked at."""

PEOPLE = (
    person("Ada", method(email("Ada"))),
    person("Barbara", method(email("Barbara"))),
    person("Grace", method(sms(1)), method(email("Grace"), after=2)),
    person("Linus", method(email("Linus")), method(sms(2), after=1)),
    person("Alan", method(email("Alan")), method(sms(3), after=4)),
    person("Edsger"),
)
NAMES = [one.name for one in PEOPLE]
OWNER = {one.target.key: who.name for who in PEOPLE for one in who.contact_methods}

minutes = st.integers(1, 6).map(lambda number: number * MINUTE)
targets = st.sampled_from([DATABASE, *(PersonTarget(name=name) for name in NAMES)])
levels = st.builds(
    PolicyLevel,
    targets=st.lists(targets, min_size=1, max_size=2, unique=True).map(tuple),
    acknowledgement_delay=minutes,
)
policies = st.builds(
    SharedPolicy,
    name=st.just("Payments"),
    levels=st.lists(levels, min_size=1, max_size=3).map(tuple),
    repeat=st.integers(0, 1),
    acknowledgement_expiry=st.none() | minutes,
)


@st.composite
def directories(draw: st.DrawFn) -> Directory:
    """One whose schedule changes hands within the minutes that are looked at, and later."""
    edges = sorted(draw(st.sets(st.integers(0, LASTS + 20), max_size=5)))
    turns = [(draw(st.sampled_from(NAMES)), start, end) for start, end in pairwise(edges)]
    return directory_of([*PEOPLE, database(*turns), draw(policies)])


def pager_at(people: Directory, minute: int, refused: Sequence[int] = ()) -> InMemoryPager | None:
    """A Pager that has received an Alert then; None where it was refused."""
    pager = InMemoryPager()
    pager.clock.start = TEN + minute * MINUTE
    pager.policies.edit_directory(people)
    pager.policies.put(USE)
    for gateway in (pager.mail, pager.sms):
        gateway.refused_steps.update(refused)
    try:
        pager.receive(Alert(service_id=USE.service_id, message="Down"))
    except NoEscalationPolicy:
        return None
    return pager


def spells(fails: Sequence[bool]) -> list[tuple[int, int]]:
    """From which minute until which it fails."""
    edges = [
        minute
        for minute in range(len(fails) + 1)
        if (minute > 0 and fails[minute - 1]) != (minute < len(fails) and fails[minute])
    ]
    return [*zip(edges[::2], edges[1::2], strict=True)]


def expect_same(sentence: str, people: Directory, fails: Sequence[bool]) -> None:
    """The first spell is the same, and how many there are."""
    expected = spells(fails)
    found = times(violations(sentence, people, len(fails) * MINUTE))
    first = [(start, end, len(expected) - 1) for start, end in expected[:1]]
    assert found == first, fails


@settings(max_examples=25)
@given(
    people=directories(),
    number=st.integers(1, 2),
    within=st.integers(0, 12),
    refusals=st.integers(0, 2),
    by=st.sampled_from(["", " by SMS", " by e-mail"]),
)
def test_who_is_reached(
    people: Directory, number: int, within: int, refusals: int, by: str
) -> None:
    """Whichever steps are refused, and by whichever way."""
    who = "somebody is" if number == 1 else f"{number} people are"
    even = ["", " even if one step is refused", " even if 2 steps are refused"][refusals]
    sentence = f"{who} reached{by} within {within} minutes{even}"
    rule = read_property(sentence).rule
    assert isinstance(rule, Reached)

    def reached(minute: int, refused: Sequence[int]) -> int:
        pager = pager_at(people, minute, refused)
        if pager is None:
            return 0
        pager.advance(within * MINUTE)
        pages = [*pager.mail.accepted, *pager.sms.accepted]
        return len({OWNER[page.target.key] for page in pages if rule.by in {None, page.channel}})

    # Each Level is told in two ways at most, and again where the policy begins again.
    [policy] = people.policies.values()
    steps = range(1, 2 * len(policy.levels) * (policy.repeat + 1) + 1)
    refused = [some for size in range(refusals + 1) for some in combinations(steps, size)]
    fails = [any(reached(minute, some) < number for some in refused) for minute in range(LASTS)]
    expect_same(sentence, people, fails)


@settings(max_examples=25)
@given(
    st.data(),
    st.sampled_from(
        [
            "nobody is woken twice by one incident",
            "somebody is reached by SMS within 6 minutes",
            "2 people are reached within 5 minutes even if one step is refused",
        ]
    ),
)
def test_what_is_alike_is_told_apart_from_what_is_not(data: st.DataObject, sentence: str) -> None:
    """Of many handovers, what was found at one counts at others: as if each was looked at alone."""
    lengths = data.draw(st.lists(st.integers(1, 12), min_size=10, max_size=20))
    edges = [0, *accumulate(lengths)]
    names = data.draw(st.lists(st.sampled_from(NAMES), min_size=2, max_size=3))
    turns = [(name, *edge) for name, edge in zip(cycle(names), pairwise(edges), strict=False)]
    people = directory_of([*PEOPLE, database(*turns), data.draw(policies)])
    fails = [
        bool(violations(sentence, people, MINUTE, start=TEN + minute * MINUTE))
        for minute in range(edges[-1])
    ]
    expect_same(sentence, people, fails)


Happening = tuple[str, int]
"""What somebody or a provider does at a step, and after how many minutes."""


@settings(max_examples=40)
@given(people=directories())
def test_who_is_woken_twice(people: Directory) -> None:
    """On whichever way: each is followed from its begin, in a Pager of its own."""
    fails = [_wakes_twice(people, minute, ()) for minute in range(LASTS)]
    expect_same("nobody is woken twice by one incident", people, fails)


def _wakes_twice(people: Directory, minute: int, way: tuple[Happening, ...]) -> bool:
    """Whether something that begins like that wakes somebody twice."""
    refused = [step for step, (what, _) in enumerate(way, 1) if what == "refused"]
    pager = pager_at(people, minute, refused)
    if pager is None:
        return False
    for what, after in way:
        if what == "silence":
            pager.advance(after * MINUTE)
        elif what == "acknowledged" and not _expires(pager, after):
            return False
    if _has_woken_twice(pager):
        return True
    service = pager.services.load(USE.service_id).service
    assert isinstance(service, Unhealthy)
    if service.level != len(way) + 1 or service.escalation.stage != "escalating":
        return False
    return any(_wakes_twice(people, minute, (*way, one)) for one in _happenings(pager))


def _happenings(pager: InMemoryPager) -> Iterator[Happening]:
    (_, wait) = pager.timer.delays[-1]
    yield "silence", wait // MINUTE
    yield "refused", 0
    yield from (("acknowledged", after) for after in range(wait // MINUTE + 1))


def _expires(pager: InMemoryPager, after: int) -> bool:
    """Let somebody acknowledge after so many minutes, and wait for its expiry, if there is one."""
    if after:
        pager.advance(after * MINUTE - SMALLEST)  # it comes before a timeout of the same moment
        pager.clock.advance(SMALLEST)
    pager.receive(Acknowledgement(service_id=USE.service_id, incident=1))
    (message, wait) = pager.timer.delays[-1]
    pager.advance(wait)
    return isinstance(message, AcknowledgementExpired)


def _has_woken_twice(pager: InMemoryPager) -> bool:
    """Whether somebody was told at two steps, and the second is no second contact method."""
    pages: dict[int, list[Notification]] = {}
    for page in [*pager.mail.accepted, *pager.sms.accepted]:
        pages.setdefault(page.level, []).append(page)
    woken: set[str] = set()
    told: set[str] = set()
    for step in sorted(pages):
        people = {OWNER[page.target.key] for page in pages[step]}
        if not pages[step][0].continues:
            woken, told = woken | told, set()
        if people & woken:
            return True
        told |= people
    return False
