"""The document of a configuration: it says all of it, and what is wrong with one is named."""

import json

import pytest
from hypothesis import given
from pydantic import JsonValue, ValidationError

from pager.adapters.configuration.documents import DOCUMENT, document_of, read
from pager.adapters.configuration.oncall_documents import RotationDocument
from pager.adapters.configuration.problems import WrongDocument, problems_of
from pager.configuration.configuration import Configuration
from pager.configuration.managed import Managed, everything
from pager.configuration.properties import LONGEST_PROPERTY
from pager.oncall.schedules import WEEKDAYS
from unit.configuration.strategies import configurations

ROTATION: dict[str, JsonValue] = {
    "name": "Weekly",
    "participants": ["Ada"],
    "starts": "2026-11-23 09:00",
}


def wrong(**kinds: JsonValue) -> list[str]:
    """What is wrong with the document that has these kinds."""
    try:
        read(DOCUMENT.validate_json(json.dumps(kinds)))
    except WrongDocument as error:
        return [str(problem) for problem in error.problems]
    except ValidationError as error:
        return [str(problem) for problem in problems_of(error)]
    return []


@given(configurations())
def test_what_is_written_is_read_again(configuration: Configuration) -> None:
    """Every configuration has a document that says it, and nothing else."""
    document = document_of(configuration, everything(configuration))
    text = json.dumps(document.model_dump(mode="json"))
    again = DOCUMENT.validate_json(text)
    assert read(again) == configuration
    assert again.managed == everything(configuration)


def test_what_a_document_does_not_name_is_not_managed() -> None:
    """A kind, or the overrides of a schedule; an empty kind is named."""
    document = DOCUMENT.validate_json(
        '{"people": {}, "schedules": {"Database": {"time_zone": "UTC"}}}'
    )
    assert document.managed == Managed(frozenset({"people", "schedules"}))
    assert document_of(read(document), document.managed) == document


@pytest.mark.parametrize(
    ("kinds", "sentence"),
    [
        (
            {"people": {"Ada": {"contact_methods": [{"sms": 33612345678}]}}},
            "person Ada, contact method 1, sms: This is a number, true or false to YAML: put "
            "quotation marks round it.",
        ),
        (
            {"people": {"Ada": {"contact_methods": [{"phone": "+33612345678"}]}}},
            "person Ada, contact method 1: A contact method is expected: {email: …} or {sms: …}.",
        ),
        (
            {"people": {"Ada": {"contact_method": []}}},
            "person Ada, contact method: There is no such field. Did you mean contact_methods?",
        ),
        ({"people": {"Ada/x": {}}}, "person Ada/x: 'Ada/x' has a character that cannot be here."),
        ({"people": None}, "people: Nothing is said: write {} for none, or leave it out."),
        ({"pepole": {}}, "pepole: There is no such kind of entries. Did you mean people?"),
        (
            {"xyz": {}},
            "xyz: There is no such kind of entries. There are: people, teams, schedules, policies, "
            "services, fallback, heartbeats, integrations, properties.",
        ),
        (
            {"teams": {"Database": ["Ada", "Ada"]}},
            "team Database, members: Ada is there twice: name them once.",
        ),
        ({"schedules": {"Database": {}}}, "schedule Database, time zone: This is missing."),
        (
            {"schedules": {"Database": {"time_zone": "UTC", "layers": [{"rotations": []}]}}},
            "schedule Database, layer 1, rotations: There must be at least 1.",
        ),
        (
            {"policies": {"Database": {"levels": [{"targets": [{"persn": "Ada"}]}]}}},
            "policy Database, level 1, target 1: A Target is expected: {email: …}, {sms: …}, "
            "{person: …}, {team: …} or {schedule: …}.",
        ),
        (
            {
                "services": {
                    "orders-db": {
                        "levels": [
                            {"targets": [{"sms": "+33612345678"}], "acknowledgement_delay": 10}
                        ]
                    }
                }
            },
            "service orders-db, level 1, acknowledgement delay: A duration with its unit is "
            "expected: 10 min, 4 hours, 7 days, or PT10M.",
        ),
        (
            {"services": {"orders-db": "Database"}},
            "service orders-db: A policy is expected: uses (the name of a shared one) or levels.",
        ),
        (
            {"services": {"pager:fallback": {"uses": "Database"}}},
            "service pager:fallback: Write this one as the kind `fallback`.",
        ),
        ({"fallback": {"levels": []}}, "fallback, levels: There must be at least 1."),
        ({"fallback": "no"}, "fallback: A policy is expected: uses or levels; or none."),
        (
            {"heartbeats": {"nightly": {"service": "orders-db", "interval": "400 days"}}},
            "heartbeat nightly, interval: It must be at most 366 days.",
        ),
        (
            {"integrations": {" Grafana": {"protocol": "grafana", "service": "orders-db"}}},
            "integration  Grafana: A name has no space at its ends.",
        ),
        (
            {"integrations": {"": {"protocol": "grafana", "service": "orders-db"}}},
            "integration : Give the integration a name of 1 to 100 characters that says who sends.",
        ),
        (
            {"properties": ["x" * (LONGEST_PROPERTY + 1)]},
            f"property 1: There may be at most {LONGEST_PROPERTY} characters.",
        ),
        ({"properties": ["x", "x"]}, "properties: “x” is there twice: once is enough."),
    ],
)
def test_what_is_wrong_is_said_with_its_place(kinds: dict[str, JsonValue], sentence: str) -> None:
    """One sentence, in words."""
    assert wrong(**kinds) == [sentence]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (
            {"starts": 1700000000},
            "starts: A date and a time are expected, such as 2027-01-18 09:00.",
        ),
        (
            {"shift_length": "90 min"},
            "shift length: A shift lasts whole hours, days or weeks: from 1 hour to 366 days.",
        ),
        (
            {"restrictions": [{"from": "monday 9"}]},
            'restriction 1: Hours are expected: {from: "08:00", until: "20:00"} for each day, '
            '{weekdays: [monday, friday], from: "08:00", until: "20:00"} or '
            "{from: friday 18:00, until: monday 09:00}.",
        ),
        (
            {"restrictions": [{"weekdays": [], "from": "09:00", "until": "17:00"}]},
            "restriction 1, weekdays: There must be at least 1.",
        ),
        (
            {"restrictions": [{"weekdays": ["monday"], "from": 540, "until": "17:00"}]},
            "restriction 1, from: A time of day is expected, such as 09:00.",
        ),
        (
            {"restrictions": [{"from": "friday", "until": "monday 09:00"}]},
            "restriction 1, from: A time of day is expected, such as 09:00.",
        ),
        (
            {"restrictions": [{"from": "freitag 18:00", "until": "monday 09:00"}]},
            "restriction 1, from: A weekday and a time are expected, such as friday 18:00.",
        ),
        (
            {"restrictions": [{"from": "18:00", "until": "monday 09:00"}]},
            "restriction 1, from: A weekday and a time are expected, such as friday 18:00.",
        ),
        (
            {"restrictions": [{"weekdays": ["mittwoch"], "from": "08:00", "until": "20:00"}]},
            "restriction 1, weekday 1: One of these is expected: monday, tuesday, wednesday, "
            "thursday, friday, saturday, sunday.",
        ),
    ],
)
def test_what_is_wrong_with_a_rotation_is_said(fields: dict[str, JsonValue], sentence: str) -> None:
    """A bare number is no time: it would be the seconds since midnight, or since 1970."""
    layers: JsonValue = [{"rotations": [{**ROTATION, **fields}]}]
    found = wrong(schedules={"Database": {"time_zone": "UTC", "layers": layers}})
    assert found == [f"schedule Database, layer 1, rotation 1, {sentence}"]


def _restricted(*restrictions: JsonValue) -> list[JsonValue]:
    """The restrictions of a rotation, as a document with these says them again."""
    rotation: JsonValue = {**ROTATION, "restrictions": [*restrictions]}
    layers: JsonValue = [{"rotations": [rotation]}]
    kinds = {
        "people": {"Ada": {}},
        "schedules": {"Database": {"time_zone": "UTC", "layers": layers}},
    }
    configuration = read(DOCUMENT.validate_json(json.dumps(kinds)))
    [layer] = configuration.directory.schedules["Database"].layers
    said = RotationDocument.of(layer.rotations[0]).model_dump(mode="json")
    return list(said["restrictions"])


def test_hours_without_weekdays_are_those_of_each_day() -> None:
    """They are written so again, and those of seven days are no others."""
    hours: dict[str, JsonValue] = {"from": "22:00", "until": "06:00"}
    assert _restricted(hours) == [hours]
    assert _restricted({"weekdays": [*WEEKDAYS], **hours}) == [hours]


def test_weekdays_are_known_by_their_first_letters() -> None:
    """And with capitals; what is written again has the whole name."""
    hours: dict[str, JsonValue] = {"from": "08:00", "until": "20:00"}
    assert _restricted(
        {"weekdays": ["Wed", "thurs", "FRIDAY"], **hours},
        {"from": "Fri 18:00", "until": "mon 09:00"},
    ) == [
        {"weekdays": ["wednesday", "thursday", "friday"], **hours},
        {"from": "friday 18:00", "until": "monday 09:00"},
    ]


@pytest.mark.parametrize(
    "restriction",
    [
        {"from": "08:00", "to": "20:00"},
        {"weekdays": ["monday"], "from": "08:00", "to": "20:00"},
        {"from": "friday 18:00", "to": "monday 09:00"},
    ],
)
def test_whoever_writes_to_is_told_of_until(restriction: dict[str, JsonValue]) -> None:
    """It is what many write first."""
    layers: JsonValue = [{"rotations": [{**ROTATION, "restrictions": [restriction]}]}]
    found = wrong(schedules={"Database": {"time_zone": "UTC", "layers": layers}})
    place = "schedule Database, layer 1, rotation 1, restriction 1"
    assert f"{place}, to: There is no such field here. Write until in its place." in found


def test_everything_that_is_wrong_is_said_at_once() -> None:
    """Nobody mends one thing to be told of the next."""
    assert len(wrong(people={"Ada": {"x": 1}}, teams={"a/b": ["Ada"]}, fallback="x")) == 3
    rotations: JsonValue = [
        {**ROTATION, "shift_length": "1 min"},
        {**ROTATION, "ends": "2020-01-01 00:00"},
    ]
    layers: JsonValue = [{"rotations": rotations}]
    assert len(wrong(schedules={"Database": {"time_zone": "UTC", "layers": layers}})) == 2
