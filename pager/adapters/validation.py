"""Validation errors, field by field, of a body or a file that should be a value of the domain."""

from collections.abc import Sequence
from typing import get_args

from pydantic import BaseModel, ValidationError

from pager.model import Target
from pager.oncall.policies import PolicyTarget
from pager.oncall.schedules import Restriction

TAGS = {
    kind.model_fields["type"].default
    for union in (Target, PolicyTarget, Restriction)
    for kind in get_args(get_args(union)[0])
}

MOST_ERRORS = 100
"""More are not listed: a body has room for a hundred thousand."""


class FieldError(BaseModel):
    """What is wrong with one field of a body."""

    field: str
    message: str


def field_errors(error: ValidationError, whole: str = "body") -> list[FieldError]:
    """The fields that are wrong, each by its path, and what a good value looks like.

    An error that is about no single field is listed under the name `whole`.
    """
    return [
        FieldError(field=_path(detail["loc"]) or whole, message=detail["msg"])
        for detail in error.errors()[:MOST_ERRORS]
    ]


def _path(location: Sequence[int | str]) -> str:
    # Fields of a union's member carry its tag in their path, which is in no body.
    *before, last = location or ("",)
    return ".".join(str(part) for part in (*(part for part in before if part not in TAGS), last))
