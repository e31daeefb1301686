"""Any configuration, as Hypothesis makes it. It may name what is not there."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from on_call.strategies import schedules
from pager.access.integrations import PROTOCOLS, PayloadPaths, Routing
from pager.configuration.configuration import Configuration, IntegrationSetup
from pager.heartbeats import Heartbeat
from pager.model import FALLBACK, EmailTarget, EscalationPolicy, Level, SmsTarget
from pager.oncall.directory import directory_of
from pager.oncall.people import ContactMethod, Person
from pager.oncall.policies import (
    PersonTarget,
    PolicyLevel,
    PolicyTarget,
    PolicyUse,
    ScheduleTarget,
    ServicePolicy,
    SharedPolicy,
    TeamTarget,
)
from pager.oncall.teams import Team

MINUTE = timedelta(minutes=1)
BEGIN = datetime(2027, 1, 1, tzinfo=UTC)

NAMES = st.sampled_from(
    [
        "Ada Lovelace",
        "on",
        "no",
        "~",
        "2027-01-18",
        "0x1f",
        "12:30",
        "- #1: [x]",
        "Zoë",
        "'",
        "true",
    ]
)
"""Some of them mean something else in YAML."""
SERVICES = st.sampled_from(["orders-db", "123", "1e3", "on", "2027-01-18", "a:b", "null"])
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1)


def durations(
    longest: timedelta, shortest: timedelta = timedelta(0)
) -> st.SearchStrategy[timedelta]:
    """Of whole seconds, mostly, and mostly such as people write."""
    return st.one_of(
        st.integers(shortest // MINUTE + 1, longest // MINUTE).map(
            lambda minutes: minutes * MINUTE
        ),
        st.timedeltas(shortest + timedelta(microseconds=1), longest),
    )


ADDRESSES = st.one_of(
    st.sampled_from(["ada", "Grace.Hopper", "o'brien+x"]).map(
        lambda name: EmailTarget(address=f"{name}@example.com")
    ),
    st.integers(10, 99).map(lambda number: SmsTarget(phone_number=f"+336123456{number}")),
)
TARGETS: st.SearchStrategy[PolicyTarget] = st.one_of(
    ADDRESSES,
    NAMES.map(lambda name: PersonTarget(name=name)),
    NAMES.map(lambda name: TeamTarget(name=name)),
    NAMES.map(lambda name: ScheduleTarget(name=name)),
)


def people() -> st.SearchStrategy[Person]:
    """Somebody with some contact methods, none of which is verified."""
    methods = st.builds(
        ContactMethod,
        target=ADDRESSES,
        after=st.just(timedelta(0)) | durations(timedelta(hours=1)),
        verified=st.just(False),  # noqa: FBT003 - the library's signature
    )
    several = st.lists(methods, max_size=3, unique_by=lambda one: one.target.key).map(tuple)
    account = st.none() | st.sampled_from(["ada", "Ada"]) | st.text(max_size=20)
    return st.builds(Person, name=NAMES, contact_methods=several, account=account)


def teams() -> st.SearchStrategy[Team]:
    """Some people."""
    members = st.lists(NAMES, max_size=3, unique=True).map(tuple)
    return st.builds(Team, name=NAMES, members=members)


def _rules() -> dict[str, st.SearchStrategy[object]]:
    return {
        "repeat": st.integers(0, 20),
        "acknowledgement_expiry": st.none() | durations(timedelta(days=7)),
    }


def shared_policies() -> st.SearchStrategy[SharedPolicy]:
    """One with Targets of every kind."""
    targets = st.lists(TARGETS, min_size=1, max_size=3, unique_by=_identity).map(tuple)
    levels = st.builds(
        PolicyLevel, targets=targets, acknowledgement_delay=durations(timedelta(days=7))
    )
    several = st.lists(levels, min_size=1, max_size=3).map(tuple)
    return st.builds(SharedPolicy, name=NAMES, levels=several, **_rules())


def service_policies(service_id: str) -> st.SearchStrategy[ServicePolicy]:
    """One of its own, or the use of a shared one."""
    targets = st.lists(ADDRESSES, min_size=1, max_size=3, unique_by=_identity).map(tuple)
    levels = st.builds(Level, targets=targets, acknowledgement_delay=durations(timedelta(days=7)))
    several = st.lists(levels, min_size=1, max_size=3).map(tuple)
    own = st.builds(EscalationPolicy, service_id=st.just(service_id), levels=several, **_rules())
    return own | st.builds(PolicyUse, service_id=st.just(service_id), uses=NAMES)


def heartbeats() -> st.SearchStrategy[Heartbeat]:
    """One of any service."""
    return st.builds(
        Heartbeat,
        name=st.sampled_from(["nightly-backup", "on", "1", "12:30", "a b"]),
        service_id=SERVICES,
        interval=durations(timedelta(days=366), timedelta(seconds=1)),
        grace=st.just(timedelta(0)) | durations(timedelta(days=366)),
        dedup_key=st.none()
        | st.sampled_from(["heartbeat:nightly-backup", "heartbeat:on"])
        | st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=9),
    )


def integrations() -> st.SearchStrategy[IntegrationSetup]:
    """One of any protocol."""
    paths = st.builds(
        PayloadPaths,
        title=st.none() | st.just("a.b"),
        state=st.none() | st.just("alerts[0].x"),
        resolved=st.lists(st.sampled_from(["ok", "no"]), max_size=2).map(tuple),
    )
    routing = st.builds(
        Routing,
        service_id=SERVICES,
        field=st.none() | st.sampled_from(["service", "on"]),
        names=st.dictionaries(TEXTS, SERVICES, max_size=3),
        paths=st.none() | paths,
    )
    return st.builds(
        IntegrationSetup,
        st.sampled_from(["Grafana", "yes", "7", "a: b"]),
        st.sampled_from(PROTOCOLS),
        routing,
    )


def properties() -> st.SearchStrategy[tuple[str, ...]]:
    """Some sentences."""
    sentences = st.sampled_from(["no Level is empty", "x: y # z", "- on"])
    return st.lists(sentences, max_size=2, unique=True).map(tuple)


@st.composite
def configurations(draw: st.DrawFn) -> Configuration:
    """Some of everything."""
    names = draw(st.lists(NAMES, max_size=2, unique=True))
    calendars = [
        draw(schedules("Europe/Paris", BEGIN)).model_copy(update={"name": name}) for name in names
    ]
    entries = st.lists(people() | teams() | shared_policies(), max_size=6)
    services = {FALLBACK} if draw(st.booleans()) else set()
    services |= draw(st.sets(SERVICES, max_size=3))
    beats = draw(st.lists(heartbeats(), max_size=2))
    setups = draw(st.lists(integrations(), max_size=2))
    return Configuration(
        directory_of([*draw(entries), *calendars]),
        {one: draw(service_policies(one)) for one in services},
        {one.name: one for one in beats},
        {one.name: one for one in setups},
        draw(properties()),
    )


def _identity(target: PolicyTarget) -> tuple[str, str]:
    return target.type, target.key if isinstance(target, EmailTarget | SmsTarget) else target.name
