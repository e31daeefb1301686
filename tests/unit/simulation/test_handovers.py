"""Whatever is edited during an incident of a shared policy, nobody is skipped or told too often."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from pager import Alert, Exhausted, Unhealthy
from pager.oncall.directory import Entry
from pager.oncall.people import Person
from pager.oncall.policies import PersonTarget, PolicyLevel, ScheduleTarget, TeamTarget
from pager.oncall.schedules import Override
from pager.testing import InMemoryPager
from unit.oncall.entries import EMPTY, MINUTE, USE, email, level, method, person, shared, sms, team

NAMES = ("Ada", "Grace", "Edsger")
A_WEEK = timedelta(days=7)

Edit = Callable[["WatchedPager"], object]


def on_call(name: str | None, minutes: int) -> Edit:
    """That person is on call in Database in so many minutes, for an hour; then nobody is."""

    def edit(pager: InMemoryPager) -> None:
        schedule = pager.directory.directory().schedules["Database"]
        starts_at = pager.clock.moment + minutes * MINUTE
        overrides = schedule.overrides
        if name is not None:
            turn = Override(person=name, starts_at=starts_at, ends_at=starts_at + 60 * MINUTE)
            overrides = (*overrides, turn)
        pager.directory.put(schedule.model_copy(update={"overrides": overrides}))

    return edit


def put(entry: Entry) -> Edit:
    return lambda pager: pager.directory.put(entry)


def wait(minutes: int) -> Edit:
    return lambda pager: pager.wait(minutes)


METHODS = st.lists(
    st.builds(
        method,
        st.sampled_from([email("Ada"), email("Grace"), email("Edsger"), sms(1), sms(2)]),
        st.integers(0, 20),
        verified=st.booleans(),
    ),
    max_size=3,
    unique_by=lambda one: one.target.key,
)
LEVELS = st.lists(
    st.builds(
        lambda targets, minutes: level(*targets, minutes=minutes),
        st.lists(
            st.sampled_from(
                [
                    *(PersonTarget(name=name) for name in NAMES),
                    TeamTarget(name="Payments"),
                    ScheduleTarget(name="Database"),
                    email("All"),
                ]
            ),
            min_size=1,
            max_size=3,
            unique=True,
        ),
        st.integers(1, 30),
    ),
    min_size=1,
    max_size=3,
)
PEOPLE = st.builds(lambda name, methods: person(name, *methods), st.sampled_from(NAMES), METHODS)
EDITS = st.lists(
    st.one_of(
        st.integers(1, 40).map(wait),
        st.builds(on_call, st.sampled_from([*NAMES, None]), st.integers(0, 40)),
        st.builds(put, PEOPLE),
        st.lists(st.sampled_from(NAMES), unique=True).map(lambda names: put(team(*names))),
        LEVELS.map(lambda levels: put(shared(*levels))),
    ),
    max_size=12,
)


class WatchedPager(InMemoryPager):
    """It remembers how often each address was named, at the most, at any one moment."""

    def __init__(self, people: list[Person], levels: list[PolicyLevel]) -> None:
        super().__init__()
        known: list[Entry] = [*map(person, NAMES), *people]
        for entry in (*known, EMPTY, team(*NAMES), shared(*levels)):
            self.directory.put(entry)
        self.policies.put(USE)
        self.named: Counter[str] = Counter()

    def wait(self, minutes: int) -> None:
        """Let so many minutes pass, and look each minute."""
        for _ in range(minutes):
            self.advance(MINUTE)
            self.look()

    def look(self) -> Counter[str]:
        """How often each address is named now."""
        policy = self.policies.of("checkout-api")
        levels = policy.levels if policy is not None else ()
        named = Counter(target.key for one in levels for target in one.targets)
        self.named |= named
        return named


@given(people=st.lists(PEOPLE, max_size=3), levels=LEVELS, edits=EDITS)
def test_nobody_is_skipped_and_nobody_is_told_too_often(
    people: list[Person], levels: list[PolicyLevel], edits: list[Edit]
) -> None:
    """Each minute somebody may take over, or the directory be edited."""
    pager = WatchedPager(people, [*levels, level(email("All"))])
    pager.receive(Alert(service_id="checkout-api", message="down"))
    pager.look()
    for edit in edits:
        edit(pager)
        pager.look()
        pager.advance(timedelta(0))
    pager.wait(101)  # all turns are over
    pager.advance(A_WEEK)
    service = pager.services.load("checkout-api").service
    assert isinstance(service, Unhealthy)
    assert service.escalation == Exhausted()
    told = Counter(page.target.key for page in (*pager.mail.accepted, *pager.sms.accepted))
    assert pager.look() <= told <= pager.named
