"""Values in URLs and forms: identifiers, names and numbers."""

import re
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Path, Query
from pydantic import AfterValidator, TypeAdapter, ValidationError

from pager.adapters.store.core.schema import LARGEST_INT64
from pager.adapters.web.problems import ProblemError, problem
from pager.model import ServiceId

LONGEST_NAME = 200
"""As in the model."""

SERVICE_ID: TypeAdapter[str] = TypeAdapter(ServiceId)

_SERVICE_ID_SCHEMA = SERVICE_ID.json_schema()
# Described, and not checked by FastAPI: a name that no service can have is not found (404).

WRONG_SERVICE_ID = "A service's name has letters, digits and . _ : @ + - (such as checkout-api)."
"""What people read who have typed a name that no service can have."""


_PathId = Annotated[
    str,
    Path(
        description="The identifier of a Monitored Service.",
        openapi_examples={"checkout-api": {"value": "checkout-api"}},
        json_schema_extra=_SERVICE_ID_SCHEMA,
    ),
]


async def _service_name(service_id: _PathId) -> str:
    """The name of a service in the URL. Raises ProblemError (404) where no service can have it."""
    try:
        return SERVICE_ID.validate_python(service_id)
    except ValidationError as error:
        detail = f"{service_id!r} is not known."
        raise ProblemError(problem(HTTPStatus.NOT_FOUND, detail)) from error


def without_nul(text: str) -> str:
    """The text without NUL characters."""
    # PostgreSQL refuses NUL, even in a search.
    return text.replace("\0", "")


def none_where_empty(value: object) -> object:
    """None in the place of "": what a form sends of a field that was left empty."""
    return None if value == "" else value


ServiceName = Annotated[str, Depends(_service_name)]
NamePart = Annotated[str, Query(max_length=LONGEST_NAME), AfterValidator(without_nul)]
"""The name after which a list goes on, or a part of a name to search for."""

TargetText = Annotated[str, Query(max_length=400), AfterValidator(without_nul)]
"""An address or a phone number, as typed."""

Number = Annotated[int | None, Query(ge=1, le=LARGEST_INT64)]
"""A version, an incident or a row of a log, counted from 1."""

Before = Annotated[
    int | None,
    Query(
        ge=1,
        le=LARGEST_INT64,
        description="Where the page before ended: show what is older.",
    ),
]
"""Where the page before this one ended: this one has what is older."""

AtMost = Annotated[
    int, Query(alias="limit", ge=1, le=100, description="How many are shown at most.")
]
Skip = Annotated[int, Query(ge=0, le=1_000_000)]
"""How many of a list are on the pages before this one."""


def number_in(text: str) -> int | None:
    """`text` as a number: plain digits, below LARGEST_INT64. None for anything else."""
    number = int(text) if re.fullmatch("[0-9]{1,19}", text) else LARGEST_INT64
    return number if number < LARGEST_INT64 else None
