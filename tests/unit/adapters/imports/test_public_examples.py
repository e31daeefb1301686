"""What becomes of configurations that others have published, line by line."""

from datetime import datetime

from pager.adapters.imports.report import report
from pager.oncall.on_call import on_call
from unit.adapters.imports.exported import imported


def test_the_example_of_a_terraform_module_for_opsgenie() -> None:
    """Its rotation began in 1970, has a turn of nobody, and is for the day alone."""
    result = imported("opsgenie-acme")
    assert report(result).splitlines() == [
        "2 people, 3 teams, 1 schedule, 3 policies, 1 service, 0 heartbeats, 0 integrations.",
        "",
        "Somebody may not be paged who was:",
        "- schedule acme-default, rotation acme.default.rotation: the turn of nobody is left out: "
        "only people take turns here. The others' turns come sooner",
        "- team acme.dev, routing rule some-service: left out: some alerts told escalation "
        "acme.dev.some-service-escalation by it, and follow the default rule here",
        "- team acme.dev.some-service: its default routing rule is not in the files: its alerts "
        "tell the whole team",
        "- integration acme-dev-opsgenie-sns-integration: left out: Pager does not know what "
        "AmazonSns sends: if it raises alerts, make an integration of the protocol webhook",
        "- policy auto-close-based-on-priority; policy delay-action-test: left out: Pager has no "
        "such policies: alerts reach their service unchanged, at once",
        "",
        "What else is not as it was:",
        "- person Opsgenie Test User: no contacts are in the files: opsgenie-test@cloudposse.com "
        "is told",
        "- person Opsgenie Test User 2: no contacts are in the files: "
        "opsgenie-test-2@cloudposse.com is told",
        "- team acme.dev, routing rule Default Routing Rule: its alerts tell nobody: where there "
        "is a fallback policy, they follow that here",
    ]
    schedule = result.configuration.directory.schedules["acme-default"]
    in_the_morning = datetime.fromisoformat("2026-12-02T09:00-08:00")
    assert on_call(schedule, in_the_morning) in {
        ("Opsgenie Test User",),
        ("Opsgenie Test User 2",),
    }
    assert on_call(schedule, datetime.fromisoformat("2026-12-02T21:00-08:00")) == ()


def test_the_examples_of_terraform_for_pagerduty() -> None:
    """A night shift, a restriction that is the whole week, and one to the second."""
    result = imported("pagerduty-checkout")
    assert report(result).splitlines() == [
        "2 people, 1 team, 3 schedules, 1 policy, 3 services, 0 heartbeats, 0 integrations.",
        "",
        "Somebody may not be paged who was:",
        "- service Checkout-API; service Checkout-DB; service Checkout-Unrouted: its incidents "
        "were resolved after 4 h, and the next alert told people again: here an incident stays "
        "open, and later alerts join it",
        "- integration Cloudwatch of Checkout-API; integration Datadog of Checkout-API: left out: "
        "Pager does not know what event_transformer_api_inbound_integration sends: make an "
        "integration of the protocol pagerduty, where it sends events of version 2, or else "
        "webhook",
        "",
        "What else is not as it was:",
        "- person Bart Simpson: no contact methods are in the files: bart@foo.test is told",
        "- person Lisa Simpson: no contact methods are in the files: lisa@foo.test is told",
        "- schedule foo, layer foo: its hours are to the second: they are to the minute here",
        "- service Checkout-API: was called 'Checkout API' before",
        "- service Checkout-DB: was called 'Checkout DB' before",
        "- service Checkout-Unrouted: was called 'Checkout Unrouted' before",
    ]
    schedules = result.configuration.directory.schedules
    at_night = datetime.fromisoformat("2026-12-02T03:00-08:00")
    at_noon = datetime.fromisoformat("2026-12-02T12:00-08:00")
    assert len(on_call(schedules["Checkout Service Schedule"], at_night)) == 1
    assert on_call(schedules["Checkout Service Schedule"], at_noon) == ()
    assert len(on_call(schedules["platform-primary"], at_noon)) == 1
