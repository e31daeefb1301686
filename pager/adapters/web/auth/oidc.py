"""Single sign-on: OpenID Connect's Authorization Code flow with PKCE, at one provider.

Authlib speaks the protocol and checks an ID token's claims, joserfc (the same authors') its
signature. Authlib's integrations for web frameworks are not used: they keep an attempt in a
Starlette session, and the provider's metadata for ever.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple

import httpx2
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import get_well_known_url
from itsdangerous import BadData, URLSafeTimedSerializer
from joserfc import jwt
from joserfc.jws import JWSRegistry
from pydantic import (
    TypeAdapter,
    ValidationError,
)

from pager.adapters.urls import is_private_base
from pager.adapters.web.auth.oidc_answers import (
    Keys,
    PersonClaims,
    Provider,
    Tokens,
    email_address,
    get,
    get_user_info,
    limit_size,
)
from pager.adapters.web.auth.oidc_errors import (
    InvalidIdToken,
    SignOnExpired,
    SignOnRefused,
    errors_as_sign_on_failed,
    reason_of,
)

ALGORITHMS = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
    "Ed25519",
)
"""Only those with a public key: neither "none" nor HMAC, whose key would be public."""

LEEWAY = timedelta(minutes=5)
"""By how much the provider's clock may differ from ours."""


@dataclass(frozen=True)
class Registration:
    """How Pager is registered, as a client, at an OpenID provider."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    redirect_url: str
    """Where the provider sends a browser back to."""
    name: str = "single sign-on"
    """What people call it."""
    trusted_claim: str | None = None
    """The claim whose e-mail address counts although no `email_verified` vouches for it."""

    def __post_init__(self) -> None:
        """Raise ValueError for an `issuer` that secrets would be sent to unencrypted."""
        if not is_private_base(self.issuer):
            raise ValueError(
                "an issuer looks like https://login.example.com: https (http only to this machine "
                "itself), a host, and no user name or query"
            )


class Identity(NamedTuple):
    """The identity of a person, as the provider states it."""

    issuer: str
    subject: str
    """Never changes, unlike the e-mail address and the name."""
    email: str | None
    """None unless the provider vouches for it, or the operator trusts its claim."""
    name: str | None
    unverified_email: str | None = None
    """What it may be: anybody could have typed the address of another person."""

    @property
    def key(self) -> str:
        """Identifies the person: no issuer has a space in it."""
        return f"{self.issuer} {self.subject}"


class AuthorizationRequest(NamedTuple):
    """The beginning of a sign-in: send the browser to `url`, with a cookie of that content."""

    url: str
    cookie: str


class Timeouts(NamedTuple):
    """How long each step may take, or its result is valid."""

    answers: timedelta = timedelta(seconds=10)
    """All answers of the provider that one request of a browser needs, together."""
    attempt: timedelta = timedelta(minutes=10)
    """A sign-in, from its beginning to its end; whole seconds."""
    metadata: timedelta = timedelta(hours=1)
    """How long the provider's metadata is cached."""


TIMEOUTS = Timeouts()


class SignOn:
    """Signs people in at a provider, which is not contacted before somebody signs in."""

    def __init__(
        self, registration: Registration, keys: Sequence[bytes], timeouts: Timeouts = TIMEOUTS
    ) -> None:
        """`keys`: the last one signs the cookies, all of them are accepted."""
        self._registration = registration
        self._timeouts = timeouts
        self._cookies = URLSafeTimedSerializer(list(keys), salt="single sign-on")
        self._certificates = httpx2.create_ssl_context()
        self._provider: Provider | None = None
        self._metadata_expires_at = 0.0

    @property
    def name(self) -> str:
        """What people call the provider: "Sign in with …"."""
        return self._registration.name

    async def begin(self, then: str) -> AuthorizationRequest:
        """Begin a sign-in, after which the browser goes to `then`, a path of this server.

        The cookie is signed, and not encrypted: only this browser gets it, and may read it. Raises
        ProviderUnavailable or InvalidIdToken.
        """
        attempt = _Attempt(_random(), _random(), _random(), then)
        async with self._client() as client:
            provider = await self._discover(client)
            url, _ = client.create_authorization_url(
                provider.authorization_endpoint,
                state=attempt.state,
                nonce=attempt.nonce,
                code_verifier=attempt.code_verifier,
            )
        return AuthorizationRequest(url, self._cookies.dumps(attempt))

    async def finish(self, callback: Mapping[str, str], cookie: str) -> tuple[Identity, str]:
        """The person who comes back with this query and this cookie, and the `then` of `begin`.

        Raises SignOnExpired, SignOnRefused, ProviderUnavailable or InvalidIdToken.
        """
        if "code" not in callback:
            raise SignOnRefused(reason_of(callback.get("error", "neither a code nor an error")))
        attempt = self._attempt(cookie)
        if not secrets.compare_digest(callback.get("state", "").encode(), attempt.state.encode()):
            raise SignOnExpired("the state is not the cookie's")
        async with self._client() as client:
            identity = await self._identity(client, callback["code"], attempt)
        return identity, attempt.then

    def _attempt(self, cookie: str) -> "_Attempt":
        lifetime = int(self._timeouts.attempt.total_seconds())
        try:
            return _attempt.validate_python(self._cookies.loads(cookie, max_age=lifetime))
        except (BadData, ValidationError) as error:
            raise SignOnExpired(f"the cookie: {type(error).__name__}") from error

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[AsyncOAuth2Client]:
        """A client for one sign-in: it keeps the access token. Its errors are SignOnFailed."""
        client = AsyncOAuth2Client(
            client_id=self._registration.client_id,
            client_secret=self._registration.client_secret,
            redirect_uri=self._registration.redirect_url,
            scope="openid profile email",
            code_challenge_method="S256",
            leeway=0,  # some access tokens are good for a minute only
            headers={"Accept-Encoding": "identity"},
            verify=self._certificates,
            timeout=None,  # it would count for each read; the one below counts for all of them
            event_hooks={"response": [limit_size]},
        )
        with errors_as_sign_on_failed():
            async with asyncio.timeout(self._timeouts.answers.total_seconds()), client:
                yield client

    async def _discover(self, client: AsyncOAuth2Client) -> "Provider":
        if self._provider is not None and time.monotonic() < self._metadata_expires_at:
            return self._provider
        url = get_well_known_url(self._registration.issuer, external=True)
        provider = Provider.model_validate_json(await get(client, url))
        if provider.issuer.rstrip("/") != self._registration.issuer.rstrip("/"):
            raise InvalidIdToken(
                reason_of(
                    f"it calls itself {provider.issuer}: that is what PAGER_OIDC_ISSUER has to be"
                )
            )
        self._provider = provider
        self._metadata_expires_at = time.monotonic() + self._timeouts.metadata.total_seconds()
        return provider

    async def _identity(
        self, client: AsyncOAuth2Client, code: str, attempt: "_Attempt"
    ) -> Identity:
        provider = await self._discover(client)
        if not provider.takes_basic_authentication:
            client.token_endpoint_auth_method = "client_secret_post"  # noqa: S105 - its name
        tokens = Tokens.model_validate(
            await client.fetch_token(
                provider.token_endpoint,
                grant_type="authorization_code",
                code=code,
                code_verifier=attempt.code_verifier,
            )
        )
        # Fetched each time: a key that the provider has revoked must not be accepted.
        keys = Keys.model_validate_json(await get(client, provider.jwks_uri))
        claims = self._claims(provider, tokens, keys, attempt.nonce)
        trusted = self._registration.trusted_claim
        if "email" not in claims and (trusted is None or trusted not in claims):
            user_info = await get_user_info(client, provider)
            if user_info.get("sub", claims["sub"]) != claims["sub"]:
                raise InvalidIdToken("the user info is somebody else's")
            claims = {**claims, "email_verified": None, **user_info}
        person = PersonClaims.model_validate(claims)
        email, is_trusted = person.email, bool(person.email_verified)
        if not is_trusted and trusted is not None and person.email_verified is not False:
            trusted_email = email_address(claims.get(trusted))
            email, is_trusted = trusted_email or email, trusted_email is not None
        return Identity(
            provider.issuer,
            person.sub,
            email if is_trusted else None,
            person.name,
            None if is_trusted else email,
        )

    def _claims(
        self, provider: "Provider", tokens: "Tokens", keys: "Keys", nonce: str
    ) -> Mapping[str, object]:
        """The claims of the ID token, validated as OpenID Connect says."""
        decoded = jwt.decode(
            tokens.id_token,
            keys.key_set,
            registry=JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False),
        )
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            {
                "iss": {"essential": True, "value": provider.issuer},
                "aud": {"essential": True, "value": self._registration.client_id},
            },
            {
                "nonce": nonce,
                "client_id": self._registration.client_id,
                "access_token": tokens.access_token,
            },
        )
        claims.validate(leeway=int(LEEWAY.total_seconds()))
        return dict(claims)


class _Attempt(NamedTuple):
    state: str
    nonce: str
    code_verifier: str
    then: str


_attempt = TypeAdapter(_Attempt)


def _random() -> str:
    return secrets.token_urlsafe(32)
