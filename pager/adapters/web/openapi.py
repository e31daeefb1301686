"""The OpenAPI description: FastAPI knows the parameters, `operations` says the rest.

FastAPI would describe bodies that it parses, and its own errors. It parses none of ours, so the
schemas come from the TypeAdapters that parse the bodies and write the answers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from typing import Literal, NamedTuple, get_args

from fastapi import FastAPI
from pydantic import TypeAdapter

from pager.adapters.validation import FieldError
from pager.adapters.web.problems import MEDIA_TYPE, Problem, problem
from pager.model import Target
from pager.oncall.policies import PolicyTarget
from pager.oncall.schedules import Restriction

JSON = "application/json"
PROBLEM: TypeAdapter[Problem] = TypeAdapter(Problem)
DISCRIMINATED = frozenset(
    kind.__name__
    for union in (Target, PolicyTarget, Restriction)
    for kind in get_args(get_args(union)[0])
)
"""Models with a discriminator, `type`: it is required, though each has only one value for it."""

REFERENCE = "#/components/schemas/{model}"

Json = dict[str, object]


class ProblemCase(NamedTuple):
    """A problem that an operation may answer with."""

    when: str
    detail: str
    """An example of its `detail`."""
    errors: tuple[FieldError, ...] = ()
    """Examples of fields that are wrong."""


class Example(NamedTuple):
    """A body that is accepted, or an answer."""

    summary: str
    value: object


@dataclass(frozen=True)
class Content:
    """What a body or an answer consists of."""

    type: object
    """A TypeAdapter, which reads or writes it; None: it is text."""
    examples: Mapping[str, Example]
    media_type: str = JSON


@dataclass(frozen=True)
class Operation:
    """What a route of the API does, for a person to read."""

    tag: str
    summary: str
    description: str
    success: int
    """The status of an answer that is no problem."""
    outcome: str
    """What such an answer means."""
    answer: Content | None
    """None: it has no content."""
    problems: Mapping[int, ProblemCase] = field(default_factory=dict)
    """When it is answered with which problem, by status."""
    body: Content | None = None
    headers: Mapping[str, Json] = field(default_factory=dict)
    """Of an answer that is no problem."""
    retry_after: bool = True
    """Whether a 503 says when to try again."""


class Described(NamedTuple):
    """An operation, where it is, and whether it takes an API key."""

    method: str
    path: str
    operation: Operation
    needs_key: bool


def describe(app: FastAPI, tags: Mapping[str, str], described: Sequence[Described]) -> None:
    """Put these operations into the OpenAPI document of `app`; `tags` describe their groups."""
    generate = app.openapi

    @cache
    def with_operations() -> Json:
        document = generate()
        schemas, definitions = _schemas([entry.operation for entry in described])
        for entry in described:
            generated = document["paths"][entry.path][entry.method.lower()]
            generated |= _operation(entry, schemas)
            generated["parameters"] = list(map(_without_null, generated.get("parameters", [])))
        document["tags"] = [{"name": name, "description": text} for name, text in tags.items()]
        document["components"] = {
            "schemas": definitions,
            "securitySchemes": {
                "apiKey": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": (
                        "An API key, good for some actions on some services or on all. "
                        "Administrators make them in the console, under API keys. A server that "
                        "runs with PAGER_OPEN_ON_LOOPBACK=true takes requests of its own machine "
                        "without one."
                    ),
                }
            },
        }
        return document

    app.openapi = with_operations  # type: ignore[method-assign]  # FastAPI's documented way


Mode = Literal["validation", "serialization"]
Schemas = Mapping[tuple[int, Mode], Json]
"""Of each type that is read or written, by its id."""


def _schemas(operations: Sequence[Operation]) -> tuple[Schemas, Mapping[str, Json]]:
    """The schema of each body and each answer, and the models that they refer to."""
    bodies = [operation.body.type for operation in operations if operation.body]
    answers = [operation.answer.type for operation in operations if operation.answer]
    modes: Sequence[tuple[Mode, Sequence[object]]] = [
        ("validation", bodies),
        ("serialization", [*answers, PROBLEM]),
    ]
    schemas, rest = TypeAdapter.json_schemas(
        [
            (id(type_), mode, type_)
            for mode, types in modes
            for type_ in types
            if isinstance(type_, TypeAdapter)
        ],
        ref_template=REFERENCE,
    )
    models: dict[str, dict[str, list[str]]] = rest["$defs"]
    for name in DISCRIMINATED:
        models[name]["required"] = ["type", *models[name]["required"]]
    return schemas, rest["$defs"]


def _operation(described: Described, schemas: Schemas) -> Json:
    operation = described.operation
    responses: Json = {str(operation.success): _answer(operation, schemas)}
    for status, case in sorted(operation.problems.items()):
        retry_after = status == HTTPStatus.SERVICE_UNAVAILABLE and operation.retry_after
        responses[str(status)] = _problem(status, case, schemas, retry_after=retry_after)
    description: Json = {
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": operation.description,
        "responses": responses,
        "security": [{"apiKey": []}] if described.needs_key else [],
    }
    if operation.body is not None:
        content = _content(operation.body, schemas, "validation")
        description["requestBody"] = {"required": True, "content": content}
    return description


def _answer(operation: Operation, schemas: Schemas) -> Json:
    answer: Json = {"description": operation.outcome}
    if operation.headers:
        answer["headers"] = operation.headers
    if operation.answer is not None:
        answer["content"] = _content(operation.answer, schemas, "serialization")
    return answer


def _problem(status: int, case: ProblemCase, schemas: Schemas, *, retry_after: bool) -> Json:
    example = problem(HTTPStatus(status), case.detail, list(case.errors) or None)
    content = {
        "schema": schemas[id(PROBLEM), "serialization"],
        "example": example.model_dump(exclude_none=True),
    }
    answer: Json = {"description": case.when, "content": {MEDIA_TYPE: content}}
    if retry_after:
        answer["headers"] = {
            "Retry-After": {
                "description": "Seconds until it may be sent again.",
                "schema": {"type": "integer", "minimum": 0},
            }
        }
    return answer


def _without_null(parameter: Json) -> Json:
    """The parameter without null: it may be left out, but not be null, whatever FastAPI says."""
    schema = parameter["schema"]
    if not isinstance(schema, dict) or "anyOf" not in schema:
        return parameter
    [of_value] = [option for option in schema["anyOf"] if option != {"type": "null"}]
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    return parameter | {"schema": of_value | rest}


def _content(content: Content, schemas: Schemas, mode: Mode) -> Json:
    schema = {"type": "string"} if content.type is None else schemas[id(content.type), mode]
    examples = {name: example._asdict() for name, example in content.examples.items()}
    return {content.media_type: {"schema": schema, "examples": examples}}
