"""What the directory of every store must promise, and the policies that name people of it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

import pytest

from pager.messages import Alert
from pager.model import FALLBACK, EmailTarget, EscalationPolicy, Level, SmsTarget
from pager.oncall.directory import Directory, Entry, NobodyOfThatName, StillUsed, directory_of
from pager.oncall.people import ContactMethod, Person
from pager.oncall.policies import (
    PersonTarget,
    PolicyLevel,
    PolicyUse,
    ScheduleTarget,
    SharedPolicy,
    TeamTarget,
)
from pager.oncall.schedules import Override, Schedule
from pager.oncall.teams import Team
from pager.simulation.simulated import EditableDirectory
from pager.testing.contract.store import ALERT, POLICY, TIMEOUT, StoreUnderTest

HOUR = timedelta(hours=1)
MILLISECOND = timedelta(milliseconds=1)

ADA = Person(
    name="Ada",
    contact_methods=(
        ContactMethod(target=SmsTarget(phone_number="+33612345678"), verified=True),
        ContactMethod(
            target=EmailTarget(address="ada@example.com"),
            after=timedelta(minutes=5),
            verified=True,
        ),
    ),
    account="ada",
)
GRACE = Person(
    name="Grace Hopper ☃",
    contact_methods=(ContactMethod(target=EmailTarget(address="grace@example.com")),),
)
NOBODY = Person(name="Nobody")
TEAM = Team(name="Payments", members=("Ada", GRACE.name))
EMPTY = Schedule(name="Database", time_zone="Europe/Paris")
TO_ADA = SharedPolicy(name="Payments", levels=(PolicyLevel(targets=(PersonTarget(name="Ada"),)),))
TO_DATABASE = SharedPolicy(
    name="Payments", levels=(PolicyLevel(targets=(ScheduleTarget(name="Database"),)),)
)
USE = PolicyUse(service_id="checkout-api", uses="Payments")


def only(*addresses: str, service_id: str = "checkout-api") -> EscalationPolicy:
    """A plain policy with a Level for each address."""
    levels = (Level(targets=(EmailTarget(address=address),)) for address in addresses)
    return EscalationPolicy(service_id=service_id, levels=tuple(levels))


class StoreWithDirectory(NamedTuple):
    """A store, and its directory."""

    store: StoreUnderTest
    directory: EditableDirectory
    moment: Callable[[], datetime]
    """The time of the store's clock."""

    def put(self, *entries: Entry) -> None:
        """Put all of them."""
        for entry in entries:
            self.directory.put(entry)

    def hand_over(self, *turns: tuple[str, timedelta, timedelta]) -> None:
        """Put these on call in Database: from and until when, from now."""
        now = self.moment()
        overrides = (
            Override(person=name, starts_at=now + start, ends_at=now + end)
            for name, start, end in turns
        )
        self.put(EMPTY.model_copy(update={"overrides": tuple(overrides)}))


class DirectoryContract:
    """The promises of `EditableDirectory`, and of `EscalationPolicies` that name people of it."""

    @pytest.fixture
    def kept(self) -> StoreWithDirectory:
        """An empty store."""
        raise NotImplementedError

    def test_entries_come_back_as_they_were_put(self, kept: StoreWithDirectory) -> None:
        """Every field of them, by kind and name."""
        kept.put(ADA, GRACE, TEAM)
        kept.hand_over(("Ada", timedelta(0), HOUR))
        policy = SharedPolicy(
            name="Payments",
            levels=(
                PolicyLevel(
                    targets=(
                        PersonTarget(name=GRACE.name),
                        TeamTarget(name="Payments"),
                        ScheduleTarget(name="Database"),
                        EmailTarget(address="all@example.com"),
                        SmsTarget(phone_number="+33612345679"),
                    ),
                    acknowledgement_delay=timedelta(minutes=7),
                ),
            ),
        )
        kept.put(policy)
        directory = kept.directory.directory()
        assert directory.people == {"Ada": ADA, GRACE.name: GRACE}
        assert directory.teams == {"Payments": TEAM}
        assert [schedule.people for schedule in directory.schedules.values()] == [{"Ada"}]
        assert directory.policies == {"Payments": policy}

    def test_an_edit_takes_the_place_of_the_entry(self, kept: StoreWithDirectory) -> None:
        """There is one of each kind and name."""
        edited = GRACE.model_copy(update={"account": "grace"})
        kept.put(GRACE, edited)
        assert kept.directory.directory() == directory_of([edited])

    def test_a_removed_entry_is_gone(self, kept: StoreWithDirectory) -> None:
        """And removing it again does no harm."""
        kept.put(ADA, GRACE)
        kept.directory.remove(Person, "Ada")
        kept.directory.remove(Person, "Ada")
        kept.directory.remove(Team, GRACE.name)
        assert kept.directory.directory() == directory_of([GRACE])

    def test_whoever_names_somebody_unknown_is_refused(self, kept: StoreWithDirectory) -> None:
        """And nothing is changed."""
        for entry in (TEAM, TO_ADA, TO_DATABASE):
            with pytest.raises(NobodyOfThatName):
                kept.directory.put(entry)
        with pytest.raises(NobodyOfThatName):
            kept.hand_over(("Ada", timedelta(0), HOUR))
        assert kept.directory.directory() == Directory()

    def test_whoever_is_named_is_not_removed(self, kept: StoreWithDirectory) -> None:
        """By a team, a schedule, a policy or a service."""
        kept.put(ADA, GRACE, TEAM, EMPTY, TO_DATABASE)
        kept.store.policies.put(USE)
        before = kept.directory.directory()
        with pytest.raises(StillUsed, match="the team Payments"):
            kept.directory.remove(Person, "Ada")
        with pytest.raises(StillUsed, match="the policy Payments"):
            kept.directory.remove(Schedule, "Database")
        with pytest.raises(StillUsed, match="checkout-api"):
            kept.directory.remove(SharedPolicy, "Payments")
        assert kept.directory.directory() == before

    def test_a_policy_that_no_service_uses_any_more_is_removed(
        self, kept: StoreWithDirectory
    ) -> None:
        """The services have others, or none."""
        kept.put(ADA, TO_ADA)
        kept.store.policies.put(USE)
        kept.store.policies.put(USE.model_copy(update={"service_id": "billing-api"}))
        kept.store.policies.put(POLICY)
        kept.store.policies.remove("billing-api")
        kept.directory.remove(SharedPolicy, "Payments")
        assert kept.directory.directory().policies == {}

    def test_the_use_of_an_unknown_policy_is_refused(self, kept: StoreWithDirectory) -> None:
        """And the service keeps the policy that it has."""
        kept.store.policies.put(POLICY)
        with pytest.raises(NobodyOfThatName):
            kept.store.policies.put(USE)
        assert kept.store.policies.of("checkout-api") == POLICY

    def test_a_shared_policy_is_a_plain_one_for_each_service(
        self, kept: StoreWithDirectory
    ) -> None:
        """As its people want to be reached."""
        kept.put(ADA, TO_ADA)
        for service_id in ("checkout-api", "billing-api"):
            kept.store.policies.put(PolicyUse(service_id=service_id, uses="Payments"))
            policy = kept.store.policies.of(service_id)
            assert policy is not None
            assert policy.service_id == service_id
            assert [
                (level.targets[0].key, level.acknowledgement_delay) for level in policy.levels
            ] == [
                ("+33612345678", timedelta(minutes=5)),
                ("ada@example.com", timedelta(minutes=10)),
            ]

    def test_an_edit_of_the_directory_counts_at_once(self, kept: StoreWithDirectory) -> None:
        """For whoever is asked next."""
        kept.put(ADA, TO_ADA)
        kept.store.policies.put(USE)
        kept.put(ADA.model_copy(update={"contact_methods": GRACE.contact_methods}))
        assert kept.store.policies.of("checkout-api") == only("grace@example.com")

    def test_whoever_is_on_call_now_counts(self, kept: StoreWithDirectory) -> None:
        """To the moment of the handover, by the store's clock."""
        kept.put(GRACE, Person(name="Ada", contact_methods=ADA.contact_methods[1:]))
        kept.hand_over(("Ada", timedelta(0), HOUR), (GRACE.name, HOUR, 2 * HOUR))
        kept.put(TO_DATABASE)
        kept.store.policies.put(USE)
        kept.store.advance(HOUR - MILLISECOND)
        assert kept.store.policies.of("checkout-api") == only("ada@example.com")
        kept.store.advance(MILLISECOND)
        assert kept.store.policies.of("checkout-api") == only("grace@example.com")
        kept.store.advance(HOUR)
        assert kept.store.policies.of("checkout-api") is None

    def test_the_fallback_counts_where_a_policy_reaches_nobody(
        self, kept: StoreWithDirectory
    ) -> None:
        """It says why; and it may be a shared one."""
        gaps = ("Payments, Level 1 reaches nobody: nobody is on call in Database",)
        kept.put(EMPTY, TO_DATABASE)
        kept.store.policies.put(USE)
        assert kept.store.policies.of("checkout-api") is None
        assert tuple(kept.store.policies.gaps("checkout-api")) == gaps
        kept.put(GRACE, SharedPolicy(name="Last", levels=_to(GRACE)))
        kept.store.policies.put(PolicyUse(service_id=FALLBACK, uses="Last"))
        fallback = only("grace@example.com", service_id=FALLBACK)
        expected = fallback.model_copy(update={"gaps": gaps})
        assert kept.store.policies.of("checkout-api") == expected
        assert kept.store.policies.of("search-api") == fallback
        assert tuple(kept.store.policies.gaps("search-api")) == ()

    def test_a_decision_is_saved_with_whom_it_reached(self, kept: StoreWithDirectory) -> None:
        """Also where somebody was not reached."""
        levels = (*TO_DATABASE.levels, *_to(GRACE))
        kept.put(EMPTY, GRACE, TO_DATABASE.model_copy(update={"levels": levels}))
        kept.store.policies.put(USE)
        kept.store.save(ALERT)
        kept.put(GRACE.model_copy(update={"contact_methods": ADA.contact_methods}))
        [claim] = kept.store.claim("email")
        assert claim.effect.idempotency_key == "checkout-api/1/1/grace@example.com"

    def test_an_edit_gives_the_last_timeout_of_exhausted_incidents_again(
        self, kept: StoreWithDirectory
    ) -> None:
        """Of services that use a shared policy, and of no others."""
        kept.put(GRACE, ADA, SharedPolicy(name="Payments", levels=_to(GRACE)))
        kept.store.policies.put(USE)
        kept.store.policies.put(only("edsger@example.com", service_id="search-api"))
        for service_id in ("checkout-api", "search-api"):
            kept.store.save(Alert(service_id=service_id, message="down"))
            kept.store.save(TIMEOUT.model_copy(update={"service_id": service_id}))
        kept.put(SharedPolicy(name="Payments", levels=(*_to(GRACE), *_to(ADA))))
        assert kept.store.timer.due() == [TIMEOUT]
        kept.store.timer.done(TIMEOUT)
        kept.put(GRACE.model_copy(update={"contact_methods": ADA.contact_methods}))
        assert kept.store.timer.due() == [TIMEOUT]
        kept.store.timer.done(TIMEOUT)

    def test_an_edit_lets_services_on_a_shared_fallback_go_on(
        self, kept: StoreWithDirectory
    ) -> None:
        """They have no policy of their own, or one that reaches nobody."""
        kept.put(GRACE, ADA, NOBODY, SharedPolicy(name="Last", levels=_to(GRACE)))
        kept.put(SharedPolicy(name="Payments", levels=_to(NOBODY)))
        kept.store.policies.put(PolicyUse(service_id=FALLBACK, uses="Last"))
        kept.store.policies.put(USE)
        other = TIMEOUT.model_copy(update={"service_id": "search-api"})
        for timeout in (TIMEOUT, other):
            kept.store.save(Alert(service_id=timeout.service_id, message="down"))
            kept.store.save(timeout)
        kept.put(SharedPolicy(name="Last", levels=(*_to(GRACE), *_to(ADA))))
        due = sorted(message.service_id for message in kept.store.timer.due())
        assert due == ["checkout-api", "search-api"]
        for timeout in (TIMEOUT, other):
            kept.store.timer.done(timeout)


def _to(person: Person) -> tuple[PolicyLevel, ...]:
    return (PolicyLevel(targets=(PersonTarget(name=person.name),)),)
