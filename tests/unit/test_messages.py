"""What comes in and what goes out: its form, and the names of its steps."""

import json
from itertools import combinations

import pytest
from pydantic import TypeAdapter, ValidationError

from pager import Alert, Effect, Message, Unhealthy
from pager.model import Value
from unit.builders import (
    ADA,
    GRACE,
    acknowledgement,
    alert,
    delay,
    escalate,
    expired,
    expiry,
    healthy_event,
    page,
    page_again,
    resolve,
    timeout,
    unhealthy,
    unreachable,
)

MESSAGES: TypeAdapter[Message] = TypeAdapter(Message)
EFFECTS: TypeAdapter[Effect] = TypeAdapter(Effect)


@pytest.mark.parametrize(
    "message",
    [
        alert(),
        alert(key="disk"),
        resolve(),
        resolve("disk"),
        acknowledgement(),
        acknowledgement(by="Ada"),
        timeout(),
        unreachable(),
        expired(),
        healthy_event(),
        healthy_event(1),
        escalate(),
        escalate(acknowledged=True),
        page_again(),
        page_again(acknowledged=True),
    ],
    ids=lambda message: message.type,
)
def test_a_message_comes_back_from_json_as_it_was(message: Message) -> None:
    """Its type says which it is."""
    assert MESSAGES.validate_json(message.model_dump_json()) == message


@pytest.mark.parametrize(
    "effect",
    [
        page(ADA),
        page(GRACE),
        page(ADA, level=2, escalated_by="Ada"),
        page(ADA, level=2, open_troubles=2),
        page(ADA, level=2, open_troubles=0),
        page(ADA, level=2, repeats=1, told_again_by="Ada"),
        page(ADA, level=2, repeats=1, expired_of="Ada"),
        page(ADA, level=3, repeats=2, begun_again=1),
        expiry(),
        delay(),
        delay(level=2, repeats=1),
    ],
    ids=lambda one: one.channel,
)
def test_an_effect_comes_back_from_json_as_it_was(effect: Effect) -> None:
    """A store may keep it as text."""
    assert EFFECTS.validate_json(effect.model_dump_json()) == effect


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ({"type": "alert", "message": ""}, "alert.message"),
        ({"type": "alert", "message": "\x00"}, "alert.message"),
        ({"type": "alert", "message": "disk full\x00"}, "alert.message"),
        ({"type": "alert", "message": "x" * 10_001}, "alert.message"),
        ({"type": "alert", "message": "disk full", "severity": 1}, "alert.severity"),
        ({"type": "acknowledgement", "incident": 0}, "acknowledgement.incident"),
        ({"type": "acknowledgement", "incident": "1"}, "acknowledgement.incident"),
        ({"type": "acknowledgement", "incident": True}, "acknowledgement.incident"),
        ({"type": "acknowledgement", "incident": None}, "acknowledgement.incident"),
        ({"type": "acknowledgement", "incident": 1, "by": ""}, "acknowledgement.by"),
        ({"type": "acknowledgement", "incident": 1, "by": "x" * 321}, "acknowledgement.by"),
        ({"type": "acknowledgement", "incident": 1, "by": "A\x00"}, "acknowledgement.by"),
        (
            {"type": "acknowledgement-timeout", "incident": 1, "level": 0},
            "acknowledgement-timeout.level",
        ),
        (
            {"type": "acknowledgement-timeout", "incident": 0, "level": 1},
            "acknowledgement-timeout.incident",
        ),
        (
            {"type": "unreachable", "incident": 1, "level": 0},
            "unreachable.level",
        ),
        (
            {"type": "acknowledgement-expired", "incident": 1, "level": 0},
            "acknowledgement-expired.level",
        ),
        ({"type": "healthy-event", "incident": 0}, "healthy-event.incident"),
        ({"type": "alert", "message": "x", "dedup_key": ""}, "alert.dedup_key"),
        ({"type": "alert", "message": "x", "dedup_key": "x" * 256}, "alert.dedup_key"),
        ({"type": "resolve", "dedup_key": "a\x00b"}, "resolve.dedup_key"),
        ({"type": "resolve", "dedup_key": 7}, "resolve.dedup_key"),
        ({"type": "escalate", "incident": 1, "level": 0, "by": "Ada"}, "escalate.level"),
        ({"type": "escalate", "incident": 1, "level": 1}, "escalate.by"),
        ({"type": "escalate", "incident": 1, "level": 1, "by": ""}, "escalate.by"),
        ({"type": "page-again", "incident": 1, "level": 1, "by": "A\x00"}, "page-again.by"),
        (
            {"type": "page-again", "incident": 1, "level": 1, "by": "A", "acknowledged": 1},
            "page-again.acknowledged",
        ),
    ],
)
def test_a_message_that_is_out_of_form_is_refused(message: dict[str, object], field: str) -> None:
    """The error names the message and its field."""
    with pytest.raises(ValidationError) as refused:
        MESSAGES.validate_json(json.dumps({"service_id": "checkout-api", **message}))
    [error] = refused.value.errors()
    assert ".".join(str(part) for part in error["loc"]) == field


def test_an_alert_without_a_dedup_key_is_written_as_before() -> None:
    """An older version of Pager reads it."""
    assert "dedup_key" not in alert().model_dump_json()
    assert "open_troubles" not in page(ADA).model_dump_json()
    assert "open_keys" not in unhealthy().model_dump_json()


@pytest.mark.parametrize("keys", [(None,), ("disk",), (None, "disk"), ("disk", None), ()])
def test_open_troubles_come_back_from_json_as_they_were(keys: tuple[str | None, ...]) -> None:
    """A store may keep them as text."""
    service = unhealthy(open_keys=keys)
    assert Unhealthy.model_validate_json(service.model_dump_json()) == service


def test_a_service_that_an_older_version_stored_has_the_trouble_without_a_key() -> None:
    """So a Resolve without a key closes it, and no other does."""
    stored = unhealthy().model_dump(mode="json", exclude={"open_keys"})
    assert Unhealthy.model_validate_json(json.dumps(stored)).open_keys == (None,)


def test_what_nobody_did_by_hand_is_written_as_before() -> None:
    """A node of an older version reads it, and writes it back as it was."""
    names = {"repeats", "escalated_by", "told_again_by", "expired_of", "begun_again"}
    for value in (page(ADA), delay(), expiry(), unhealthy()):
        assert not names & value.model_dump(mode="json").keys()


def test_people_count_the_levels_of_the_policy() -> None:
    """And not the steps that told a Level again."""
    for value in (
        page(ADA, level=5, repeats=2),
        delay(level=5, repeats=2),
        expiry(level=5, repeats=2),
        unhealthy(level=5, repeats=2),
    ):
        assert (value.level, value.policy_level) == (5, 3)


@pytest.mark.parametrize("text", ["x", "disk full\n/var: 0 bytes left\t\N{SNOWMAN}", "x" * 10_000])
def test_an_alert_may_say_what_it_has_to_say(text: str) -> None:
    """Over several lines, in any script, up to ten thousand characters."""
    assert Alert(service_id="checkout-api", message=text).message == text


@pytest.mark.parametrize("name", ["A", "Ada", "x" * 320])
def test_an_acknowledgement_may_say_who(name: str) -> None:
    """In up to the 320 characters of an e-mail address."""
    assert acknowledgement(by=name).by == name


@pytest.mark.parametrize(
    "value",
    [
        *(alert(), acknowledgement(), timeout(), unreachable(), healthy_event()),
        *(expired(), escalate(), page_again(), page(ADA), delay(), expiry()),
    ],
)
def test_a_message_is_frozen(value: Value) -> None:
    """What was decided on is what was received."""
    with pytest.raises(ValidationError, match="Instance is frozen"):
        value.service_id = "search-api"  # type: ignore[attr-defined]  # each of them has one


@pytest.mark.parametrize(
    ("effect", "channel"),
    [(page(ADA), "email"), (page(GRACE), "sms"), (delay(), "timer"), (expiry(), "timer")],
)
def test_an_effect_is_carried_out_by_one_port(effect: Effect, channel: str) -> None:
    """A page by the one of its Target's type."""
    assert effect.channel == channel


@pytest.mark.parametrize(
    ("effect", "key"),
    [
        (page(ADA), "checkout-api/1/1/ada@example.com"),
        (page(GRACE, 2, level=3), "checkout-api/2/3/+33612345601"),
        (delay(2, level=3), "checkout-api/2/3/"),
        (expiry(2, level=3), "checkout-api/2/3/expiry"),
    ],
)
def test_an_idempotency_key_is_made_of_the_step_and_the_target(effect: Effect, key: str) -> None:
    """Stores and receivers keep keys: their form is a promise."""
    assert effect.idempotency_key == key


def test_different_steps_have_different_keys() -> None:
    """No page is ever dropped as the copy of another."""
    steps = [(1, 1), (1, 2), (2, 1), (11, 1), (1, 11)]
    effects: list[Effect] = [
        effect
        for incident, level in steps
        for effect in (
            page(ADA, incident, level),
            page(GRACE, incident, level),
            delay(incident, level),
            expiry(incident, level),
        )
    ]
    assert [
        pair
        for pair in combinations((effect.idempotency_key for effect in effects), 2)
        if pair[0] == pair[1]
    ] == []


def test_a_page_of_the_same_step_has_the_same_key() -> None:
    """However the Target is capitalised and whatever the message says."""
    again = page(ADA.model_copy(update={"address": "ADA@example.com"}), message="still down")
    assert again.idempotency_key == page(ADA).idempotency_key


def test_a_delay_gives_back_the_timeout_of_its_step() -> None:
    """The timer needs to know nothing else."""
    assert delay(2, level=3).timeout == timeout(2, level=3)
    assert expiry(2, level=3).timeout == expired(2, level=3)


def test_a_page_knows_the_step_that_it_belongs_to() -> None:
    """The keys of a step begin alike, those of another step do not."""
    assert page(ADA, 2, level=3).unreachable == unreachable(2, level=3)
    assert page(GRACE, 2, level=3).idempotency_key.startswith(page(ADA, 2, level=3).step_key)
    assert not page(ADA, 2, level=30).idempotency_key.startswith(page(ADA, 2, level=3).step_key)
