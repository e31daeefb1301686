"""Alerts as the world sends them: each that names a service is paged, whatever its form."""

import gzip
import json
import zlib
from collections.abc import Mapping

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from contract.web.application import ALERT, POLICY, check_problem, shared_application
from pager import Alert, Unhealthy
from pager.adapters.runtime.pools import Pool
from pager.adapters.store.core.database import Database
from pager.adapters.store.ports import SqlPorts
from pager.adapters.web.api.message_requests import ReadAlert, read_alerts, read_plain_alert
from pager.adapters.web.limits import LARGEST_BODY

JSON = {"content-type": "application/json"}
NAME = "checkout-api"
REPLACED = "\N{REPLACEMENT CHARACTER}"


@pytest.fixture
def client(database: Database) -> TestClient:
    """A client of a server on which checkout-api and search-api have a policy."""
    client = TestClient(shared_application(database, None, "testserver"))
    for name in (NAME, "search-api"):
        client.put(f"/escalation-policies/{name}", json={**POLICY, "service_id": name})
    return client


def application_of(client: TestClient) -> FastAPI:
    """The application that it talks to."""
    app = client.app
    assert isinstance(app, FastAPI)
    return app


def message_of(database: Database, name: str = NAME) -> str | None:
    """What the page of the service says; None where it is Healthy."""
    service = SqlPorts(database).services.load(name).service
    return service.message if isinstance(service, Unhealthy) else None


def sent(
    client: TestClient, body: str | bytes, headers: Mapping[str, str] = JSON, path: str = "/alerts"
) -> dict[str, object]:
    """The receipt of a body that is sent as it is."""
    content = body if isinstance(body, bytes) else body.encode()
    response = client.post(path, content=content, headers=dict(headers))
    assert response.status_code == 202, response.text
    receipt: dict[str, object] = response.json()
    return receipt


def warnings_of(receipt: dict[str, object]) -> dict[str, str]:
    """What the receipt says was ignored or mended, by its field."""
    warnings = receipt.get("warnings", [])
    assert isinstance(warnings, list)
    return {warning["field"]: warning["message"] for warning in warnings}


# --- The text ------------------------------------------------------------------------------

NO_MESSAGE = "(The Alert has no message.)"
MESSAGES: dict[str, tuple[str, str]] = {
    "empty": ('""', NO_MESSAGE),
    "white space": ('" \\n "', NO_MESSAGE),
    "null": ("null", NO_MESSAGE),
    "half an emoji": ('"disk full \\ud83d"', f"disk full {REPLACED}"),
    "the other half": ('"\\udd25 disk full"', f"{REPLACED} disk full"),
    "a whole emoji": ('"disk full \\ud83d\\udd25"', "disk full \N{FIRE}"),
    "a NUL": ('"disk\\u0000full"', f"disk{REPLACED}full"),
    "a NUL that is not escaped": ('"disk\0full"', f"disk{REPLACED}full"),
    "a line break that is not escaped": ('"disk\nfull"', "disk\nfull"),
    "line breaks of Windows": ('"disk\\r\\nfull\\r"', "disk\nfull\n"),
    "a tab": ('"disk\\tfull"', "disk\tfull"),
    "a terminal's colours": ('"\\u001b[31mdisk full"', f"{REPLACED}[31mdisk full"),
    "a bidi override": ('"disk \\u202ellun"', f"disk {REPLACED}llun"),
    "a number": ("42", "42"),
    "a huge number": ("1" * 5_000, "1" * 5_000),
    "not a number": ("NaN", "NaN"),
    "a boolean": ("false", "false"),
    "an object": ('{"disk": ["full", 1]}', '{"disk": ["full", 1]}'),
    "a list": ('["disk", "é"]', '["disk", "é"]'),
    "the longest": (json.dumps("x" * 10_000), "x" * 10_000),
    "too long": (json.dumps("x" * 10_001), "x" * 9_999 + "…"),
    "an emoji at the cut": (json.dumps("x" * 9_999 + "\N{FIRE}\N{FIRE}"), "x" * 9_999 + "…"),
}


@pytest.mark.parametrize(("text", "page"), MESSAGES.values(), ids=MESSAGES)
def test_an_alert_is_paged_with_what_there_is_of_its_message(
    client: TestClient, database: Database, text: str, page: str
) -> None:
    """What cannot be stored or shown is replaced by a sign, and what is too long is cut."""
    receipt = sent(client, f'{{"service_id": "checkout-api", "message": {text}}}')
    assert receipt["changed"] is True
    shown = message_of(database)
    # What Python cannot read as JSON is shown as it was sent.
    assert shown == page or (text == "1" * 5_000 and shown is not None and page in shown)


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        (None, "there is none"),
        ('""', "there is none"),
        ('"disk full \\ud83d"', "cannot be shown"),
        (json.dumps("x" * 12_345), "cut to 10,000 of 12,345 characters"),
        ("42", "is no text"),
    ],
)
def test_the_receipt_says_what_was_mended(
    client: TestClient, text: str | None, warning: str
) -> None:
    """So that whoever wrote the sender can correct it; a good Alert has no warnings."""
    field = "" if text is None else f', "message": {text}'
    assert (
        warning in warnings_of(sent(client, f'{{"service_id": "checkout-api"{field}}}'))["message"]
    )
    assert "warnings" not in sent(client, json.dumps(ALERT))


def test_a_message_is_paged_however_deeply_it_is_nested() -> None:
    """Python may read a little deeper than it writes."""
    for depth in range(700, 1_000):
        nested = '{"x": ' * depth + "1" + "}" * depth
        text = f'{{"service_id": "checkout-api", "message": {nested}}}'
        [alert] = read_alerts(text, "application/json").alerts
        assert isinstance(alert, ReadAlert)
        assert alert.message.message


def test_unknown_fields_are_ignored_and_named_in_the_receipt(
    client: TestClient, database: Database
) -> None:
    """A monitor sends more than is needed; of very many, some are named."""
    receipt = sent(client, json.dumps({**ALERT, "colour": "red", "\ud83d": 1, "x" * 300: 2}))
    assert message_of(database) == ALERT["message"]
    assert list(warnings_of(receipt)) == ["colour", REPLACED, "x" * 99 + "…"]
    many = sent(client, json.dumps({**ALERT, **{f"field-{number}": 1 for number in range(9_000)}}))
    assert len(warnings_of(many)) == 21
    assert warnings_of(many)["…"] == "8,980 more fields were ignored."


@pytest.mark.parametrize("key", ["serviceId", "ServiceID", "service-id", "SERVICE_ID"])
def test_a_field_may_be_spelt_otherwise(client: TestClient, database: Database, key: str) -> None:
    """In another case, or with another separator."""
    sent(client, json.dumps({key: NAME, "Message": "down"}))
    assert message_of(database) == "down"


def test_of_a_key_that_comes_twice_the_last_counts(client: TestClient, database: Database) -> None:
    """As in every reader of JSON: it is refused wherever nobody has to be paged."""
    sent(client, '{"service_id": "checkout-api", "message": "first", "message": "last"}')
    assert message_of(database) == "last"


# --- Encodings and media types -------------------------------------------------------------

DOWN = json.dumps({"service_id": NAME, "message": "à bientôt"}, ensure_ascii=False)
BODIES: dict[str, tuple[bytes, dict[str, str]]] = {
    "one Latin-1 byte": (DOWN.replace("ô", "X").encode().replace(b"X", b"\xf4"), JSON),
    "Latin-1": (DOWN.encode("latin-1"), {"content-type": "application/json; charset=latin-1"}),
    "a charset that is not true": (DOWN.encode(), {"content-type": "application/json;charset=x"}),
    "a BOM": (DOWN.encode("utf-8-sig"), JSON),
    "UTF-16": (DOWN.encode("utf-16"), JSON),
    "UTF-16 without a BOM": (DOWN.encode("utf-16-le"), JSON),
    "UTF-32": (DOWN.encode("utf-32"), JSON),
    "gzip": (gzip.compress(DOWN.encode()), {**JSON, "content-encoding": "gzip"}),
    "gzip that is not announced": (gzip.compress(DOWN.encode()), JSON),
    "deflate": (zlib.compress(DOWN.encode()), {**JSON, "content-encoding": "deflate"}),
    "an encoding that is not true": (DOWN.encode(), {**JSON, "content-encoding": "gzip"}),
    "no type": (DOWN.encode(), {}),
    "text": (DOWN.encode(), {"content-type": "text/plain"}),
    "curl's own type": (DOWN.encode(), {"content-type": "application/x-www-form-urlencoded"}),
    "a type with a suffix": (DOWN.encode(), {"content-type": "application/vnd.x+json"}),
    "a form": (
        b"service_id=checkout-api&message=%C3%A0+bient%C3%B4t&colour=red",
        {"content-type": "application/x-www-form-urlencoded"},
    ),
    "JSON in a string": (json.dumps(DOWN).encode(), JSON),
    "an object in an object": (f'{{"data": {{"alert": {DOWN}}}}}'.encode(), JSON),
    "a list of itself": (f"[[[{DOWN}]]]".encode(), JSON),
}


@pytest.mark.parametrize(("body", "headers"), BODIES.values(), ids=BODIES)
def test_an_alert_is_read_in_any_encoding_and_of_any_media_type(
    client: TestClient, database: Database, body: bytes, headers: dict[str, str]
) -> None:
    """Its text is as it was meant."""
    response = client.post("/alerts", content=body, headers=headers)
    assert response.status_code == 202, response.text
    assert message_of(database) == "à bientôt"


def test_a_web_page_must_say_that_it_sends_json(client: TestClient, database: Database) -> None:
    """415: browsers let pages send anything else to a server that asks for no key."""
    for header in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        for path in ("/alerts", "/healthy-events"):
            for media_type in ({}, {"content-type": "text/plain"}):
                response = client.post(path, content=DOWN.encode(), headers=header | media_type)
                check_problem(response, 415, "Content-Type: application/json")
    assert message_of(database) is None
    assert client.post("/alerts", json=ALERT, headers={"origin": "null"}).status_code == 202


def test_an_alert_with_a_key_may_have_an_origin(database: Database) -> None:
    """No page of another site knows the key."""
    key = "a-key-that-nobody-can-guess"
    client = TestClient(
        shared_application(database, key), headers={"authorization": f"Bearer {key}"}
    )
    client.put("/escalation-policies/checkout-api", json=POLICY)
    headers = {"origin": "https://monitor.example", "content-type": "text/plain"}
    assert sent(client, DOWN, headers)["changed"] is True


def test_a_small_body_that_unpacks_to_a_large_one_is_cut(
    client: TestClient, database: Database
) -> None:
    """However many zeros are in it, they cost no more than the largest body."""
    bomb = gzip.compress(b'{"service_id": "checkout-api", "message": "' + bytes(10**7))
    sent(client, bomb, {**JSON, "content-encoding": "gzip"})
    assert str(message_of(database)).startswith('{"service_id": "checkout-api", "message": "')


NOT_UTF_8 = bytes(range(0x80, 0x100))


def test_bytes_that_are_not_utf_8_are_windows_1252(client: TestClient, database: Database) -> None:
    """Each of them, and quickly: in a body there may be a million."""
    sent(client, b'{"service_id": "checkout-api", "message": "' + NOT_UTF_8 + b'"}')
    assert message_of(database) == NOT_UTF_8.decode("windows-1252", "replace")


@pytest.mark.parametrize("path", ["/alerts", "/v2/enqueue"])
def test_nobody_waits_for_what_a_small_body_unpacks_to(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """It may be large, and from a stranger: it is parsed on the thread for large bodies."""
    full = Pool("parsing", threads=1, most_waiting=0)
    monkeypatch.setattr(application_of(client).state, "parsing", full)
    assert client.post(path, content=DOWN.encode(), headers=JSON).status_code != 503
    assert client.post(path, content=gzip.compress(DOWN.encode()), headers=JSON).status_code == 503
    deflated = {**JSON, "content-encoding": "deflate"}
    packed = zlib.compress(DOWN.encode())
    assert client.post(path, content=packed, headers=deflated).status_code == 503


@pytest.mark.parametrize("is_announced", [True, False])
def test_an_alert_that_is_too_large_is_cut(
    client: TestClient, database: Database, *, is_announced: bool
) -> None:
    """Its middle is ignored: an Alert that is cut is better than one that is refused."""
    body = json.dumps({"service_id": NAME, "message": "x" * LARGEST_BODY}).encode()
    content = (
        body if is_announced else (body[at : at + 65_536] for at in range(0, len(body), 65_536))
    )
    response = client.post("/alerts", content=content, headers=JSON)
    assert response.status_code == 202
    assert "cut to 10,000" in warnings_of(response.json())["message"]
    assert message_of(database) == "x" * 9_999 + "…"


def test_the_service_may_be_named_after_a_text_that_is_too_long(
    client: TestClient, database: Database
) -> None:
    """Some senders sort their fields."""
    body = json.dumps({"message": "x" * 2 * LARGEST_BODY, "service_id": NAME}).encode()
    assert "cut to 10,000 of" in warnings_of(sent(client, body))["message"]
    assert message_of(database) == "x" * 9_999 + "…"


def test_an_array_that_is_too_large_is_raised_as_far_as_it_is_read(
    client: TestClient, database: Database
) -> None:
    """413: whoever sent it finds out that the others were not."""
    long = {**ALERT, "message": "x" * 4_000}
    response = client.post("/alerts", json=[*[long] * 500, {**ALERT, "service_id": "search-api"}])
    check_problem(response, 413, "1,048,576 bytes")
    statuses = [result.get("problem", {}).get("status") for result in response.json()["results"]]
    assert statuses[:200] == [None] * 200
    assert statuses[-1] == 413
    assert message_of(database) == long["message"]
    assert message_of(database, "search-api") is None


@pytest.mark.parametrize("path", ["/alerts/"])
def test_a_slash_at_the_end_does_no_harm(client: TestClient, database: Database, path: str) -> None:
    """It is mistyped easily."""
    sent(client, DOWN, path=path)
    assert message_of(database) is not None


# --- What is not JSON ----------------------------------------------------------------------

NOT_JSON = {
    "a trailing comma": '{"service_id": "checkout-api", "message": "down",}',
    "a quote too many": '{"service_id": "checkout-api", "message": "disk "root" full"}',
    "half of it": '{"service_id": "checkout-api", "message": "dow',
    "single quotes": "{'service_id': 'checkout-api', 'message': 'down'}",
    "JavaScript": "{service_id: 'checkout-api', message: 'down'}",
    "YAML": "service_id: checkout-api\nmessage: down\n",
    "a backslash": '{"service_id": "checkout-api", "message": "C:\\data"}',
    "deep nesting": '{"service_id": "checkout-api", "x": ' + '{"x": ' * 9_000 + "1",
    "another part of a form": (
        '--x\r\nContent-Disposition: form-data; name="service_id"\r\n\r\ncheckout-api\r\n--x--'
    ),
}


@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON)
def test_what_is_not_json_is_paged_as_it_was_sent(
    client: TestClient, database: Database, body: str
) -> None:
    """Where it names a service."""
    receipt = sent(client, body)
    assert (receipt["service_id"], receipt["changed"]) == (NAME, True)
    assert "not JSON" in warnings_of(receipt)["body"]
    shown = str(message_of(database))
    assert shown.removesuffix("…") in body.replace("\r\n", "\n")


def test_of_several_alerts_one_that_is_not_json_takes_nobody_with_it(
    client: TestClient, database: Database
) -> None:
    """The Alerts before it and after it are as they were meant."""
    first, last = (json.dumps({**ALERT, "service_id": name}) for name in (NAME, "search-api"))
    body = f'[{first}, {{"service_id": "billing-api", "message": "down",}}, {last}]'
    response = client.post("/alerts", content=body, headers=JSON)
    assert response.status_code == 202
    assert [result["service_id"] for result in response.json()] == [
        NAME,
        "billing-api",
        "search-api",
    ]
    assert message_of(database) == message_of(database, "search-api") == ALERT["message"]


@pytest.mark.parametrize("between", ["\n", ",", "\r\n", "],["])
def test_one_alert_after_the_other_is_as_good_as_an_array(
    client: TestClient, database: Database, between: str
) -> None:
    """JSON Lines, and arrays of arrays."""
    first, last = (json.dumps({**ALERT, "service_id": name}) for name in (NAME, "search-api"))
    response = client.post("/alerts", content=f"{first}{between}{last}", headers=JSON)
    assert [result["changed"] for result in response.json()] == [True, True]


def test_a_list_in_an_object_raises_each_alert(client: TestClient, database: Database) -> None:
    """None of them vanishes in the envelope of a sender."""
    alerts = [ALERT, {**ALERT, "service_id": "search-api"}]
    response = client.post("/alerts", json={"version": "4", "alerts": alerts})
    assert [result["service_id"] for result in response.json()] == [NAME, "search-api"]
    assert message_of(database, "search-api") == ALERT["message"]


# --- The name of the service ---------------------------------------------------------------

NO_NAME: dict[str, str] = {
    "nothing": "",
    "white space": " \r\n",
    "no object": "{",
    "a number": "17",
    "text": '"checkout-api is down"',
    "null": "null",
    "an empty object": "{}",
    "an empty array": "[]",
    "a name that is null": '{"service_id": null, "message": "down"}',
    "an empty name": '{"service_id": "", "message": "down"}',
    "a blank name": '{"service_id": " ", "message": "down"}',
    "a name that is true": '{"service_id": true, "message": "down"}',
    "a name that is a list": '{"service_id": ["checkout-api"], "message": "down"}',
    "a name in the message": '{"message": "service_id: checkout-api"}',
}


@pytest.mark.parametrize("body", NO_NAME.values(), ids=NO_NAME)
def test_only_what_names_no_service_is_refused(
    client: TestClient, database: Database, body: str
) -> None:
    """422, with what a good Alert looks like."""
    response = client.post("/alerts", content=body.encode(), headers=JSON)
    check_problem(response, 422, "names no service")
    assert '{"service_id": "checkout-api", "message": "…"}' in response.json()["detail"]
    assert message_of(database) is None


@pytest.mark.parametrize("name", [" checkout-api\n", "checkout\u200b-api", "\ufeffcheckout-api\0"])
def test_invisible_characters_are_no_part_of_a_name(
    client: TestClient, database: Database, name: str
) -> None:
    """People copy them with it; the receipt has the name as it is."""
    assert sent(client, json.dumps({**ALERT, "service_id": name}))["service_id"] == NAME
    assert message_of(database) is not None


ODD_NAMES = [
    *("checkout api", "checkout/api", "CHÉCKOUT-API", "\N{FIRE}", "-checkout", "../../etc"),
    *("checkout\ud83d", "x" * 300, "a b", "a/b", "a\x07\n b", "監視"),
]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_name_that_no_policy_can_have_is_refused_by_a_name_that_one_can(
    client: TestClient, name: str
) -> None:
    """404: so that somebody can give it a policy. It is the same each time."""
    body = json.dumps({**ALERT, "service_id": name})
    response = client.post("/alerts", content=body, headers=JSON)
    check_problem(response, 404, "has no Escalation Policy")
    taken_as = response.json()["detail"].split("'")[1]
    assert client.put(
        f"/escalation-policies/{taken_as}", json={**POLICY, "service_id": taken_as}
    ).is_success
    receipt = sent(client, body)
    assert (receipt["service_id"], receipt["changed"]) == (taken_as, True)
    assert taken_as in warnings_of(receipt)["service_id"]
    closed = sent(client, json.dumps({"service_id": name}), path="/healthy-events")
    assert (closed["service_id"], closed["state"]) == (taken_as, "healthy")


def test_no_two_odd_names_are_taken_for_one(client: TestClient) -> None:
    """Nor for the name of another service."""
    names = [*ODD_NAMES, "x" * 301, "checkout-api", "a-b"]
    body = json.dumps([{**ALERT, "service_id": name} for name in names])
    answers = client.post("/alerts", content=body, headers=JSON).json()
    assert len({answer["service_id"] for answer in answers}) == len(names)


def test_a_name_may_be_a_number(client: TestClient) -> None:
    """A sender that has numbers for names does not always quote them."""
    client.put("/escalation-policies/17", json={**POLICY, "service_id": "17"})
    assert sent(client, '{"service_id": 17, "message": "down"}')["service_id"] == "17"


def test_a_message_for_another_address_is_no_alert(client: TestClient, database: Database) -> None:
    """422: nobody is paged about what has ended."""
    for kind in ("healthy-event", "acknowledgement"):
        response = client.post("/alerts", json={"type": kind, "service_id": NAME, "incident": 1})
        check_problem(response, 422, f"/{kind}s")
    assert message_of(database) is None


# --- Arrays --------------------------------------------------------------------------------


def test_an_array_is_judged_alert_by_alert(client: TestClient, database: Database) -> None:
    """One that is bad keeps nobody from being paged for the others."""
    bad: list[object] = [17, None, {}, {"service_id": "nobody"}]
    response = client.post("/alerts", json=[*bad, ALERT, *bad])
    assert response.status_code == 202
    results = response.json()
    statuses = [result["problem"]["status"] for result in results if "problem" in result]
    assert statuses == [422, 422, 422, 404] * 2
    assert results[4] == {"service_id": NAME, "state": "unhealthy", "incident": 1, "changed": True}
    assert message_of(database) == ALERT["message"]


def test_an_array_of_which_nothing_is_accepted_is_refused(client: TestClient) -> None:
    """With the status of the first: a sender that looks at the status alone must find out."""
    response = client.post("/alerts", json=[{**ALERT, "service_id": "nobody"}, 17])
    check_problem(response, 404, "None of these 2 Alerts was accepted")
    assert [result["problem"]["status"] for result in response.json()["results"]] == [404, 422]


def test_what_is_beyond_a_thousand_alerts_is_refused(
    client: TestClient, database: Database
) -> None:
    """The first thousand are not: each of the others is answered with 413."""
    last = {**ALERT, "service_id": "search-api"}
    response = client.post("/alerts", json=[ALERT, *[17] * 999, last])
    check_problem(response, 413, "send the others in another")
    results = response.json()["results"]
    assert results[0]["changed"] is True
    assert results[1_000]["problem"]["status"] == 413
    assert message_of(database) is not None
    assert message_of(database, "search-api") is None


def test_the_same_service_twice_in_an_array_is_one_incident(client: TestClient) -> None:
    """The first begins it."""
    results = client.post("/alerts", json=[ALERT, ALERT, {**ALERT, "message": ""}]).json()
    assert [(result["incident"], result["changed"]) for result in results] == [
        (1, True),
        (1, False),
        (1, True),  # it says something else, which is noted
    ]


def test_an_array_that_is_to_be_sent_again_says_so(client: TestClient, database: Database) -> None:
    """503 where one could not be stored; the others are committed, and page once."""
    spoil = "UPDATE monitored_services SET state = '{}' WHERE service_id = 'search-api'"
    client.post("/alerts", json={**ALERT, "service_id": "search-api"})
    database.write(lambda connection: connection.exec_driver_sql(spoil))
    alerts = [ALERT, {**ALERT, "service_id": "search-api"}]
    for changed in (True, False):
        response = client.post("/alerts", json=alerts)
        check_problem(response, 503, "Send all of them again")
        assert response.headers["retry-after"]
        first, second = response.json()["results"]
        assert first["changed"] is changed
        assert second["problem"]["status"] >= 500
    assert message_of(database) == ALERT["message"]


# --- Healthy events ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b'\xef\xbb\xbf{"service_id": "checkout-api"}', {}),
        (gzip.compress(b'{"service_id": "checkout-api"}'), {"content-encoding": "gzip"}),
        (b'{"service_id": "checkout-api"}', {"content-type": "text/plain"}),
        (b'{"serviceId": " checkout-api ", "message": "\xf4 ok", "colour": "green"}', JSON),
        (b'{"service_id": "checkout-api", "incident": "1"}', JSON),
        (b'{"service_id": "checkout-api", "incident": null}', JSON),
        (b"service_id=checkout-api", {"content-type": "application/x-www-form-urlencoded"}),
    ],
    ids=["a BOM", "gzip", "text", "odd fields", "a number as text", "null", "a form"],
)
def test_a_healthy_event_is_read_in_any_encoding_and_of_any_media_type(
    client: TestClient, database: Database, body: bytes, headers: dict[str, str]
) -> None:
    """Otherwise people would be woken for a service that is well again."""
    client.post("/alerts", json=ALERT)
    assert sent(client, body, headers, "/healthy-events/")["state"] == "healthy"


@pytest.mark.parametrize(
    "body",
    [
        '{"service_id": "checkout-api"',
        '{"service_id": "checkout-api",}',
        '{"data": {"service_id": "checkout-api"}}',
        '[{"service_id": "checkout-api"}]',
        '{"service_id": "checkout-api"} {"service_id": "search-api"}',
        '{"service_id": "checkout-api", "incident": "the first"}',
        '{"service_id": "checkout-api", "incident": 0}',
        '{"service_id": "checkout-api", "incident": true}',
        '{"service_id": "checkout-api", "incident_id": 7}',
        '{"service_id": "checkout-api", "incidnet": 7}',
        '{"service_id": "checkout-api", "type": "alert"}',
        '{"message": "checkout-api is well"}',
        json.dumps({"service_id": NAME, **{f"field-{number}": 1 for number in range(101)}}),
    ],
)
def test_a_healthy_event_that_may_mean_another_incident_is_refused(
    client: TestClient, database: Database, body: str
) -> None:
    """422: it would silence a page. What is not understood changes nothing."""
    client.post("/alerts", json=ALERT)
    response = client.post("/healthy-events", content=body.encode(), headers=JSON)
    assert response.status_code == 422
    assert message_of(database) is not None


@pytest.mark.parametrize("change", [{"colour": "red"}, {"incident": "1"}, {"service_id": " x"}])
def test_an_acknowledgement_is_strict(client: TestClient, change: dict[str, object]) -> None:
    """422: nobody else is paged after it."""
    client.post("/alerts", json=ALERT)
    body = {"service_id": NAME, "incident": 1} | change
    assert client.post("/acknowledgements", json=body).status_code == 422
    assert not client.get(f"/services/{NAME}").json()["acknowledged"]


@given(
    st.dictionaries(
        st.sampled_from(["service_id", "message", "type", "serviceId", "severity", "dedup_key"]),
        st.one_of(
            st.text("aZ9-é \r\n\t\x07\u202e😀", max_size=5),
            st.sampled_from(
                ["checkout-api", "alert", " ", "a\rb", "disk full \x07", "acknowledgement"]
            ),
            st.none(),
            st.integers(),
        ),
    )
)
def test_a_plain_alert_is_read_as_every_other(fields: dict[str, object]) -> None:
    """The short way leads to the same, wherever it leads to anything."""
    text = json.dumps(fields)
    plain = read_plain_alert(text.encode())
    assert plain is None or read_alerts(text, "application/json") == ([plain], False)


def test_most_alerts_are_plain() -> None:
    """Nothing of them is to be mended."""
    alert = Alert(service_id=NAME, message="p99 latency above 3 s")
    assert read_plain_alert(json.dumps(ALERT).encode()) == ReadAlert(alert, [])
