"""Answers of the API."""

from collections.abc import Mapping
from http import HTTPStatus

from fastapi import Response


def json_answer(
    text: str | bytes,
    status: HTTPStatus = HTTPStatus.OK,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The answer that has this JSON."""
    return Response(text, status, headers, media_type="application/json")
