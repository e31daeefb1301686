"""What differs between two configurations, in words: nothing that counts is left out."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from pager.access.integrations import PayloadPaths, Routing
from pager.configuration.configuration import Configuration, IntegrationSetup
from pager.configuration.difference import Change, difference
from pager.configuration.facts import AnyEntry, facts_of
from pager.configuration.managed import Managed, everything
from pager.heartbeats import Heartbeat
from pager.model import FALLBACK, EmailTarget, EscalationPolicy, Level, SmsTarget
from pager.oncall.directory import Entry, directory_of
from pager.oncall.people import ContactMethod, Person
from pager.oncall.policies import (
    PersonTarget,
    PolicyLevel,
    PolicyTarget,
    PolicyUse,
    ScheduleTarget,
    SharedPolicy,
)
from pager.oncall.schedules import Hours, Layer, Override, Rotation, Schedule, WeekSpan
from pager.oncall.teams import Team
from unit.configuration.strategies import (
    configurations,
    heartbeats,
    integrations,
    people,
    service_policies,
    shared_policies,
)

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
BEGIN = datetime(2027, 1, 1, 9, tzinfo=UTC)
MAIL = ContactMethod(target=EmailTarget(address="ada@example.com"))
PHONE = ContactMethod(target=SmsTarget(phone_number="+33612345678"), after=5 * MINUTE)
ADA, GRACE = PersonTarget(name="Ada"), PersonTarget(name="Grace")


def configuration(*entries: Entry) -> Configuration:
    """One that has these entries."""
    return Configuration(directory_of(entries))


def changed(before: Entry, after: Entry) -> Sequence[str]:
    """What is said of a change."""
    found = difference(
        configuration(before), configuration(after), everything(configuration(after))
    )
    [change] = found.changes
    assert change.what == "changed"
    return change.lines


def policy(*levels: Sequence[PolicyTarget], minutes: int = 15) -> SharedPolicy:
    """One with these Levels."""
    return SharedPolicy(
        name="Database",
        levels=tuple(
            PolicyLevel(targets=tuple(targets), acknowledgement_delay=minutes * MINUTE)
            for targets in levels
        ),
    )


def rotation(*participants: str, name: str = "Weekly") -> Rotation:
    """One that has turned since that day."""
    return Rotation(name=name, participants=participants, starts=BEGIN.replace(tzinfo=None))


def schedule(*layers: Sequence[Rotation]) -> Schedule:
    """One with these layers."""
    several = tuple(Layer(rotations=tuple(rotations)) for rotations in layers)
    return Schedule(name="Database", time_zone="Europe/Paris", layers=several)


def test_somebody_in_the_place_of_somebody_is_said_so() -> None:
    """Whoever was, and whoever is now."""
    assert changed(policy([ADA]), policy([GRACE])) == (
        "Level 1: person Grace instead of person Ada",
    )


def test_what_is_new_and_what_is_taken_out_is_said() -> None:
    """Level by Level; the time to acknowledge is one of the things that a Level says."""
    both = changed(policy([ADA]), policy([GRACE], [ADA], minutes=10))
    assert both == (
        "Level 1: person Grace instead of person Ada",
        "Level 1, time to acknowledge: 10 min instead of 15 min",
        "Level 2: new: person Ada",
        "Level 2, time to acknowledge: new: 10 min",
    )
    assert changed(policy([ADA, GRACE]), policy([ADA])) == ("Level 1: taken out: person Grace",)
    assert changed(policy([ADA, GRACE]), policy([GRACE, ADA])) == (
        "Level 1: in the order: person Grace, person Ada",
    )


def test_the_rules_of_a_policy_are_said() -> None:
    """Those that it has; without them nothing is said."""
    again = policy([ADA]).model_copy(update={"repeat": 2, "acknowledgement_expiry": 4 * HOUR})
    assert changed(policy([ADA]), again) == (
        "begins again: new: 2 times",
        "an Acknowledgement expires: new: after 4 h",
    )
    half = again.model_copy(update={"acknowledgement_expiry": timedelta(seconds=0.5)})
    assert changed(again, half) == (
        "an Acknowledgement expires: after PT0.5S instead of after 4 h",
    )


def test_a_change_of_a_person_is_said() -> None:
    """How they are reached; nobody writes what is verified, so it is no change."""
    before = Person(name="Ada", contact_methods=(MAIL,), account="ada")
    assert changed(before, Person(name="Ada", contact_methods=(MAIL, PHONE))) == (
        "contact methods: new: +33612345678 after 5 min",
        "account: taken out: ada",
    )
    marked = before.model_copy(
        update={"contact_methods": (MAIL.model_copy(update={"verified": True}),)}
    )
    assert difference(configuration(marked), configuration(before)).is_empty


def test_a_change_of_a_schedule_is_said() -> None:
    """Its hours, whose turn it is, its layers."""
    hours = Hours(weekdays=("monday", "friday"), starts=time(17), ends=time(9))
    weekend = WeekSpan(from_weekday="friday", starts=time(18), until_weekday="monday", ends=time(9))
    ends = BEGIN.replace(tzinfo=None) + timedelta(days=1)
    limited = rotation("Ada", "Grace").model_copy(
        update={"restrictions": (hours, weekend), "ends": ends, "shift_length": 12 * HOUR}
    )
    assert changed(
        schedule([rotation("Ada")]), schedule([limited], [rotation("Ada", name="Nights")])
    ) == (
        "layer 2: new: Nights",
        "rotation Weekly, in turn: new: Grace",
        "rotation Weekly, shift length: 12 h instead of 7 d",
        "rotation Weekly, ends: new: 2027-01-02 09:00",
        "rotation Weekly, hours: new: on monday, friday 17:00 to 09:00, friday 18:00 to monday "
        "09:00",
        "rotation Nights, in turn: new: Ada",
        "rotation Nights, starts: new: 2027-01-01 09:00",
        "rotation Nights, shift length: new: 7 d",
    )
    paris = schedule([rotation("Ada", "Grace")])
    tokyo = schedule([rotation("Grace", "Ada")]).model_copy(update={"time_zone": "Asia/Tokyo"})
    assert changed(paris, tokyo) == (
        "time zone: Asia/Tokyo instead of Europe/Paris",
        "rotation Weekly, in turn: in the order: Grace, Ada",
    )


def test_the_order_is_said_where_it_is_another_one() -> None:
    """Whose turn it is hangs on it."""

    def in_turn(*people: str) -> Sequence[str]:
        return changed(schedule([rotation("Ada", "Grace")]), schedule([rotation(*people)]))

    label = "rotation Weekly, in turn:"
    assert in_turn("Ada", "Edsger") == (f"{label} Edsger instead of Grace",)
    assert in_turn("Edsger", "Ada") == (
        f"{label} Edsger instead of Grace; in the order: Edsger, Ada",
    )
    assert in_turn("Grace", "Ada", "Edsger") == (
        f"{label} new: Edsger; in the order: Grace, Ada, Edsger",
    )
    assert in_turn("Ada", "Ada", "Grace") == (f"{label} new: Ada; in the order: Ada, Ada, Grace",)


def test_overrides_that_are_said_are_compared() -> None:
    """To the microsecond where they have some."""
    before = schedule([rotation("Ada")])
    ends = BEGIN + timedelta(hours=8, microseconds=1)
    night = Override(person="Grace", starts_at=BEGIN, ends_at=ends, rotation="Weekly")
    whole = Override(person="Ada", starts_at=BEGIN, ends_at=BEGIN + HOUR)
    after = before.model_copy(update={"overrides": (night, whole)})
    assert changed(before, after) == (
        "overrides: new: Weekly: Grace from 2027-01-01 09:00 to 2027-01-01 17:00:00.000001 UTC, "
        "Ada from 2027-01-01 09:00 to 2027-01-01 10:00 UTC",
    )
    assert difference(configuration(after), configuration(before)).is_empty


def test_all_kinds_are_compared_in_their_order() -> None:
    """What is added says what it is; what is removed is only named."""
    own = EscalationPolicy(
        service_id="legacy", levels=(Level(targets=(EmailTarget(address="ops@example.com"),)),)
    )
    beat = Heartbeat(name="nightly", service_id="legacy", interval=timedelta(days=1), dedup_key="x")
    paths = PayloadPaths(title="a.b", dedup_key="c", resolved=("ok",))
    routing = Routing(service_id="orders-db", field="x", names={"b": "2", "a": "1"}, paths=paths)
    before = configuration(Person(name="Ada"), Team(name="Database", members=("Ada",)))
    after = configuration(policy([ScheduleTarget(name="Database")]))._replace(
        policies={"legacy": own, FALLBACK: PolicyUse(service_id=FALLBACK, uses="Database")},
        heartbeats={"nightly": beat},
        integrations={
            "Grafana": IntegrationSetup("Grafana", "grafana", Routing(service_id="orders-db")),
            "Hook": IntegrationSetup("Hook", "webhook", routing),
        },
        properties=("no Level is empty",),
    )
    found = difference(before, after)
    delay = "Level 1, time to acknowledge: 15 min"
    assert found.changes == (
        Change("people", "Ada", "removed"),
        Change("teams", "Database", "removed"),
        Change("policies", "Database", "added", ("Level 1: schedule Database", delay)),
        Change("services", "legacy", "added", ("Level 1: ops@example.com", delay)),
        Change("fallback", "", "added", ("uses: Database",)),
        Change(
            "heartbeats",
            "nightly",
            "added",
            ("service: legacy", "interval: 1 d", "grace: 1 min", "dedup key: x"),
        ),
        Change("integrations", "Grafana", "added", ("protocol: grafana", "service: orders-db")),
        Change(
            "integrations",
            "Hook",
            "added",
            (
                "protocol: webhook",
                "service: orders-db",
                "field: x",
                "names: a is 1, b is 2",
                "path of title: a.b",
                "path of dedup key: c",
                "resolved where state is: ok",
            ),
        ),
        Change("properties", "no Level is empty", "added"),
    )
    assert found.removes
    assert found.in_words == "7 entries are added, 2 entries are removed"
    back = difference(after, before, Managed(frozenset({"people"})))
    assert back.changes == (Change("people", "Ada", "added"),)
    assert (back.removes, back.in_words) == (False, "1 entry is added")
    assert difference(after, after).in_words == "nothing is changed"


@given(configurations())
def test_a_configuration_does_not_differ_from_itself(one: Configuration) -> None:
    """Whatever is in it."""
    assert difference(one, one, everything(one)).is_empty


KINDS: tuple[st.SearchStrategy[AnyEntry], ...] = (
    people(),
    shared_policies(),
    service_policies("orders-db"),
    heartbeats(),
    integrations(),
)


@given(st.sampled_from(KINDS).flatmap(lambda kind: st.tuples(kind, kind)))
def test_entries_that_differ_have_other_facts(pair: tuple[AnyEntry, AnyEntry]) -> None:
    """So no change is silent."""
    one, other = pair
    same = _without_name(one) == _without_name(other)
    assert (facts_of(one) == facts_of(other)) == same


def _without_name(entry: AnyEntry) -> object:
    if isinstance(entry, IntegrationSetup):
        no_paths = entry.routing.paths == PayloadPaths()
        routing = entry.routing.model_copy(update={"paths": None}) if no_paths else entry.routing
        return entry.protocol, routing
    return {field: value for field, value in entry if field != "name"}
