"""Answers of the API."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from itertools import islice

from fastapi import Response

from pager.adapters.validation import MOST_ERRORS, FieldError
from pager.configuration.problems import Problem


def json_answer(
    text: str | bytes,
    status: HTTPStatus = HTTPStatus.OK,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The answer that has this JSON."""
    return Response(text, status, headers, media_type="application/json")


def fields_of(problems: Iterable[Problem]) -> list[FieldError]:
    """What is wrong with a configuration, by the fields of its document."""
    return [
        FieldError(field=".".join(map(str, place)) or "body", message=message)
        for place, message in islice(problems, MOST_ERRORS)
    ]
