"""The OpenAPI description: the server does what it says, and a person can use it."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NotRequired, TypedDict
from urllib.parse import quote

import pytest
import schemathesis
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from pydantic import JsonValue
from schemathesis import Case, GenerationMode
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.schemas import OpenApiSchema

from contract.web.application import KEY, application_on
from pager.adapters.configuration.documents import DOCUMENT
from pager.adapters.store.core.database import Database
from pager.adapters.web.openapi_on_call import OVERRIDE_OF_DATABASE
from pager.adapters.web.problems import MEDIA_TYPE

# JSON Schema cannot say what these formats allow: values that the models accept.
schemathesis.openapi.format(
    "email", st.from_regex(r"[a-z]{1,9}@[a-z]{1,9}\.example\.com", fullmatch=True)
)
schemathesis.openapi.format("phone", st.from_regex(r"\+3361234[0-9]{4}", fullmatch=True))
schemathesis.openapi.format("duration", st.integers(1, 7 * 24 * 60).map(lambda n: f"PT{n}M"))
schemathesis.openapi.format(
    "property", st.integers(1, 999).map(lambda n: f"somebody is reached within {n} minutes")
)


class Example(TypedDict):
    """A body, or an answer."""

    summary: str
    value: JsonValue


class Media(TypedDict, total=False):
    """The content of one media type."""

    examples: dict[str, Example]


class Answer(TypedDict):
    """The answer with one status."""

    description: str
    content: NotRequired[dict[str, Media]]
    headers: NotRequired[dict[str, JsonValue]]


class Body(TypedDict):
    """The body of a request."""

    content: dict[str, Media]


class Description(TypedDict):
    """The description of an operation."""

    tags: list[str]
    summary: str
    description: str
    security: list[JsonValue]
    responses: dict[str, Answer]
    requestBody: NotRequired[Body]


LEVEL = {"targets": [{"type": "email", "address": "ada@example.com"}]}
NAMES = {
    "heartbeats": "nightly-backup",
    "people": "Ada Lovelace",
    "teams": "Payments",
    "schedules": "Database",
    "policies": "Payments",
}
"""Those of the examples, by the first segment of the path."""

STATUSES = ["2xx", "401", "403", "404", "409", "412"]
"""The statuses of answers to valid requests: what they name may not exist, or exist already."""
REFUSALS = ["400", "401", "403", "404", "405", "412", "413", "415", "422", "5xx"]
"""The statuses of answers to invalid requests; 413: an array of Alerts is too long."""
CONFIG = {
    "checks": {
        "positive_data_acceptance": {"expected-statuses": STATUSES},
        "negative_data_rejection": {"expected-statuses": REFUSALS},
    },
    "auth": {"openapi": {"apiKey": {"bearer": KEY}}},
    # The server ignores unknown parameters: that is not a difference.
    "generation": {"allow-extra-parameters": False, "with-security-parameters": False},
}
THOROUGH = settings(
    max_examples=20,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)

Operation = APIOperation[object, object, object, OpenApiSchema]  # type: ignore[type-var]  # theirs alone


@pytest.fixture
def app(tmp_path: Path) -> Iterator[FastAPI]:
    """A server with an API key."""
    database = Database(f"sqlite:///{tmp_path / 'pager.db'}")
    yield application_on(database, KEY)
    database.close()


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    """A client that sends the key."""
    return TestClient(app, headers={"authorization": f"Bearer {KEY}"})


@pytest.mark.proof
@pytest.mark.parametrize("mode", list(GenerationMode))
def test_the_server_does_what_is_described(app: FastAPI, mode: GenerationMode) -> None:
    """For requests that the description allows, and for others: Schemathesis compares."""
    config = SchemathesisConfig.from_dict(CONFIG)
    schema = schemathesis.openapi.from_asgi("/openapi.json", app, config=config)
    differences = []
    for operation in operations(schema):
        try:
            compare(operation, mode)
        except Unsatisfiable:
            assert mode is GenerationMode.NEGATIVE, operation.label  # nothing can be sent wrong
        except FailureGroup as error:
            differences.append(f"{operation.label}: {error}")
    assert not differences, "\n".join(differences)


def operations(schema: OpenApiSchema) -> Iterator[Operation]:
    """Every operation that is described."""
    for result in schema.get_all_operations():
        assert isinstance(result, Ok)
        yield result.ok()


def compare(operation: Operation, mode: GenerationMode) -> None:
    """Send examples to the operation. Raises FailureGroup with what is not as described."""

    @THOROUGH
    @given(case=operation.as_strategy(generation_mode=mode))
    def is_as_described(case: "Case[Operation]") -> None:
        if mode is GenerationMode.POSITIVE:
            mend(case)
        case.call_and_validate()

    is_as_described()


def mend(case: "Case[Operation]") -> None:
    """Make the request valid where the description says in words what JSON Schema cannot say."""
    case.body = with_whole_numbers(case.body)  # type: ignore[assignment]  # it is as it was
    if case.path.startswith("/configuration") and isinstance(case.body, dict):
        # Whoever a configuration names has to be in it.
        nothing: dict[str, JsonValue] = {"fallback": "none", "properties": []}
        case.body = {kind: nothing.get(kind, {}) for kind in case.body}
    elif isinstance(case.body, dict):
        case.body = mended(case.body, case.path_parameters)  # type: ignore[assignment]  # likewise
    if "if-match" in case.headers:
        case.headers.pop("if-none-match", None)
    # A moment is of these years; an interval ends after its beginning, within 400 days.
    case.query |= {
        name: "2027-03-28T01:00:00Z" for name in ("at", "from", "since") if name in case.query
    }
    # Any text has the type of a time zone, and any duration the type of one that is not too long.
    good = {"time_zone": "Europe/Paris", "acknowledged_after": "PT5M"}
    case.query |= {name: good[name] for name in good if name in case.query}
    case.query.pop("until", None)


def mended(body: Mapping[str, object], path: dict[str, object]) -> Mapping[str, object]:
    """The body and its place in the path as they fit together."""
    if "end" in body:
        # A window ends in the future, and begins within a year.
        body = {**body, "end": "PT2H", "starts_at": None}
    if "service_id" in path:
        # A policy is put at the address of its service; a shared one would have to be there.
        body = {name: value for name, value in body.items() if name != "uses"}
        body = {"service_id": "checkout-api", "levels": [LEVEL], **body}
        path["service_id"] = body["service_id"]
    if "name" in path:
        body = {**body, **known(body)}
        path["name"] = quote(str(body.get("name", "Payments")), safe="")
    return body


def known(body: Mapping[str, object]) -> dict[str, object]:
    """What the body of a person, a team, a schedule, a shared policy or an override has instead.

    Whoever they name has to be there.
    """
    method = {"target": {"type": "email", "address": "ada@example.com"}}
    values = {
        "contact_methods": [method],
        "members": [],
        "layers": [],
        "overrides": [],
        "time_zone": "Europe/Paris",
        "levels": [LEVEL],
        "person": "Ada Lovelace",
        "rotation": None,
    }
    return {name: value for name, value in values.items() if name in body}


def with_whole_numbers(value: object) -> object:
    """The value without 1.0: in JSON Schema that is an integer, and our models are strict."""
    match value:
        case float():
            return int(value) if value.is_integer() else value
        case list():
            return [with_whole_numbers(item) for item in value]
        case dict():
            return {key: with_whole_numbers(item) for key, item in value.items()}
        case _:
            return value


def described(client: TestClient) -> list[tuple[str, str, Description]]:
    """The method, the path and the description of each operation."""
    paths = client.get("/openapi.json").json()["paths"]
    operations = [
        (method.upper(), path, operation)
        for path, methods in paths.items()
        for method, operation in methods.items()
    ]
    # What others name is put first, and deleted last.
    order = ["PUT", "POST", "GET"]
    deletions = [operation for operation in operations if operation[0] == "DELETE"]
    others = [operation for operation in operations if operation[0] != "DELETE"]
    return [
        *sorted(others, key=lambda operation: order.index(operation[0])),
        *reversed(deletions),
    ]


@pytest.mark.proof
def test_each_example_is_accepted_and_answered_as_in_the_example(client: TestClient) -> None:
    """So that people who try an example see the described answer."""
    for method, path, operation in described(client):
        address = path.format(
            service_id="checkout-api",
            number=1,
            name=NAMES.get(path.split("/")[1]),
            override_id=OVERRIDE_OF_DATABASE["id"],
        )
        if path.endswith("/gaps"):
            address += "?from=2026-11-01T00:00:00Z"  # before its rotation begins
        [(success, answer)] = [
            (int(status), answer)
            for status, answer in operation["responses"].items()
            if status.startswith("2")
        ]
        body = operation.get("requestBody")
        bodies = examples_of(body["content"]) if body else {"": None}
        answers = examples_of(answer.get("content", {}))
        for name, sent in bodies.items():
            response = client.request(method, address, json=sent)
            assert (method, path, response.status_code) == (method, path, success)
            media_type = response.headers.get("content-type")
            assert [media_type] == list(answer.get("content", {None: {}}))
            if path == "/configuration" and method == "GET":
                DOCUMENT.validate_json(response.content)  # its fields are the names of entries
            elif media_type == "application/json":
                examples = [answers[name]] if name in answers else answers.values()
                value = response.json()
                assert any(has_shape_of(example, value) for example in examples), (path, value)


def examples_of(content: dict[str, Media]) -> dict[str, JsonValue]:
    """The examples, by name."""
    return {
        name: example["value"]
        for media in content.values()
        for name, example in media["examples"].items()
    }


def has_shape_of(example: JsonValue, value: JsonValue) -> bool:
    """Whether the value has the same fields as the example, with the same types, at any depth."""
    match example, value:
        case (None, _) | (_, None):
            return True
        case dict(), dict():
            return example.keys() == value.keys() and all(
                has_shape_of(example[key], value[key]) for key in example
            )
        case list(), list():
            return bool(value) == bool(example) and all(
                any(has_shape_of(option, item) for option in example) for item in value
            )
        case _:
            return type(example) is type(value)


def test_every_operation_says_what_it_is_for(client: TestClient) -> None:
    """In a group, with a summary, a description and examples."""
    document = client.get("/openapi.json").json()
    tags = {tag["name"] for tag in document["tags"]}
    for method, path, operation in described(client):
        assert set(operation["tags"]) <= tags
        assert operation["summary"], path
        assert operation["description"].endswith("."), path
        for status, answer in operation["responses"].items():
            assert status.isdigit(), (path, status)
            assert answer["description"].endswith("."), (path, status)
            media_types = list(answer.get("content", {}))
            if status.startswith("2"):
                assert media_types or (method, status) == ("DELETE", "204")
            else:
                assert media_types == [MEDIA_TYPE]


def test_a_key_is_asked_for_only_where_it_is_needed(client: TestClient) -> None:
    """The probes need none."""
    without = {path for _, path, operation in described(client) if not operation["security"]}
    assert without == {"/healthz", "/readyz"}


def test_a_503_has_retry_after(client: TestClient) -> None:
    """Except for /readyz: probes have an interval of their own."""
    for _, path, operation in described(client):
        refused = operation["responses"].get("503")
        if refused is not None:
            assert ("Retry-After" in refused.get("headers", {})) == (path != "/readyz")
