"""What becomes of an export of PagerDuty."""

from datetime import datetime, timedelta

from pager.access.integrations import Routing
from pager.configuration.configuration import IntegrationSetup
from pager.model import SmsTarget
from pager.oncall.directory import check_names
from pager.oncall.people import ContactMethod
from pager.oncall.policies import PersonTarget, PolicyLevel, PolicyUse, ScheduleTarget
from unit.adapters.imports.exported import imported, lines

MINUTE = timedelta(minutes=1)


def test_a_person_is_told_as_by_the_rules_for_high_urgency() -> None:
    """What only a rule for low urgency told is told no more, and the token of an app is no name."""
    result = imported("pagerduty")
    ada = result.configuration.directory.people["Ada Lovelace"]
    assert ada.contact_methods == (ContactMethod(target=SmsTarget(phone_number="+33612345678")),)
    assert lines(result, "person Ada Lovelace") == [
        "! iPhone of Ada is left out: Pager has no app on a phone",
        "left out: a rule for low urgency that told email contact method Default: Pager knows no "
        "urgency",
        "+33612345678 is not called any more: it has SMS",
    ]


def test_who_is_in_a_team_says_the_user_or_the_list_of_members() -> None:
    """Each member once."""
    teams = imported("pagerduty").configuration.directory.teams
    assert teams["Payments"].members == ("Ada Lovelace", "Grace Hopper")


def test_the_layer_that_is_listed_first_counts_first() -> None:
    """In Pager the later layer counts. A layer that has ended is left out."""
    result = imported("pagerduty")
    schedule = result.configuration.directory.schedules["Payments"]
    names = [[rotation.name for rotation in layer.rotations] for layer in schedule.layers]
    assert names == [["Layer 1"], ["Nights"], ["Weekends"]]
    assert lines(result, "schedule Payments, layer Layer 1 before") == [
        "left out: it ended on 2025-11-07"
    ]


def test_a_layer_begins_with_a_turn() -> None:
    """One that begins in the middle of a turn, later than now, begins with that turn."""
    result = imported("pagerduty")
    [rotation] = result.configuration.directory.schedules["Second line"].rotations
    assert rotation.starts == datetime.fromisoformat("2027-03-01T09:00")
    assert result.configuration.directory.schedules["Second line"].time_zone == "America/New_York"
    assert lines(result, "schedule Second line") == [
        "begins with the handover at 2027-03-01 09:00, and not later in that turn"
    ]


def test_an_escalation_policy_is_there_for_each_time_of_its_services() -> None:
    """How long an acknowledgement lasts is said by the service there, and by the policy here."""
    result = imported("pagerduty")
    policies = result.configuration.directory.policies
    ada, grace = PersonTarget(name="Ada Lovelace"), PersonTarget(name="Grace Hopper")
    levels = (
        PolicyLevel(targets=(ScheduleTarget(name="Payments"),), acknowledgement_delay=10 * MINUTE),
        PolicyLevel(targets=(ada, grace), acknowledgement_delay=25 * MINUTE),
    )
    assert {
        name: (policy.levels == levels, policy.repeat, policy.acknowledgement_expiry)
        for name, policy in policies.items()
    } == {
        "Payments": (True, 2, None),
        "Payments, acknowledged for 10 min": (True, 2, 10 * MINUTE),
        "Search": (False, 0, None),
    }
    assert lines(result, "policy Payments") == [
        "! user Somebody Gone is left out: it was not imported",
        "! the Level is left out: it reaches nobody",
        "told its targets in turn, incident by incident: all are told",
    ]


def test_a_service_has_its_policy_and_its_senders() -> None:
    """What it does besides is said, and one that is disabled is left out."""
    result = imported("pagerduty")
    assert result.configuration.policies == {
        "checkout": PolicyUse(service_id="checkout", uses="Payments, acknowledged for 10 min"),
        "Refunds-Credit": PolicyUse(service_id="Refunds-Credit", uses="Payments"),
    }
    name = "Prometheus of checkout"
    assert result.configuration.integrations == {
        name: IntegrationSetup(name, "pagerduty", Routing(service_id="checkout"))
    }
    assert lines(result, "service") == [
        "! its incidents were resolved after 4 h, and the next alert told people again: here an "
        "incident stays open, and later alerts join it",
        "was called 'Refunds & Credit' before",
        "its urgency is not always high: Pager knows none, and always escalates",
        "left out: it is disabled",
        "its alert_grouping_parameters has no place in Pager: type: time, config: timeout: 120",
        "its support_hours has no place in Pager: type: fixed_time_per_day, time_zone: "
        "America/New_York, days_of_week: 1, 2, 3, 4…",
    ]


def test_a_page_of_several_is_told() -> None:
    """Whoever fetched only the first hundred knows it."""
    assert lines(imported("pagerduty"), "list of services") == [
        "! goes on: fetch its next page, too"
    ]


def test_everything_that_is_named_is_there() -> None:
    """The configuration can be used as it is."""
    directory = imported("pagerduty").configuration.directory
    for entry in directory.entries:
        check_names(entry, directory)
