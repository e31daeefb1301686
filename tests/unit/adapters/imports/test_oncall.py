"""What becomes of an export of Grafana OnCall."""

from datetime import UTC, datetime, time, timedelta

from pager.access.integrations import Routing
from pager.configuration.configuration import IntegrationSetup
from pager.model import EmailTarget
from pager.oncall.directory import check_names
from pager.oncall.people import ContactMethod
from pager.oncall.policies import (
    PersonTarget,
    PolicyLevel,
    PolicyUse,
    ScheduleTarget,
    TeamTarget,
)
from pager.oncall.schedules import Hours, Override
from unit.adapters.imports.exported import imported, lines

MINUTE = timedelta(minutes=1)


def test_a_person_is_reached_by_e_mail() -> None:
    """The API tells no phone number: who was called is told, and costs pages."""
    result = imported("oncall")
    ada = result.configuration.directory.people["ada"]
    assert ada.contact_methods == (
        ContactMethod(target=EmailTarget(address="ada@example.com"), after=5 * MINUTE),
    )
    assert lines(result, "person ada") == [
        "! left out: the rule notify_by_slack, which Pager does not have",
        "! left out: the rule notify_by_phone_call: the API tells no phone number. Add it, or see "
        "that they do",
        "left out: the important rule notify_by_sms: Pager has one list of rules for everything",
        "ada@example.com is told at once: it waited 5 min before",
    ]


def test_the_levels_of_shifts_are_layers() -> None:
    """The higher level counts. Two who serve together are two rotations."""
    schedule = imported("oncall").configuration.directory.schedules["Platform"]
    assert [
        [(rotation.name, rotation.participants) for rotation in layer.rotations]
        for layer in schedule.layers
    ] == [
        [("Weekly", ("grace", "linus", "ada"))],
        [
            ("Nights", ("linus", "grace")),
            ("Weekend pair", ("ada",)),
            ("Weekend pair 2", ("grace",)),
        ],
        [("Lunch", ("ada", "grace", "linus"))],
        [("The move", ("linus",))],
    ]
    pair = schedule.layers[1].rotations[1]
    assert pair.restrictions == (
        Hours(weekdays=("saturday", "sunday"), starts=time(0), ends=time(0)),
    )
    [lunch] = schedule.layers[2].rotations
    assert lunch.restrictions == (
        Hours(weekdays=("wednesday", "friday"), starts=time(12), ends=time(13)),
    )
    assert schedule.overrides == (
        Override(
            person="linus",
            starts_at=datetime(2026, 12, 24, 23, tzinfo=UTC),
            ends_at=datetime(2026, 12, 26, 23, tzinfo=UTC),
        ),
    )


def test_what_no_rotation_can_say_is_told() -> None:
    """Every second week, days of the month, and calendars elsewhere."""
    result = imported("oncall")
    told = [note for note in result.notes if note.serious and note.place.startswith("schedule")]
    assert [(note.place, note.text) for note in told] == [
        ("schedule From a calendar", "left out: its shifts are in a calendar elsewhere"),
        ("schedule Platform", "its overrides in a calendar elsewhere are left out"),
        ("schedule Platform, shift The move", "user UGONE is left out: it was not imported"),
        ("schedule Platform", "its shift OGONE is not in the files"),
        (
            "schedule Platform, shift First of the month",
            "left out: it has days of the month, and the hours of a rotation are those of a week",
        ),
        (
            "schedule Platform, shift Every second Monday",
            "left out: it comes every 2 weeks, and the hours of a rotation are those of each",
        ),
    ]


def test_a_shift_by_another_clock_is_told() -> None:
    """A schedule of Pager has one zone."""
    result = imported("oncall")
    assert lines(result, "schedule Web, shift OW1") == [
        "was by the clock of UTC, and is by that of Europe/Paris, which is 1 h later now"
    ]


def test_what_is_between_two_waits_is_a_level() -> None:
    """A chain that begins again does so five times."""
    policies = imported("oncall").configuration.directory.policies
    assert policies["default"].levels == (
        PolicyLevel(targets=(ScheduleTarget(name="Platform"),), acknowledgement_delay=5 * MINUTE),
        PolicyLevel(
            targets=(PersonTarget(name="ada"), TeamTarget(name="Platform")),
            acknowledgement_delay=30 * MINUTE,
        ),
    )
    assert {name: policy.repeat for name, policy in policies.items()} == {
        "default": 5,
        "quiet-web": 0,
    }


def test_steps_that_pager_does_not_have_are_told() -> None:
    """Those with which somebody may have been told are serious."""
    result = imported("oncall")
    assert lines(result, "policy") == [
        "! told people by their important rules: here there is one list of rules",
        "! left out: called a webhook",
        "! user UGONE is left out: it was not imported",
        "was called 'quiet/web' before",
        "left out: waited for a time of day: here it goes on at once",
        "told one of several, the next one each time: all are told",
        "its first Level is told at once: it waited 1 min before",
    ]


def test_an_integration_is_a_service() -> None:
    """It has the policy of its default route; notes say that other routes do not count."""
    result = imported("oncall")
    assert result.configuration.policies == {
        "Grafana-prod": PolicyUse(service_id="Grafana-prod", uses="default"),
        "zabbix": PolicyUse(service_id="zabbix", uses="quiet-web"),
    }
    assert result.configuration.integrations == {
        "Grafana prod": IntegrationSetup(
            "Grafana prod", "grafana-oncall", Routing(service_id="Grafana-prod")
        ),
        "mail": IntegrationSetup("mail", "email", Routing(service_id="mail")),
    }
    assert lines(result, "integration Grafana prod, route") == [
        "! left out: alerts with us-(east|west) followed a chain of their own, and follow the "
        "default here"
    ]


def test_no_key_is_in_a_note() -> None:
    """A URL of Grafana OnCall has the key of its integration in it."""
    notes = "\n".join(note.text for note in imported("oncall").notes)
    assert "mReAoNwDm0eMwKo1mTeTwYo" not in notes
    assert "secret.ics" not in notes


def test_everything_that_is_named_is_there() -> None:
    """The configuration can be used as it is."""
    directory = imported("oncall").configuration.directory
    for entry in directory.entries:
        check_names(entry, directory)
