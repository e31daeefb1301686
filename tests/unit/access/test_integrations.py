"""Integrations: which service an event is about, and what an integration may be called."""

from itertools import islice

import pytest
from pydantic import ValidationError

from pager.access.integrations import (
    KEY,
    MOST_NAMES,
    BadIntegrationName,
    Integration,
    Routing,
    integration_name,
    key_in_address,
    key_within,
    known_protocol,
    names_to_try,
    sent_key,
    without_keys,
)

BY_LABEL = Routing(
    service_id="catch-all", field="service", names={"Checkout API/eu west": "checkout-api"}
)


@pytest.mark.parametrize(
    ("fields", "service_id"),
    [
        ({"service": "Checkout API/eu west"}, "checkout-api"),
        ({"service": "  Checkout API/eu west\n"}, "checkout-api"),
        ({"service": "search-api"}, "search-api"),
        ({"service": "checkout api"}, "catch-all"),
        ({"service": ""}, "catch-all"),
        ({"service": "x" * 201}, "catch-all"),
        ({"host": "search-api"}, "catch-all"),
        ({}, "catch-all"),
    ],
)
def test_the_field_names_the_service_and_what_is_not_known_goes_to_the_fallback(
    fields: dict[str, str], service_id: str
) -> None:
    """Names of the map first, then identifiers as they are."""
    assert BY_LABEL.service_of(fields) == service_id


def test_without_a_field_all_events_are_about_one_service() -> None:
    """Whatever they say, and whatever is mapped."""
    routing = Routing(service_id="checkout-api", names={"a": "search-api"})
    assert routing.service_of({"service": "a"}) == "checkout-api"
    assert routing.reaches == frozenset({"checkout-api"})
    assert BY_LABEL.reaches is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("service_id", "checkout api"),
        ("field", " "),
        ("field", "x" * 256),
        ("names", {"": "checkout-api"}),
        ("names", {"a": "no service"}),
        ("names", {f"name-{number}": "checkout-api" for number in range(MOST_NAMES + 1)}),
        ("nmaes", {}),
    ],
)
def test_a_routing_that_could_not_work_is_refused(field: str, value: object) -> None:
    """Each field is bounded, and a misspelt one is an error."""
    with pytest.raises(ValidationError):
        Routing.model_validate({"service_id": "checkout-api", field: value})


def test_the_audit_log_says_how_the_service_is_found() -> None:
    """In one line."""
    assert BY_LABEL.in_words == "by the field 'service' (1 name mapped), otherwise catch-all"
    assert Routing(service_id="a", field="host").in_words == "by the field 'host', otherwise a"
    assert Routing(service_id="a").in_words == "a"


def test_a_name_is_one_line_of_bounded_length() -> None:
    """Without the spaces around it."""
    assert integration_name(" Grafana, Paris ") == "Grafana, Paris"
    for wrong in ("", " ", "a\nb", "x" * 101):
        with pytest.raises(BadIntegrationName, match="1 to 100 characters"):
            integration_name(wrong)
    with pytest.raises(BadIntegrationName, match=r"without U\+200B \(ZERO WIDTH SPACE\)"):
        integration_name("Grafana\u200b")


def test_every_name_that_is_made_is_a_good_one() -> None:
    """Also of a service with the longest name, and the thousandth of them."""
    names = list(islice(names_to_try("pagerduty", "checkout-api"), 3))
    assert names == [f"pagerduty for checkout-api{rest}" for rest in ("", " 2", " 3")]
    for name in islice(names_to_try("alertmanager", "x" * 200), 1_000):
        assert integration_name(name) == name


def test_a_key_has_32_hexadecimal_characters_in_lower_case() -> None:
    """As PagerDuty's clients ask for."""
    assert KEY.fullmatch("0123456789abcdef" * 2)
    for wrong in ("0123456789ABCDEF" * 2, "a" * 31, "a" * 33, "g" * 32):
        assert KEY.fullmatch(wrong) is None


A_KEY = "0123456789abcdef" * 2
AS_UUID = "01234567-89AB-CDEF-0123-456789ABCDEF"


def test_a_key_may_be_sent_as_a_uuid() -> None:
    """Some clients take nothing else."""
    assert sent_key(A_KEY) == sent_key(AS_UUID) == A_KEY
    assert sent_key("no key") is None


def test_no_key_is_left_in_a_text() -> None:
    """Nor one in the form of a UUID; what is none stays."""
    assert without_keys(f"key={A_KEY}, {AS_UUID}.") == "key=…, …."
    assert without_keys(A_KEY, lambda _: False) == A_KEY


@pytest.mark.parametrize("address", [f"{A_KEY}@example.com", f"Pager+{A_KEY.upper()}@example.com"])
def test_the_key_stands_in_the_address(address: str) -> None:
    """Alone, or behind a plus sign; in any case."""
    assert key_in_address(address) == A_KEY
    assert key_in_address("ada@example.com") == ""


def test_two_integrations_may_call_their_troubles_the_same() -> None:
    """Each has its own."""
    assert key_within("prod", "disk") == "prod: disk" != key_within("test", "disk")


def test_the_journal_names_the_integration() -> None:
    """As the author of what it sends."""
    integration = Integration(7, "prod", "webhook", Routing(service_id="checkout-api"))
    assert integration.author == "integration prod"


@pytest.mark.parametrize(("name", "known"), [("grafana", "grafana"), ("carrier-pigeon", None)])
def test_a_protocol_of_a_newer_version_is_not_known(name: str, known: str | None) -> None:
    """Rows and forms name protocols by their text."""
    assert known_protocol(name) == known
