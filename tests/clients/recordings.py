"""Requests that real clients sent: one file a client, in `recorded/`."""

import json
from pathlib import Path
from typing import Literal, NamedTuple, TypedDict

FOLDER = Path(__file__).parent / "recorded"
Part = Literal["satisfied", "today", "retries"]
"""With which answers: those that satisfied the client, those of Pager in November 2026, errors."""


class Recorded(NamedTuple):
    """A request. Its bodies were edited after recording, so their length is left out."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


def recorded(client: str, part: Part = "satisfied") -> list[Recorded]:
    """What that client sent, in order; `client` is the name of its file."""
    exchanges = json.loads((FOLDER / f"{client}.json").read_text(encoding="utf-8"))[part]
    return [_recorded(exchange["request"]) for exchange in exchanges]


class _Request(TypedDict):
    method: str
    target: str
    headers: list[tuple[str, str]]
    body: str


def _recorded(request: _Request) -> Recorded:
    headers = {
        name: value
        for name, value in request["headers"]
        if name.lower() not in {"content-length", "host"}
    }
    return Recorded(request["method"], request["target"], headers, request["body"].encode())
