"""What an OpenID provider answers: bounded in size, and validated."""

from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Annotated

import httpx2
from authlib.integrations.httpx_client import AsyncOAuth2Client
from joserfc.errors import JoseError
from joserfc.jwk import Key, KeySet
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    TypeAdapter,
    ValidationError,
)

from pager.adapters.urls import is_private
from pager.model import EmailAddress

LONGEST_ANSWER = 256 * 1024
"""Bytes."""


def _private(url: str) -> str:
    if not is_private(url):
        raise ValueError("not a URL that a secret may be sent to")
    return url


_Endpoint = Annotated[str, AfterValidator(_private)]


class _Answer(BaseModel):
    model_config = ConfigDict(hide_input_in_errors=True)


class Provider(_Answer):
    """The metadata of the provider (OpenID Connect Discovery)."""

    issuer: str
    authorization_endpoint: _Endpoint
    token_endpoint: _Endpoint
    jwks_uri: _Endpoint
    userinfo_endpoint: _Endpoint | None = None
    token_endpoint_auth_methods_supported: list[str] | None = None

    @property
    def takes_basic_authentication(self) -> bool:
        """Whether the client secret may be in a header, which is the default."""
        methods = self.token_endpoint_auth_methods_supported
        return not methods or "client_secret_basic" in methods


class Keys(_Answer):
    """The keys that the provider signs with (a JWK set)."""

    keys: list[dict[str, JsonValue]]

    @property
    def key_set(self) -> KeySet:
        """The keys that can verify a signature. One that is unknown here spoils no other."""
        usable: list[Key] = []
        for key in self.keys:
            if key.get("use") != "enc":
                with suppress(JoseError, ValueError, TypeError, KeyError):
                    usable += KeySet.import_key_set({"keys": [key]}).keys  # type: ignore[list-item]  # it checks
        return KeySet(usable)


class Tokens(_Answer):
    """What the provider gives for a code."""

    access_token: str
    id_token: str


_user_info_answer = TypeAdapter(dict[str, JsonValue])


def _as_bool(claim: object) -> bool | None:
    """True and false, as some providers write them, too; None for anything else."""
    if isinstance(claim, str):
        return {"true": True, "false": False}.get(claim.lower())
    return claim if isinstance(claim, bool) else None


class PersonClaims(_Answer):
    """The claims about a person that Pager reads."""

    sub: Annotated[str, Field(min_length=1, max_length=255)]
    name: Annotated[str, Field(max_length=200)] | None = None
    email: EmailAddress | None = None
    email_verified: Annotated[bool | None, BeforeValidator(_as_bool)] = None


_email = TypeAdapter(EmailAddress)


def email_address(claim: object) -> str | None:
    """The e-mail address in a claim of the operator's choice, if it is one."""
    try:
        return _email.validate_python(claim)
    except ValidationError:
        return None


async def get_user_info(client: AsyncOAuth2Client, provider: Provider) -> dict[str, JsonValue]:
    """What the provider says beside the ID token: some have the e-mail address only there."""
    if provider.userinfo_endpoint is None:
        return {}
    response = await client.get(provider.userinfo_endpoint)
    if response.is_client_error:  # it has none for this person, or for this client
        return {}
    return _user_info_answer.validate_json(response.raise_for_status().content)


async def get(client: AsyncOAuth2Client, url: str) -> bytes:
    """What is at `url`, without the access token."""
    response = await client.get(url, auth=None)
    return response.raise_for_status().content


async def limit_size(response: httpx2.Response) -> None:
    """Refuse to read an answer that is too long, or compressed."""
    if "Content-Encoding" in response.headers:
        raise httpx2.DecodingError("compressed, unasked")
    if isinstance(response.stream, httpx2.AsyncByteStream):
        response.stream = _LimitedStream(response.stream)


class _LimitedStream(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        length = 0
        async for chunk in self._stream:
            length += len(chunk)
            if length > LONGEST_ANSWER:
                raise httpx2.ReadError(f"an answer of more than {LONGEST_ANSWER} bytes")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()
