"""What Pager reads of any JSON: by paths, and by the usual names of fields."""

import json
from collections.abc import Mapping, Sequence

import pytest

from contract.web.intake.reading.fields import check_fields
from pager.access.integrations import PayloadPaths, Routing
from pager.adapters.web.intake import webhook
from pager.adapters.web.intake.events import Event, NotUnderstood, Payload

URL = "https://status.example.com/1"


def read(
    body: object, field: str | None = None, paths: Mapping[str, object] | None = None
) -> Sequence[Event]:
    """The events of a payload."""
    routing = Routing(
        service_id="platform", field=field, paths=PayloadPaths.model_validate(paths or {})
    )
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return webhook.read(Payload(content, "application/json", routing=routing))


COMMON: dict[str, tuple[object, Event]] = {
    "a text": ({"text": "Disk full"}, Event("trigger", None, "Disk full")),
    "a title and a message": (
        {"title": "Disk full", "message": "98 % of /data", "id": 7, "status": "firing"},
        Event("trigger", "7", "Disk full\n98 % of /data"),
    ),
    "the same twice": ({"title": "Full", "message": "Full"}, Event("trigger", None, "Full")),
    "a link": ({"msg": "Full", "url": URL}, Event("trigger", None, f"Full\n{URL}")),
    "an incident inside": (
        {"id": "message 9", "event": "opened", "incident": {"id": "INC-1", "name": "Full"}},
        Event("trigger", "INC-1", "Full"),
    ),
    "a key outside": (
        {"alias": "disk", "alert": {"id": 1, "summary": "Full"}},
        Event("trigger", "disk", "Full"),
    ),
    "a state inside": ({"data": {"id": 1, "state": "Recovered"}}, Event("resolve", "1")),
    "no field that is known": (
        {"disk": {"full": 1}},
        Event("trigger", None, '{"disk": {"full": 1}}'),
    ),
    **{
        state: ({"status": state, "key": "k"}, Event("resolve", "k"))
        for state in ("resolved", "OK", "closed", "recovered", "UP")
    },
    **{
        state: ({"status": state, "text": "Full"}, Event("trigger", None, "Full"))
        for state in ("down", "critical", "not ok", "acknowledged", "unknown")
    },
}


@pytest.mark.parametrize(("body", "event"), COMMON.values(), ids=COMMON)
def test_common_shapes_are_understood(body: object, event: Event) -> None:
    """Without a path set."""
    [found] = read(body)
    assert found[:3] == event[:3]


PATHS = {
    "title": "problem.what",
    "text": "problem.notes[0]",
    "dedup_key": "problem.number",
    "state": "problem.phase",
    "resolved": ["Gone", "muted"],
}
PROBLEM = {"what": "Disk full", "notes": ["98 %", "99 %"], "number": 7, "phase": "open"}


def test_paths_say_where_each_field_is() -> None:
    """Usual names do not count where a path is set."""
    body = {"problem": PROBLEM, "id": 1, "status": "resolved", "tags": [{"host": "db-1"}]}
    [event] = read(body, "tags[0].host", PATHS)
    assert event[:3] == ("trigger", "7", "Disk full\n98 %")
    assert event.fields["tags[0].host"] == "db-1"
    for phase in ("gone", "MUTED"):
        [event] = read({"problem": {**PROBLEM, "phase": phase}}, paths=PATHS)
        assert event[:2] == ("resolve", "7")


def test_a_path_that_leads_to_nothing_still_pages() -> None:
    """With the text that there is, and as what it is: not over, and without a key."""
    [event] = read({"title": "Disk full", "id": 1, "status": "resolved"}, "tags[0]", PATHS)
    assert event[:3] == ("trigger", None, "Disk full")


def test_an_array_has_an_event_for_each_object() -> None:
    """In its order."""
    events = read([{"text": "a", "id": 1}, {"id": 2, "state": "ok"}])
    assert [event[:2] for event in events] == [("trigger", "1"), ("resolve", "2")]


@pytest.mark.parametrize("body", [[], [1], [{"text": "a"}, 1], 7, "disk full", None, b"disk full"])
def test_what_has_no_fields_is_not_understood(body: object) -> None:
    """So the integration's own service is paged."""
    with pytest.raises(NotUnderstood):
        read(body)


def test_json_without_its_end_pages_and_resolves_nothing() -> None:
    """The state may be what is missing, or an inner one."""
    assert read(b'{"text": "Disk full on d')[0].text == "Disk full on d"
    with pytest.raises(NotUnderstood):
        read(b'{"id": 1, "status": "ok", "text": "Disk ful')


PART = b'--b\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n'
FORMS = {
    "urlencoded": (b"text=Disk+full&id=7", "application/x-www-form-urlencoded"),
    "multipart": (
        PART % (b"text", b"Disk full") + PART % (b"id", b"7") + b"--b--\r\n",
        "multipart/form-data",
    ),
}


@pytest.mark.parametrize(("body", "media_type"), FORMS.values(), ids=FORMS)
def test_a_form_is_read_as_its_fields(body: bytes, media_type: str) -> None:
    """As curl sends with -d, and with -F."""
    headers = {"content-type": f"{media_type}; boundary=b"}
    form = Payload(body, media_type, headers=headers)
    assert webhook.read(form)[0][:3] == ("trigger", "7", "Disk full")


def test_each_usual_name_is_read() -> None:
    """A table of them is in the documentation."""
    examples = [{name: "a", "text": "Full"} for name in webhook.STATES + webhook.KEYS + webhook.IDS]
    examples += [{name: "a"} for name in webhook.TITLES + webhook.TEXTS]
    examples += [{name: URL, "text": "Full"} for name in webhook.LINKS]
    others = dict.fromkeys(webhook.LINKS, f"{URL}/2") | dict.fromkeys(webhook.STATES, "ok")
    check_fields(webhook.FIELDS, read, examples, others)
