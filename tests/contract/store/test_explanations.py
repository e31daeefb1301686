"""Why somebody was paged: out of the journal and the past edits, on both databases."""

from datetime import datetime, timedelta

import pytest

from acceptance.sql_pager import SqlPager
from contract.store.on_call_entries import ADA, CHECKOUT, GRACE, plain, shared, use, weekly
from databases import SharedDatabase
from pager import Acknowledgement, Alert, HealthyEvent
from pager.adapters.store.core.filters import Names
from pager.adapters.store.explaining.explanations import Explanations, Question
from pager.adapters.store.explaining.past_incidents import MOST_PAGES, PastIncidents
from pager.adapters.store.oncall.on_call import SqlOnCall
from pager.adapters.store.ports.maintenance import SqlMaintenanceWindows
from pager.adapters.store.ports.policies import SqlEscalationPolicies
from pager.explain.replay import PastIncident, PastPage
from pager.explain.values import Explanation
from pager.model import FALLBACK
from pager.oncall.people import ContactMethod, Person
from pager.oncall.policies import PersonTarget, ScheduleTarget
from pager.oncall.schedules import Layer, Override

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
DATABASE = weekly("Database", "UTC", "2089-12-26T09:00")
ORDERS = shared(ScheduleTarget(name="Database"), PersonTarget(name="Grace"), name="Orders")


class Asked:
    """A Pager whose policies and incidents are asked about."""

    def __init__(self, pager: SqlPager) -> None:
        self.pager = pager
        self.on_call = SqlOnCall(pager.database, pager.now)
        self.policies = SqlEscalationPolicies(pager.database, pager.now)
        for entry in (ADA, GRACE, DATABASE, ORDERS):
            self.on_call.put(entry, "ada")
        self.policies.put(use(uses="Orders"), "grace")
        self.wait(HOUR)

    @property
    def now(self) -> datetime:
        return self.pager.clock.moment

    def wait(self, by: timedelta) -> None:
        self.pager.advance(by)

    def alert(self) -> None:
        self.pager.receive(Alert(service_id=CHECKOUT, message="replication stopped"))

    def explain(
        self,
        at: datetime | None = None,
        person: str | None = None,
        acknowledged_after: timedelta | None = None,
    ) -> Explanation:
        question = Question(CHECKOUT, at, person, acknowledged_after=acknowledged_after)
        return Explanations(self.pager.database, self.pager.now).of(question)


@pytest.fixture
def asked(shared: SharedDatabase) -> Asked:
    """On either database, an hour after it was set up."""
    return Asked(SqlPager(shared))


def told(explanation: Explanation) -> list[tuple[str, str]]:
    """Who is told, and what became of it."""
    return [(one.target, one.outcome) for step in explanation.steps for one in step.told]


def test_a_running_incident_is_told_out_of_the_journal(asked: Asked) -> None:
    """Each page with its reason and what became of it; whoever answered kept the next from it."""
    asked.alert()
    asked.wait(5 * MINUTE)
    asked.pager.receive(Acknowledgement(service_id=CHECKOUT, incident=1, by="Ada"))
    found = asked.explain(person="Grace")
    assert found.incident == 1
    assert found.summary.startswith("Incident 1 of checkout-api, since Sun 2090-01-01 01:00; ")
    assert found.policy[0].startswith("checkout-api uses the shared policy Orders (the edit by ")
    assert found.policy[0].endswith(" by grace, Sun 2090-01-01 00:00 UTC)")
    assert found.policy[1].endswith(" by ada, Sun 2090-01-01 00:00 UTC")
    assert [step.what for step in found.steps] == [
        "Alert: replication stopped",
        "Ada acknowledged",
    ]
    assert told(found) == [("ada@example.com", "sent")]
    assert found.steps[0].told[0].because == (
        "Level 1 of Orders names the schedule Database",
        "Ada has the turn in Weekly of Database, since Mon 2089-12-26 09:00 (UTC)",
        "ada@example.com is not verified, and no other is",
    )
    assert found.answer == (
        "Grace is not told",
        "Level 2 of Orders is not reached: Ada acknowledged at Sun 2090-01-01 01:05",
    )


def test_what_was_set_up_then_counts_and_not_what_is_now(asked: Asked) -> None:
    """Another policy, another directory: the past stays what it was."""
    asked.alert()
    asked.wait(20 * MINUTE)
    asked.pager.receive(HealthyEvent(service_id=CHECKOUT))
    then = asked.now - 10 * MINUTE
    asked.wait(HOUR)
    asked.policies.put(plain("edsger"), "ada")
    asked.on_call.put(ORDERS.model_copy(update={"levels": ORDERS.levels[1:]}), "ada")
    found = asked.explain(then)
    assert told(found) == [("ada@example.com", "sent"), ("grace@example.com", "sent")]
    assert [step.what for step in found.steps] == [
        "Alert: replication stopped",
        "15 min without an answer: level 2",
        "The service is healthy again",
    ]
    assert [one.because[0] for step in found.steps for one in step.told] == [
        "Level 1 of Orders names the schedule Database",
        "Level 2 of Orders names Grace",
    ]
    assert found.policy[0].endswith(" by grace, Sun 2090-01-01 00:00 UTC)")
    assert told(asked.explain()) == [("edsger@example.com", "")]


def test_each_step_has_the_reasons_of_its_own_moment(asked: Asked) -> None:
    """An edit of the policy and the schedule while it runs changes what comes after."""
    asked.alert()
    asked.wait(5 * MINUTE)
    [rotation] = DATABASE.rotations
    of_grace = Layer(rotations=(rotation.model_copy(update={"participants": ("Grace",)}),))
    asked.on_call.put(DATABASE.model_copy(update={"layers": (of_grace,)}), "ada")
    levels = (*ORDERS.levels, *shared(ScheduleTarget(name="Database")).levels)
    asked.on_call.put(ORDERS.model_copy(update={"levels": levels}), "ada")
    asked.wait(15 * MINUTE)
    found = asked.explain()
    assert found.policy[1].endswith(", Sun 2090-01-01 00:00 UTC")
    assert [one.because[0] for step in found.steps for one in step.told] == [
        "Level 1 of Orders names the schedule Database",
        "Level 1 of Orders names the schedule Database",
    ]
    ada, grace = (found.steps[number].told[0].because[1] for number in (0, 1))
    assert ada.startswith("Ada has the turn in Weekly of Database")
    assert grace.startswith("Grace has the turn in Weekly of Database")


def test_the_incident_of_another_service_is_not_told(asked: Asked) -> None:
    """Nor of the same service once it is over: at that very moment it is."""
    asked.policies.put(use("search-api", "Orders"))
    asked.pager.receive(Alert(service_id="search-api", message="no answers"))
    assert asked.explain().incident is None
    asked.alert()
    asked.wait(HOUR)
    asked.pager.receive(HealthyEvent(service_id=CHECKOUT))
    assert asked.explain(asked.now - MINUTE).incident == 1
    assert asked.explain(asked.now).incident is None


def test_what_tells_nobody_is_no_step(asked: Asked) -> None:
    """A later Alert; and whoever is not told because it was over by then reads when that was."""
    asked.alert()
    asked.pager.receive(Alert(service_id=CHECKOUT, message="replication is back, and slow"))
    asked.wait(MINUTE)
    asked.pager.receive(HealthyEvent(service_id=CHECKOUT))
    found = asked.explain(asked.now - MINUTE, person="Grace")
    assert [step.what for step in found.steps] == [
        "Alert: replication stopped",
        "The service is healthy again",
    ]
    assert found.answer[1] == (
        "Level 2 of Orders is not reached: the incident was over at Sun 2090-01-01 01:01"
    )


def test_whom_a_step_named_in_vain_is_said(asked: Asked) -> None:
    """As it was then."""
    asked.on_call.put(Person(name="Ada"))
    asked.alert()
    asked.wait(MINUTE)
    asked.on_call.put(ADA)
    [step] = asked.explain().steps
    assert step.gaps == ("Orders, Level 1 reaches nobody: Ada has no contact method",)


def test_a_page_that_nobody_has_tried_to_send_is_not_sent_yet(asked: Asked) -> None:
    """It is in the outbox."""
    asked.pager.commit_all([Alert(service_id=CHECKOUT, message="replication stopped")])
    assert told(asked.explain()) == [("ada@example.com", "not sent yet")]


def test_between_two_incidents_an_alert_is_rehearsed_as_it_was_then(asked: Asked) -> None:
    """So is one before the first, and before anything was set up it is refused."""
    then = asked.now
    asked.wait(HOUR)
    asked.policies.put(plain("edsger"))
    asked.alert()
    found = asked.explain(then, acknowledged_after=MINUTE)
    assert (found.incident, told(found)) == (None, [("ada@example.com", "")])
    assert asked.explain(then - 2 * HOUR).steps == ()
    assert asked.explain(asked.now + HOUR).incident is None


def test_an_incident_that_began_in_the_minute_that_is_asked_about_is_the_one(asked: Asked) -> None:
    """People know the minute, and not the second; one that was over by then is not."""
    minute = asked.now
    asked.wait(MINUTE / 2)
    asked.alert()
    asked.pager.receive(HealthyEvent(service_id=CHECKOUT))
    asked.wait(MINUTE)
    assert asked.explain(minute).incident == 1
    assert asked.explain(minute - MINUTE).incident is None
    assert asked.explain(minute + MINUTE).incident is None


def test_whoever_made_an_override_is_named(asked: Asked) -> None:
    """By the edit that has added it, and not by a later one of the same schedule."""
    override = Override(person="Grace", starts_at=asked.now, ends_at=asked.now + 9 * HOUR)
    taken = DATABASE.model_copy(update={"overrides": (override,)})
    asked.on_call.put(taken, "grace")
    asked.wait(MINUTE)
    asked.on_call.put(taken.model_copy(update={"time_zone": "Europe/Paris"}), "ada")
    because = asked.explain(asked.now).steps[0].told[0].because
    assert because[1] == (
        "Grace stands in for Ada in Database, since Sun 2090-01-01 02:00 until Sun 2090-01-01 11:00"
        " (Europe/Paris) (the edit by grace, Sun 2090-01-01 01:00 UTC)"
    )


def test_what_became_of_a_page_is_said(asked: Asked) -> None:
    """Refused, not sent yet, or withdrawn."""
    asked.pager.mail.refused.add("ada@example.com")
    asked.alert()
    assert told(asked.explain())[0] == (
        "ada@example.com",
        "refused: there is no ada@example.com",
    )
    asked.pager.receive(HealthyEvent(service_id=CHECKOUT))
    asked.pager.mail.refused.clear()
    asked.pager.mail.down = True
    asked.alert()
    assert told(asked.explain()) == [("ada@example.com", "not sent yet: the gateway is down")]
    asked.pager.receive(Acknowledgement(service_id=CHECKOUT, incident=2))
    asked.wait(HOUR)
    withdrawn = "withdrawn before it was sent, as it was not needed any more"
    assert told(asked.explain()) == [("ada@example.com", withdrawn)]


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("delivered", "sent, and it has arrived"),
        ("undelivered", "sent, and it has not arrived"),
    ],
)
def test_a_delivery_report_counts(asked: Asked, status: str, outcome: str) -> None:
    """Of an SMS."""
    method = ContactMethod.model_validate_json(
        '{"target": {"type": "sms", "phone_number": "+33612345678"}}'
    )
    asked.on_call.put(Person(name="Ada", contact_methods=(method,)))
    asked.alert()
    asked.pager.report(method.target, "delivered" if status == "delivered" else "undelivered")
    assert told(asked.explain())[0][1].startswith(outcome)


def test_in_maintenance_nobody_is_told_before_its_end(asked: Asked) -> None:
    """Of windows one after the other, before the end of the last."""
    windows = SqlMaintenanceWindows(asked.pager.database, asked.pager.now)
    windows.add(CHECKOUT, HOUR, asked.now + 5 * HOUR)
    assert asked.explain().steps[0].at == asked.now
    windows.add(CHECKOUT, HOUR)
    windows.add(CHECKOUT, HOUR, asked.now + HOUR)
    rehearsed = asked.explain(person="Ada")
    assert rehearsed.steps[0].at == asked.now + 2 * HOUR
    end = "in maintenance until Sun 2090-01-01 03:00: nobody is told before"
    assert rehearsed.summary.endswith(end)
    asked.alert()
    waits = asked.explain(person="Ada")
    assert (waits.incident, waits.steps[0].level, told(waits)) == (1, 0, [])
    assert "in maintenance until Sun 2090-01-01 02:00" in waits.answer[1]
    asked.wait(HOUR)
    assert "in maintenance until Sun 2090-01-01 03:00" in asked.explain(person="Ada").answer[1]


def test_the_fallback_counts_as_it_was_then(asked: Asked) -> None:
    """Where the service had no policy."""
    asked.policies.remove(CHECKOUT)
    asked.policies.put(plain("edsger", service_id=FALLBACK), "grace")
    found = asked.explain()
    assert told(found)[0] == ("edsger@example.com", "")
    assert found.policy[1].startswith("So the fallback policy counts (the edit ")


@pytest.mark.proof
def test_of_very_many_pages_the_first_are_listed(asked: Asked) -> None:
    """It is asked who was told first."""
    asked.policies.put(plain(*(f"{number:02}" for number in range(MOST_PAGES + 1))))
    asked.alert()
    asked.wait(24 * HOUR)
    [found], _ = PastIncidents(asked.pager.database).page(Names(), asked.now - 24 * HOUR, 1)
    assert [page.target[:2] for page in found.told] == [f"{n:02}" for n in range(MOST_PAGES)]


def test_what_really_happened_is_listed_to_be_replayed(asked: Asked) -> None:
    """Each page at the moment at which it was decided; in pages, the newest first."""
    began = asked.now
    asked.alert()
    asked.wait(20 * MINUTE)
    asked.pager.receive(Acknowledgement(service_id=CHECKOUT, incident=1))
    asked.pager.receive(HealthyEvent(service_id=CHECKOUT))
    asked.wait(MINUTE)
    asked.alert()
    past = PastIncidents(asked.pager.database)
    [newest], place = past.page(Names(), began, 1)
    [oldest], last = past.page(Names(), began, 1, place)
    assert (newest.incident, newest.ended_at, last) == (2, None, None)
    assert oldest == PastIncident(
        service_id=CHECKOUT,
        incident=1,
        begun_at=began,
        acknowledged_at=began + 20 * MINUTE,
        ended_at=began + 20 * MINUTE,
        told=(
            PastPage(at=began, target="ada@example.com"),
            PastPage(at=began + 15 * MINUTE, target="grace@example.com"),
        ),
    )
    assert past.page(Names(among={"search-api"}), began, 1) == ([], None)
