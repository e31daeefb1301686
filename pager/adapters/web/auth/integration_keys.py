"""The key of an integration in a request: where senders put it, and what an unknown one gets."""

import binascii
from base64 import b64decode
from collections.abc import Iterator, Mapping
from http import HTTPStatus

from starlette.requests import HTTPConnection

from pager.adapters.web.problems import Problem, problem

SCHEMES = frozenset({"bearer", "geniekey", "token"})


def keys_of(connection: HTTPConnection, parameters: Mapping[str, str]) -> Iterator[str]:
    """What may be the key: in the path, in the Authorization header, in the query as `token`."""
    if "key" in parameters:
        yield parameters["key"]
    scheme, _, credentials = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() in SCHEMES:
        yield credentials.strip().removeprefix("token=").strip('"')
    if scheme.lower() == "basic":
        yield from _of_basic(credentials)
    yield from connection.query_params.getlist("token")[:1]


def _of_basic(credentials: str) -> Iterator[str]:
    """The password, or the name where the password is empty."""
    try:
        name, _, password = b64decode(credentials, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return
    yield password or name


def unknown_key() -> Problem:
    """401."""
    detail = "This is no key of an integration of this protocol. Make one in the console."
    return problem(HTTPStatus.UNAUTHORIZED, detail)
