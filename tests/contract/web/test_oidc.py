"""Single sign-on: at a real OpenID provider, and at one that sends wrong answers."""

import asyncio
import base64
import gzip
import hashlib
import hmac
import json
import socket
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import NamedTuple
from urllib.parse import parse_qsl, quote, urlsplit

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry
from pydantic import JsonValue

from contract.web.openid_provider import ScriptedProvider, openid_provider
from pager.adapters.web.auth.oidc import Identity, Registration, SignOn, Timeouts
from pager.adapters.web.auth.oidc_errors import (
    InvalidIdToken,
    ProviderUnavailable,
    SignOnExpired,
    SignOnFailed,
    SignOnRefused,
)
from waiting import WAIT_TIMEOUT

CLIENT_ID = "pager"
CLIENT_SECRET = "a-client-secret-that-nobody-may-see"
REDIRECT_URL = "https://pager.example.com/console/login/callback"
ADA = "ada@example.com"
pytestmark = pytest.mark.usefixtures("one_authority")

KEYS = [b"the installation's older key", b"the installation's newer key"]
PROVIDERS_KEY = RSAKey.generate_key(2048, {"kid": "1"})
ANOTHER_KEY = RSAKey.generate_key(2048, {"kid": "1"})
TIMEOUTS = Timeouts(answers=timedelta(minutes=1))
"""Long enough for any machine: no test waits for so long."""


class Attempt(NamedTuple):
    """What a browser has after the beginning of a sign-in: the URL to go to, and a cookie."""

    url: str
    cookie: str

    @property
    def query(self) -> dict[str, str]:
        """The authorization request."""
        return dict(parse_qsl(urlsplit(self.url).query))


def sign_on(
    issuer: str,
    *,
    client_id: str = CLIENT_ID,
    keys: list[bytes] = KEYS,
    timeouts: Timeouts = TIMEOUTS,
    trusted_claim: str | None = None,
) -> SignOn:
    registration = Registration(
        issuer, client_id, CLIENT_SECRET, REDIRECT_URL, trusted_claim=trusted_claim
    )
    return SignOn(registration, keys, timeouts)


def begin(at: SignOn, then: str = "/") -> Attempt:
    return Attempt(*asyncio.run(at.begin(then)))


def finish(at: SignOn, callback: dict[str, str], cookie: str) -> Identity:
    identity, _ = asyncio.run(at.finish(callback, cookie))
    return identity


def log_in(attempt: Attempt, form: dict[str, str]) -> dict[str, str]:
    """Fill in the provider's form; gives the query of the callback."""
    page = httpx2.get(attempt.url, verify=False, timeout=WAIT_TIMEOUT)
    assert page.status_code == 200, page.text
    answer = httpx2.post(attempt.url, data=form, verify=False, timeout=WAIT_TIMEOUT)
    sent_back = answer.headers["Location"]
    assert sent_back.startswith(REDIRECT_URL)
    return dict(parse_qsl(urlsplit(sent_back).query))


# --- at a real provider


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with openid_provider() as url:
        yield url


def set_claims(issuer: str, subject: str, claims: dict[str, JsonValue]) -> None:
    """Let the provider send `claims` about whoever logs in as `subject`."""
    url = f"{issuer}/users/{quote(subject)}"
    httpx2.put(url, json=claims, verify=False, timeout=WAIT_TIMEOUT).raise_for_status()


def test_a_login_at_the_provider_gives_the_identity_it_states(issuer: str) -> None:
    """And `then`, as it was at the beginning."""
    set_claims(issuer, "4711", {"email": ADA, "email_verified": True, "name": "Ada Lovelace"})
    client = sign_on(issuer)
    attempt = begin(client, then="/console/services/checkout-api")
    identity, then = asyncio.run(client.finish(log_in(attempt, {"sub": "4711"}), attempt.cookie))
    assert identity == Identity(issuer, "4711", ADA, "Ada Lovelace")
    assert identity.key == f"{issuer} 4711"
    assert then == "/console/services/checkout-api"


@pytest.mark.parametrize("claims", [{"email": ADA}, {"email": ADA, "email_verified": False}])
def test_an_address_that_is_not_verified_is_ignored(
    issuer: str, claims: dict[str, JsonValue]
) -> None:
    """Anybody could have typed the address of another person."""
    set_claims(issuer, "mallory", claims)
    client = sign_on(issuer)
    attempt = begin(client)
    identity = finish(client, log_in(attempt, {"sub": "mallory"}), attempt.cookie)
    assert identity == Identity(issuer, "mallory", None, None, ADA)


def test_a_refusal_by_the_provider_signs_nobody_in(issuer: str) -> None:
    """Its reason is only logged: a link could show people any text on our page."""
    client = sign_on(issuer)
    attempt = begin(client)
    with pytest.raises(SignOnRefused) as error:
        finish(client, log_in(attempt, {"action": "deny"}), attempt.cookie)
    assert error.value.reason == "'access_denied'"
    assert "access_denied" not in str(error.value)


def test_a_code_works_once(issuer: str) -> None:
    """The URL in the history of a browser signs nobody in."""
    client = sign_on(issuer)
    attempt = begin(client)
    callback = log_in(attempt, {"sub": ADA})
    finish(client, callback, attempt.cookie)
    with pytest.raises(
        SignOnRefused, match="ask an administrator: the reason is in Pager's log"
    ) as error:
        finish(client, callback, attempt.cookie)
    assert "invalid_grant" in error.value.reason
    assert callback["code"] not in error.value.reason
    assert CLIENT_SECRET not in error.value.reason


def test_a_sign_in_ends_in_the_browser_that_began_it(issuer: str) -> None:
    """A link of Mallory's does not sign people in as Mallory (login CSRF)."""
    client = sign_on(issuer)
    adas, mallorys = begin(client), begin(client)
    callback = log_in(mallorys, {"sub": "mallory"})
    with pytest.raises(SignOnExpired, match="Sign in again"):
        finish(client, callback, adas.cookie)
    with pytest.raises(SignOnExpired):
        finish(client, {"code": callback["code"]}, adas.cookie)


def test_a_stolen_code_is_refused_in_another_sign_in(issuer: str) -> None:
    """The nonce in the token is that of the sign-in for which it was issued."""
    client = sign_on(issuer)
    adas, mallorys = begin(client), begin(client)
    stolen = log_in(adas, {"sub": ADA})["code"]
    with pytest.raises(InvalidIdToken) as error:
        finish(client, {"code": stolen, "state": mallorys.query["state"]}, mallorys.cookie)
    assert "nonce" in error.value.reason


def test_a_code_that_was_issued_to_another_client_is_refused(issuer: str) -> None:
    """Another program that Ada signs in to cannot sign in here as Ada."""
    client, another = sign_on(issuer), sign_on(issuer, client_id="another")
    attempt, elsewhere = begin(client), begin(another)
    code = log_in(elsewhere, {"sub": ADA})["code"]
    with pytest.raises(SignOnRefused):
        finish(client, {"code": code, "state": attempt.query["state"]}, attempt.cookie)


# --- the cookie


@pytest.fixture
def provider() -> Iterator[ScriptedProvider]:
    with ScriptedProvider() as server:
        server.answer("/keys", {"keys": [PROVIDERS_KEY.as_dict(private=False)]})
        yield server


def answer_with_token(
    provider: ScriptedProvider,
    attempt: Attempt,
    *,
    key: ECKey | OKPKey | RSAKey = PROVIDERS_KEY,
    algorithm: str = "RS256",
    without: str = "",
    **claims: JsonValue,
) -> None:
    """Let the provider answer with an ID token: a valid one, but for these arguments."""
    now = int(time.time())
    all_claims: dict[str, JsonValue] = {
        "iss": provider.issuer,
        "sub": "4711",
        "aud": CLIENT_ID,
        "exp": now + 300,
        "iat": now,
        "nonce": attempt.query["nonce"],
        "email": ADA,
        "email_verified": True,
        **claims,
    }
    all_claims.pop(without, None)
    header = {"alg": algorithm, "kid": "1"}
    id_token = jwt.encode(header, all_claims, key, registry=JWSRegistry(algorithms=[algorithm]))
    bearer = {"access_token": "a", "token_type": "Bearer", "expires_in": 60}
    provider.answer("/token", bearer | {"id_token": id_token})


def urlsafe(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def callback_of(attempt: Attempt) -> dict[str, str]:
    """The query with which the provider sends the browser back."""
    return {"code": "a-code-that-nobody-may-see", "state": attempt.query["state"]}


def test_a_cookie_stays_valid_when_a_key_is_added(provider: ScriptedProvider) -> None:
    """The older keys still count."""
    attempt = begin(sign_on(provider.issuer, keys=KEYS[:1]))
    answer_with_token(provider, attempt)
    assert finish(sign_on(provider.issuer), callback_of(attempt), attempt.cookie).subject == "4711"


def test_a_cookie_expires(provider: ScriptedProvider) -> None:
    """A sign-in takes a few minutes."""
    timeouts = TIMEOUTS._replace(attempt=timedelta(seconds=-1))
    client = sign_on(provider.issuer, timeouts=timeouts)
    attempt = begin(client)
    answer_with_token(provider, attempt)
    with pytest.raises(SignOnExpired, match="too long ago"):
        finish(client, callback_of(attempt), attempt.cookie)


def test_a_forged_cookie_is_refused(provider: ScriptedProvider) -> None:
    """So is a missing one; and nothing is sent to the provider."""
    client, attempt = sign_on(provider.issuer), begin(sign_on(provider.issuer))
    foreign = begin(sign_on(provider.issuer, keys=[b"a key of Mallory's"]))
    provider.requested_paths.clear()
    for cookie in ("", "x", attempt.cookie[:-1], f"x{attempt.cookie}", "é" * 5_000):
        with pytest.raises(SignOnExpired):
            finish(client, callback_of(attempt), cookie)
    with pytest.raises(SignOnExpired):
        finish(client, callback_of(foreign), foreign.cookie)
    assert provider.requested_paths == []


# --- at a provider that sends wrong answers


def test_the_code_is_exchanged_with_the_verifier_of_its_challenge(
    provider: ScriptedProvider,
) -> None:
    """PKCE: a stolen code cannot be used without the verifier."""
    client = sign_on(provider.issuer)
    attempt = begin(client)
    answer_with_token(provider, attempt)
    finish(client, callback_of(attempt), attempt.cookie)
    digest = hashlib.sha256(provider.form["code_verifier"].encode()).digest()
    assert attempt.query["code_challenge"] == urlsafe(digest)
    assert attempt.query["code_challenge_method"] == "S256"
    assert attempt.query["redirect_uri"] == provider.form["redirect_uri"] == REDIRECT_URL
    assert CLIENT_SECRET not in attempt.url


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"iss": "https://elsewhere.example.com"}, "iss"),
        ({"aud": "another"}, "aud"),
        ({"aud": "another", "azp": CLIENT_ID}, "aud"),
        ({"aud": [CLIENT_ID, "another"]}, "azp"),
        ({"azp": "another"}, "azp"),
        ({"exp": 1}, "expired"),
        ({"iat": 4_000_000_000}, "in the future"),
        ({"nonce": "another"}, "nonce"),
        ({"without": "nonce"}, "nonce"),
        ({"without": "iss"}, "iss"),
        ({"without": "aud"}, "aud"),
        ({"without": "exp"}, "exp"),
        ({"without": "sub"}, "sub"),
        ({"sub": ""}, "sub"),
        ({"sub": "4" * 256}, "sub"),
        ({"name": "A" * 201}, "name"),
        ({"email": "not an address"}, "email"),
        ({"at_hash": "another"}, "at_hash"),
    ],
)
def test_a_token_with_a_wrong_claim_is_refused(
    provider: ScriptedProvider, claims: dict[str, JsonValue], reason: str
) -> None:
    """Even with a valid signature."""
    client = sign_on(provider.issuer)
    attempt = begin(client)
    answer_with_token(provider, attempt, **claims)  # type: ignore[arg-type]  # `without` is among them
    with pytest.raises(InvalidIdToken, match="you are not signed in") as error:
        finish(client, callback_of(attempt), attempt.cookie)
    assert reason in error.value.reason
    assert "4444" not in error.value.reason


def test_a_token_with_another_signature_is_refused(
    provider: ScriptedProvider,
) -> None:
    """Even if the key has the same id."""
    client = sign_on(provider.issuer)
    attempt = begin(client)
    answer_with_token(provider, attempt, key=ANOTHER_KEY)
    with pytest.raises(InvalidIdToken) as error:
        finish(client, callback_of(attempt), attempt.cookie)
    assert "bad_signature" in error.value.reason


def with_the_public_key(text: bytes) -> bytes:
    return hmac.digest(PROVIDERS_KEY.as_pem(private=False), text, "sha256")


@pytest.mark.parametrize(
    ("algorithm", "sign"), [("none", lambda _: b""), ("HS256", with_the_public_key)]
)
def test_a_token_with_an_algorithm_without_a_public_key_is_refused(
    provider: ScriptedProvider, algorithm: str, sign: Callable[[bytes], bytes]
) -> None:
    """Not signed, or signed with what everybody knows."""
    client = sign_on(provider.issuer)
    attempt = begin(client)
    answer_with_token(provider, attempt)
    answer = json.loads(provider.documents["/token"])
    claims = answer["id_token"].split(".")[1]
    text = f"{urlsafe(json.dumps({'alg': algorithm}).encode())}.{claims}"
    provider.answer("/token", answer | {"id_token": f"{text}.{urlsafe(sign(text.encode()))}"})
    with pytest.raises(InvalidIdToken) as error:
        finish(client, callback_of(attempt), attempt.cookie)
    assert algorithm in error.value.reason


def test_a_key_that_the_provider_has_revoked_is_refused(
    provider: ScriptedProvider,
) -> None:
    """At once; and its new key is accepted."""
    client = sign_on(provider.issuer)
    attempt = begin(client)
    answer_with_token(provider, attempt)
    finish(client, callback_of(attempt), attempt.cookie)
    provider.answer("/keys", {"keys": [ANOTHER_KEY.as_dict(private=False)]})
    with pytest.raises(InvalidIdToken):
        finish(client, callback_of(attempt), attempt.cookie)
    answer_with_token(provider, attempt, key=ANOTHER_KEY)
    assert finish(client, callback_of(attempt), attempt.cookie).subject == "4711"


def test_a_short_token_is_completed_by_the_user_info(provider: ScriptedProvider) -> None:
    """If that is about the same person."""
    provider.publish_metadata(userinfo_endpoint=f"{provider.issuer}/userinfo")
    client = sign_on(provider.issuer)
    attempt = begin(client)
    answer_with_token(provider, attempt, without="email")
    provider.answer("/userinfo", {"sub": "4711", "email": ADA, "email_verified": "true"})
    assert finish(client, callback_of(attempt), attempt.cookie).email == ADA
    provider.answer("/userinfo", {"sub": "4712", "email": ADA, "email_verified": True})
    with pytest.raises(InvalidIdToken):
        finish(client, callback_of(attempt), attempt.cookie)


@pytest.mark.parametrize(
    ("trusted_claim", "claims", "email"),
    [
        # Entra ID: no email_verified, and an address only where the tenant adds it.
        ("preferred_username", {"preferred_username": ADA}, ADA),
        ("upn", {"upn": ADA, "email": "mallory@example.com"}, ADA),
        ("email", {"email": ADA}, ADA),
        ("email", {"email": ADA, "email_verified": False}, None),
        ("email", {"email": ADA, "email_verified": "false"}, None),
        ("preferred_username", {"preferred_username": "ada"}, None),
        ("preferred_username", {"preferred_username": ["ada"], "email": ADA}, None),
        (None, {"preferred_username": ADA, "upn": ADA}, None),
        (None, {"email": ADA, "email_verified": "true"}, ADA),
        (None, {"email": ADA, "email_verified": "True"}, ADA),
        (None, {"email": ADA, "email_verified": "yes"}, None),
        (None, {"email": ADA, "email_verified": 1}, None),
        (None, {"email": ADA, "email_verified": None}, None),
    ],
)
def test_an_address_counts_if_the_provider_vouches_for_it_or_the_operator_trusts_its_claim(
    provider: ScriptedProvider,
    trusted_claim: str | None,
    claims: dict[str, JsonValue],
    email: str | None,
) -> None:
    """No other one does: at many providers anybody can type the address of another person."""
    client = sign_on(provider.issuer, trusted_claim=trusted_claim)
    attempt = begin(client)
    answer_with_token(provider, attempt, **{"email": None, "email_verified": None, **claims})  # type: ignore[arg-type]  # none is `key`
    assert finish(client, callback_of(attempt), attempt.cookie).email == email


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": [CLIENT_ID]},
        {"aud": [CLIENT_ID, "another"], "azp": CLIENT_ID},
        {"iat": int(time.time()) + 120, "nbf": int(time.time()) + 120},
        {"groups": ["all"] * 200, "_claim_names": {"groups": "src1"}, "hasgroups": True},
    ],
)
def test_a_token_that_is_unusual_is_valid(
    provider: ScriptedProvider, claims: dict[str, JsonValue]
) -> None:
    """Several audiences, a clock that is two minutes ahead, too many groups."""
    client = sign_on(provider.issuer)
    attempt = begin(client)
    answer_with_token(provider, attempt, **claims)  # type: ignore[arg-type]  # none is `key`
    assert finish(client, callback_of(attempt), attempt.cookie).email == ADA


def test_an_issuer_with_or_without_a_slash_at_its_end_is_the_same(
    provider: ScriptedProvider,
) -> None:
    """Its people stay the same, too: they are known by the spelling of the provider."""
    for issuer in (provider.issuer, f"{provider.issuer}/"):
        client = sign_on(issuer)
        attempt = begin(client)
        answer_with_token(provider, attempt)
        identity = finish(client, callback_of(attempt), attempt.cookie)
        assert identity.key == f"{provider.issuer} 4711"


@pytest.mark.parametrize(
    ("methods", "is_in_form"),
    [
        (None, False),
        (["client_secret_post", "client_secret_basic"], False),
        (["client_secret_post"], True),
    ],
)
def test_the_client_secret_is_sent_as_the_provider_takes_it(
    provider: ScriptedProvider, methods: list[JsonValue] | None, *, is_in_form: bool
) -> None:
    """In a header, unless it takes only a form."""
    provider.publish_metadata(token_endpoint_auth_methods_supported=methods)
    client = sign_on(provider.issuer)
    attempt = begin(client)
    answer_with_token(provider, attempt)
    finish(client, callback_of(attempt), attempt.cookie)
    assert ("client_secret" in provider.form) == is_in_form


def test_a_key_of_an_unknown_kind_spoils_no_other(provider: ScriptedProvider) -> None:
    """Providers publish keys for encryption, and of kinds that are too new for us."""
    odd: list[JsonValue] = [
        {"kty": "RSA", "kid": "1", "use": "enc", "n": "AQAB", "e": "AQAB"},
        {"kty": "OKP", "crv": "X-new", "kid": "2", "x": "AA"},
        {"kty": "AKP", "kid": "3"},
        {"kid": "4"},
    ]
    provider.answer("/keys", {"keys": [*odd, PROVIDERS_KEY.as_dict(private=False)]})
    client = sign_on(provider.issuer)
    attempt = begin(client)
    answer_with_token(provider, attempt)
    assert finish(client, callback_of(attempt), attempt.cookie).email == ADA


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        (ECKey.generate_key("P-256", {"kid": "1"}), "ES256"),
        (OKPKey.generate_key("Ed25519", {"kid": "1"}), "EdDSA"),
        (PROVIDERS_KEY, "PS256"),
    ],
)
def test_a_token_may_be_signed_with_another_public_key_algorithm(
    provider: ScriptedProvider, key: ECKey | OKPKey | RSAKey, algorithm: str
) -> None:
    """Some providers no longer use RSA."""
    provider.answer("/keys", {"keys": [key.as_dict(private=False)]})
    client = sign_on(provider.issuer)
    attempt = begin(client)
    answer_with_token(provider, attempt, key=key, algorithm=algorithm)
    assert finish(client, callback_of(attempt), attempt.cookie).email == ADA


@pytest.mark.parametrize("answer", [b"", b'{"sub": "4711"}'])
def test_nobody_needs_user_info(provider: ScriptedProvider, answer: bytes) -> None:
    """Without it there is no address; whoever has signed in before is known by the subject."""
    provider.publish_metadata(userinfo_endpoint=f"{provider.issuer}/userinfo")
    provider.documents["/userinfo"] = answer
    client = sign_on(provider.issuer)
    attempt = begin(client)
    answer_with_token(provider, attempt, without="email")
    assert finish(client, callback_of(attempt), attempt.cookie).subject == "4711"


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "https://elsewhere.example.com"},
        {"token_endpoint": "http://elsewhere.example.com/token"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"jwks_uri": "https://user:password@elsewhere.example.com"},
        {"jwks_uri": None},
    ],
)
def test_metadata_with_a_wrong_issuer_or_an_unsafe_url_is_refused(
    provider: ScriptedProvider, changes: dict[str, JsonValue]
) -> None:
    """No secret is sent unencrypted."""
    provider.publish_metadata(**changes)
    with pytest.raises(InvalidIdToken):
        begin(sign_on(provider.issuer))


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/token", "/keys"])
@pytest.mark.parametrize(
    "answer", [b"", b"{", b"[]", b"{}", b"\xff", b'{"keys": []}', b'{"id_token": 1}', b"[" * 9_999]
)
def test_an_answer_that_cannot_be_parsed_is_an_error_with_a_sentence(
    provider: ScriptedProvider, path: str, answer: bytes
) -> None:
    """In the metadata, the token answer or the keys."""
    attempt = begin(sign_on(provider.issuer))
    answer_with_token(provider, attempt)
    provider.documents[path] = answer
    with pytest.raises(SignOnFailed) as error:
        finish(sign_on(provider.issuer), callback_of(attempt), attempt.cookie)
    assert "\n" not in str(error.value) + error.value.reason
    assert callback_of(attempt)["code"] not in error.value.reason


def test_an_answer_that_is_too_long_is_not_read_to_its_end(provider: ScriptedProvider) -> None:
    """Nor is a compressed one, which could grow."""
    provider.publish_metadata(padding="x" * 300_000)
    with pytest.raises(ProviderUnavailable) as error:
        begin(sign_on(provider.issuer))
    assert "262144 bytes" in error.value.reason
    provider.publish_metadata()
    metadata = provider.documents["/.well-known/openid-configuration"]
    provider.documents["/.well-known/openid-configuration"] = gzip.compress(metadata)
    provider.headers = {"Content-Encoding": "gzip"}
    with pytest.raises(ProviderUnavailable):
        begin(sign_on(provider.issuer))


# --- at a provider that is not there


def test_the_metadata_is_fetched_once_an_hour(provider: ScriptedProvider) -> None:
    """Strangers who click on the link cannot make Pager flood the provider."""
    client = sign_on(provider.issuer)
    assert provider.requested_paths == []
    begin(client)
    begin(client)
    assert len(provider.requested_paths) == 1
    without_cache = sign_on(provider.issuer, timeouts=TIMEOUTS._replace(metadata=timedelta(0)))
    begin(without_cache)
    begin(without_cache)
    assert len(provider.requested_paths) == 3


def test_a_provider_that_is_down_is_an_error_until_it_is_up_again(
    provider: ScriptedProvider,
) -> None:
    """Only when somebody signs in: Pager starts without it."""
    client = sign_on(provider.issuer)
    metadata = provider.documents.pop("/.well-known/openid-configuration")
    with pytest.raises(
        ProviderUnavailable, match="Try again in a minute, or sign in with a password"
    ):
        begin(client)
    provider.documents["/.well-known/openid-configuration"] = metadata
    attempt = begin(client)
    provider.documents["/token"] = b""
    with pytest.raises(SignOnFailed):
        finish(client, callback_of(attempt), attempt.cookie)


def test_a_provider_that_does_not_answer_times_out() -> None:
    """It accepts the connection, or refuses it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        issuer = f"http://127.0.0.1:{listener.getsockname()[1]}"
        timeouts = TIMEOUTS._replace(answers=timedelta(seconds=0.2))
        with pytest.raises(ProviderUnavailable):
            begin(sign_on(issuer, timeouts=timeouts))
    with pytest.raises(ProviderUnavailable):
        begin(sign_on(issuer))


@pytest.mark.parametrize(
    "issuer", ["http://login.example.com", "https://me:secret@login.example.com", "login", ""]
)
def test_an_issuer_takes_https_and_no_credentials(issuer: str) -> None:
    """http is for this machine only."""
    with pytest.raises(ValueError, match=r"an issuer looks like https://login\.example\.com"):
        sign_on(issuer)


def test_the_client_secret_is_not_in_the_repr() -> None:
    """A registration may end up in a log."""
    registration = Registration("https://login.example.com", CLIENT_ID, CLIENT_SECRET, REDIRECT_URL)
    assert CLIENT_SECRET not in repr(registration)
