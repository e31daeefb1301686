"""Requests that real clients sent: one file a client, in `recorded/`."""

import json
from pathlib import Path
from typing import Literal, NamedTuple, TypedDict

FOLDER = Path(__file__).parent / "recorded"
Part = Literal["satisfied", "today", "retries"]
"""With which answers: those that satisfied the client, those of Pager in November 2026, errors."""


KEYS = (
    "0123456789abcdef0123456789abcdef",
    "00000000-0000-4000-8000-000000000001",
    "0123abcd-0123-4abc-8abc-0123456789ab",
)
"""What stands in the recordings in the place of keys."""


class Recorded(NamedTuple):
    """A request. Its bodies were edited after recording, so their length is left out."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    status: int = 0
    """Of the answer; 0 where there was none."""
    answer: str = ""

    def with_key(self, key: str) -> "Recorded":
        """The request with that key in the place of the recorded one."""

        def replaced(text: str) -> str:
            for recorded_key in KEYS:
                text = text.replace(recorded_key, key)
            return text.replace("token=tok", f"token={key}")

        return self._replace(
            target=replaced(self.target),
            headers={name: replaced(value) for name, value in self.headers.items()},
            body=replaced(self.body.decode()).encode(),
        )


def recorded(client: str, part: Part = "satisfied") -> list[Recorded]:
    """What that client sent, in order; `client` is the name of its file."""
    exchanges = json.loads((FOLDER / f"{client}.json").read_text(encoding="utf-8"))[part]
    return [_recorded(exchange["request"], exchange["response"]) for exchange in exchanges]


class _Request(TypedDict):
    method: str
    target: str
    headers: list[tuple[str, str]]
    body: str


class _Response(TypedDict, total=False):
    status: int
    body: str


def _recorded(request: _Request, response: _Response) -> Recorded:
    headers = {
        name: value
        for name, value in request["headers"]
        if name.lower() not in {"content-length", "host"}
    }
    return Recorded(
        request["method"],
        request["target"],
        headers,
        request["body"].encode(),
        response.get("status", 0),
        response.get("body", ""),
    )
