"""Whatever stands in the place of a value, it is said in the words of the file."""

import json
import re
from collections.abc import Iterator

import pytest
from pydantic import JsonValue, ValidationError

from pager.adapters.configuration.documents import DOCUMENT, read
from pager.adapters.configuration.merging import merged
from pager.adapters.configuration.problems import WrongDocument, problems_of
from pager.adapters.configuration.texts import WrongFolder
from pager.adapters.configuration.yaml_values import read_yaml

RIGHT = """
people:
  Ada:
    contact_methods: [{email: ada@example.com}, {sms: "+33612345678", after: 5 min}]
    account: ada
teams: {Database: [Ada]}
schedules:
  Database:
    time_zone: Europe/Paris
    layers:
      - rotations:
          - name: Weekly
            participants: [Ada]
            starts: 2026-11-23 09:00
            shift_length: 7 days
            ends: 2027-11-23 09:00
            restrictions:
              - {weekdays: [monday], from: "09:00", until: "17:00"}
              - {from: friday 18:00, until: monday 09:00}
    overrides:
      - person: Ada
        starts_at: 2026-12-24T18:00:00+01:00
        ends_at: 2026-12-26T09:00:00+01:00
        rotation: Weekly
policies:
  Database:
    levels:
      - targets: [{schedule: Database}, {person: Ada}, {team: Database}, {email: a@example.com}]
        acknowledgement_delay: 10 min
    repeat: 1
    acknowledgement_expiry: 4 hours
services:
  orders-db: {uses: Database}
  legacy: {levels: [{targets: [{sms: "+33612345678"}], acknowledgement_delay: 5 min}], repeat: 1}
fallback: {levels: [{targets: [{email: b@example.com}]}]}
heartbeats: {nightly: {service: orders-db, interval: 1 day, grace: 30 min, dedup_key: k}}
integrations:
  Grafana:
    protocol: webhook
    service: orders-db
    field: service
    names: {a: orders-db}
    paths: {title: a, text: b, dedup_key: c, state: d, resolved: [ok]}
properties: [no Level is empty]
"""
"""Every field that there is."""

NO_TEXTS: list[JsonValue] = [None, 1, -1, 0.5, True, 10**30, [], ["x"], [None], [[]], {}, {"x": 1}]
WRONG: list[JsonValue] = [*NO_TEXTS, "", "x", " x ", "x\ty", "e" * 400]
NOT = "This is not YAML: "
QUOTES = "needs quotation marks."
A_COLON = f"A text that has a colon and a space in it {QUOTES}"
CHARACTER = (
    "heartbeat b, service: 'é' has a character that cannot be here; letters from A to Z, digits"
    " and . _ : @ + - can."
)
OF_PROGRAMS = re.compile(
    "Input|String|should|valid|object|array|datetime|timezone|integer|tuple|dict|None|NoneType"
)
"""Words of those who write programs, and not files."""


def said(text: str) -> list[str]:
    """What is wrong with the text of one file, without its name."""
    try:
        merged({"f.yaml": text})
    except WrongFolder as error:
        return [str(problem).removeprefix("f.yaml:") for problem in error.problems]
    return []


def said_of(document: JsonValue) -> list[str]:
    """The same of a document, without the YAML, which takes long to read."""
    try:
        read(DOCUMENT.validate_json(json.dumps(document)))
    except ValidationError as error:
        return [*map(str, problems_of(error))]
    except WrongDocument as error:
        return [*map(str, error.problems)]
    return []


def with_each_value(value: JsonValue, wrong: JsonValue) -> Iterator[JsonValue]:
    """The value with the wrong one in the place of each that is in it, one after the other."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from ({**value, key: one} for one in (wrong, *with_each_value(inner, wrong)))
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            for one in (wrong, *with_each_value(inner, wrong)):
                yield [*value[:at], one, *value[at + 1 :]]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: repr(wrong)[:9])
def test_a_wrong_value_is_answered_in_the_words_of_the_file(wrong: JsonValue) -> None:
    """In the place of each value of every kind; a sentence says what to write."""
    right = read_yaml(RIGHT).value
    assert said_of(right) == []
    for changed in with_each_value(right, wrong):
        for sentence in said_of(changed):
            assert not OF_PROGRAMS.search(sentence), sentence
            assert sentence.endswith((".", "?")), sentence


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "people: {Anna: {email: a@example.com}}",
            "person Anna, email: There is no such field here. Write contact_methods: [{email: …}].",
        ),
        (
            "people: {Anna: {contact_methods: {email: a@example.com}}}",
            "person Anna, contact methods: A list is expected, as [one, another] or with a - for"
            " each; here are fields.",
        ),
        (
            "people: {Anna: }",
            "person Anna: Fields are expected: contact_methods, account; nothing is said here.",
        ),
        (
            "schedules: {D: {time_zone: Paris}}",
            "schedule D, time zone: There is no time zone Paris. Did you mean Europe/Paris?",
        ),
        (
            "schedules: {D: {time_zone: America/New York}}",
            "schedule D, time zone: There is no time zone America/New York. Did you mean"
            " America/New_York?",
        ),
        (
            "schedules: {D: {time_zone: Mars/Olympus}}",
            "schedule D, time zone: There is no time zone Mars/Olympus. One is Europe/Paris.",
        ),
        (
            "people: [Anna]",
            "people: Names are expected, each with a colon and what it is; here is a list.",
        ),
        (
            "people: {layers: {x: 1}}",
            "person layers, x: There is no such field. There are: contact_methods, account.",
        ),
        (
            "policies: {D: {levels: [{targets: [{person: A, team: B}]}]}}",
            "policy D, level 1, target 1, team: A Target is one of email, sms, person, team and"
            " schedule: write an item for each.",
        ),
        (
            "integrations: {G: {protocol: Grafana, service: a}}",
            "integration G, protocol: One of these is expected: alertmanager, cloudevents, email,"
            " goalert, grafana, grafana-oncall, opsgenie, pagerduty, uptime-kuma, webhook. Did you"
            " mean grafana?",
        ),
        (
            "properties:\n  - orders-db: no Level is empty",
            "property 1: A text is expected; here are fields. A text that has a colon and a space"
            " in it needs quotation marks.",
        ),
        ("heartbeats: {b: {service: é, interval: 1 day}}", CHARACTER),
        (
            "people:\n\tAda: {}",
            "This is not YAML: a line begins with a tab. Indent it with spaces.",
        ),
        ("people: {Ada: {account: @a}}", f"{NOT}a text that begins with such a sign {QUOTES}"),
        ('people:\n  "Ada: {}\n\n', f"{NOT}quotation marks are opened here and not closed."),
        ("people: {Ada: {account: &}}", f"{NOT}a text that begins with such a sign {QUOTES}"),
        ("people: - Ada", f"{NOT}an item with a - cannot stand here."),
        ("people: {Ada: ]}", f"{NOT}a bracket is closed here that is not open"),
        (": x", "A name is missing before the colon."),
        ("a: b: c", f"{NOT}there is a colon too many. {A_COLON}"),
        ("people: {Ada: {}\nteams: {}", f"{NOT}a {{ or [ above is not closed. Write }} or ],"),
        ("people:\n  Ada: {}\n Bob: {}", f"{NOT}this line does not go with those above."),
        ("people: {Ada: *ada}", f"{NOT}what begins with * is an alias,"),
        ("people: {}\n---\nteams: {}", f"{NOT}--- begins another document."),
    ],
)
def test_what_to_write_is_said(text: str, sentence: str) -> None:
    """Whatever somebody may think how the files are written."""
    [found] = said(text)
    assert found.partition(" ")[2].startswith(sentence)
