"""Single sign-on: at a real OpenID provider, and at one that lies."""

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
from joserfc.jwk import RSAKey
from pydantic import JsonValue

from contract.web.openid_provider import ScriptedProvider, openid_provider
from pager.adapters.web.auth.oidc import (
    Identity,
    ProviderNotBelieved,
    ProviderSilent,
    Registration,
    SignOn,
    SignOnExpired,
    SignOnFailed,
    SignOnRefused,
    Timeouts,
)

CLIENT_ID = "pager"
CLIENT_SECRET = "a-client-secret-that-nobody-may-see"
REDIRECT_URL = "https://pager.example.com/console/login/callback"
ADA = "ada@example.com"
KEYS = [b"the installation's older key", b"the installation's newer key"]
PROVIDERS_KEY = RSAKey.generate_key(2048, {"kid": "1"})
ANOTHER_KEY = RSAKey.generate_key(2048, {"kid": "1"})
TIMEOUTS = Timeouts(answers=timedelta(minutes=1))
"""Long enough for any machine: no test waits until it is over."""


class Attempt(NamedTuple):
    """What a browser has after the beginning: the URL that it is sent to, and a cookie."""

    url: str
    cookie: str

    @property
    def query(self) -> dict[str, str]:
        """What the provider is told."""
        return dict(parse_qsl(urlsplit(self.url).query))


def sign_on(
    issuer: str,
    *,
    client_id: str = CLIENT_ID,
    keys: list[bytes] = KEYS,
    timeouts: Timeouts = TIMEOUTS,
) -> SignOn:
    return SignOn(Registration(issuer, client_id, CLIENT_SECRET, REDIRECT_URL), keys, timeouts)


def begin(at: SignOn, then: str = "/") -> Attempt:
    return Attempt(*asyncio.run(at.begin(then)))


def finish(at: SignOn, callback: dict[str, str], cookie: str) -> Identity:
    identity, _ = asyncio.run(at.finish(callback, cookie))
    return identity


def log_in(attempt: Attempt, form: dict[str, str]) -> dict[str, str]:
    """Fill in the provider's form, and give what it sends the browser back with."""
    shown = httpx2.get(attempt.url)
    assert shown.status_code == 200, shown.text
    sent_back = httpx2.post(attempt.url, data=form).headers["Location"]
    assert sent_back.startswith(REDIRECT_URL)
    return dict(parse_qsl(urlsplit(sent_back).query))


# --- at a real provider


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with openid_provider() as found:
        yield found


def known(issuer: str, subject: str, claims: dict[str, JsonValue]) -> None:
    """Let the provider say `claims` of whoever logs in as `subject`."""
    httpx2.put(f"{issuer}/users/{quote(subject)}", json=claims).raise_for_status()


def test_whoever_logs_in_at_the_provider_is_known_by_what_it_says(issuer: str) -> None:
    """And goes on to where they wanted to go."""
    known(issuer, "4711", {"email": ADA, "email_verified": True, "name": "Ada Lovelace"})
    ours = sign_on(issuer)
    attempt = begin(ours, then="/console/services/checkout-api")
    identity, then = asyncio.run(ours.finish(log_in(attempt, {"sub": "4711"}), attempt.cookie))
    assert identity == Identity(issuer, "4711", ADA, "Ada Lovelace")
    assert identity.key == f"{issuer} 4711"
    assert then == "/console/services/checkout-api"


@pytest.mark.parametrize("claims", [{"email": ADA}, {"email": ADA, "email_verified": False}])
def test_an_address_that_nobody_has_verified_is_not_taken(
    issuer: str, claims: dict[str, JsonValue]
) -> None:
    """Anybody could have typed in another's."""
    known(issuer, "mallory", claims)
    ours = sign_on(issuer)
    attempt = begin(ours)
    identity = finish(ours, log_in(attempt, {"sub": "mallory"}), attempt.cookie)
    assert identity == Identity(issuer, "mallory", None, None)


def test_somebody_the_provider_refuses_is_not_signed_in(issuer: str) -> None:
    """The reason is in the log, where no stranger can put a sentence before somebody's eyes."""
    ours = sign_on(issuer)
    attempt = begin(ours)
    with pytest.raises(SignOnRefused) as error:
        finish(ours, log_in(attempt, {"action": "deny"}), attempt.cookie)
    assert error.value.reason == "'access_denied'"
    assert "access_denied" not in str(error.value)


def test_a_code_is_good_for_once(issuer: str) -> None:
    """Who finds the URL in a history gets nowhere."""
    ours = sign_on(issuer)
    attempt = begin(ours)
    callback = log_in(attempt, {"sub": ADA})
    finish(ours, callback, attempt.cookie)
    with pytest.raises(SignOnRefused, match="an administrator finds the reason") as error:
        finish(ours, callback, attempt.cookie)
    assert "invalid_grant" in error.value.reason
    assert callback["code"] not in error.value.reason
    assert CLIENT_SECRET not in error.value.reason


def test_a_sign_in_ends_in_the_browser_that_began_it(issuer: str) -> None:
    """Nobody is signed in as Mallory by a link of Mallory's."""
    ours = sign_on(issuer)
    hers, mallorys = begin(ours), begin(ours)
    callback = log_in(mallorys, {"sub": "mallory"})
    with pytest.raises(SignOnExpired, match="begin it again"):
        finish(ours, callback, hers.cookie)
    with pytest.raises(SignOnExpired):
        finish(ours, {"code": callback["code"]}, hers.cookie)


def test_a_stolen_code_is_of_no_use_in_another_sign_in(issuer: str) -> None:
    """The nonce in the token is the one of the sign-in that it was issued for."""
    ours = sign_on(issuer)
    hers, mallorys = begin(ours), begin(ours)
    stolen = log_in(hers, {"sub": ADA})["code"]
    with pytest.raises(ProviderNotBelieved) as error:
        finish(ours, {"code": stolen, "state": mallorys.query["state"]}, mallorys.cookie)
    assert "nonce" in error.value.reason


def test_a_code_that_was_issued_to_another_client_is_of_no_use(issuer: str) -> None:
    """Another program that Ada signs on to cannot sign on here as Ada."""
    ours, another = sign_on(issuer), sign_on(issuer, client_id="another")
    attempt, elsewhere = begin(ours), begin(another)
    code = log_in(elsewhere, {"sub": ADA})["code"]
    with pytest.raises(SignOnRefused):
        finish(ours, {"code": code, "state": attempt.query["state"]}, attempt.cookie)


# --- the cookie


@pytest.fixture
def provider() -> Iterator[ScriptedProvider]:
    with ScriptedProvider() as found:
        found.say("/keys", {"keys": [PROVIDERS_KEY.as_dict(private=False)]})
        yield found


def tokens(
    provider: ScriptedProvider,
    attempt: Attempt,
    *,
    key: RSAKey = PROVIDERS_KEY,
    without: str = "",
    **claims: JsonValue,
) -> None:
    """Let the provider answer with an ID token, right but for what is given."""
    now = int(time.time())
    said: dict[str, JsonValue] = {
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
    said.pop(without, None)
    id_token = jwt.encode({"alg": "RS256", "kid": "1"}, said, key)
    bearer = {"access_token": "a", "token_type": "Bearer", "expires_in": 60}
    provider.say("/token", bearer | {"id_token": id_token})


def urlsafe(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def back(attempt: Attempt) -> dict[str, str]:
    """What the provider sends the browser back with."""
    return {"code": "a-code-that-nobody-may-see", "state": attempt.query["state"]}


def test_a_cookie_outlives_the_newest_key(provider: ScriptedProvider) -> None:
    """A key is added, and nobody is thrown out."""
    attempt = begin(sign_on(provider.issuer, keys=KEYS[:1]))
    tokens(provider, attempt)
    assert finish(sign_on(provider.issuer), back(attempt), attempt.cookie).subject == "4711"


def test_a_cookie_is_not_good_for_ever(provider: ScriptedProvider) -> None:
    """A sign-in takes minutes."""
    timeouts = TIMEOUTS._replace(attempt=timedelta(seconds=-1))
    ours = sign_on(provider.issuer, timeouts=timeouts)
    attempt = begin(ours)
    tokens(provider, attempt)
    with pytest.raises(SignOnExpired, match="begun too long ago"):
        finish(ours, back(attempt), attempt.cookie)


def test_a_forged_cookie_is_not_accepted(provider: ScriptedProvider) -> None:
    """Nor none at all, and none of these is told to the provider."""
    ours, attempt = sign_on(provider.issuer), begin(sign_on(provider.issuer))
    foreign = begin(sign_on(provider.issuer, keys=[b"a key of Mallory's"]))
    provider.asked.clear()
    for cookie in ("", "x", attempt.cookie[:-1], f"x{attempt.cookie}", "é" * 5_000):
        with pytest.raises(SignOnExpired):
            finish(ours, back(attempt), cookie)
    with pytest.raises(SignOnExpired):
        finish(ours, back(foreign), foreign.cookie)
    assert provider.asked == []


# --- at a provider that lies, or another that speaks for it


def test_the_code_is_exchanged_with_the_verifier_of_its_challenge(
    provider: ScriptedProvider,
) -> None:
    """PKCE: who has seen the code has not seen what it takes to use it."""
    ours = sign_on(provider.issuer)
    attempt = begin(ours)
    tokens(provider, attempt)
    finish(ours, back(attempt), attempt.cookie)
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
def test_a_token_that_says_the_wrong_thing_is_not_believed(
    provider: ScriptedProvider, claims: dict[str, JsonValue], reason: str
) -> None:
    """Whoever has signed it."""
    ours = sign_on(provider.issuer)
    attempt = begin(ours)
    tokens(provider, attempt, **claims)  # type: ignore[arg-type]  # `without` is among them
    with pytest.raises(ProviderNotBelieved, match="nobody was signed in") as error:
        finish(ours, back(attempt), attempt.cookie)
    assert reason in error.value.reason
    assert "4444" not in error.value.reason


def test_a_token_that_somebody_else_has_signed_is_not_believed(
    provider: ScriptedProvider,
) -> None:
    """Though the key has the right name."""
    ours = sign_on(provider.issuer)
    attempt = begin(ours)
    tokens(provider, attempt, key=ANOTHER_KEY)
    with pytest.raises(ProviderNotBelieved) as error:
        finish(ours, back(attempt), attempt.cookie)
    assert "bad_signature" in error.value.reason


def with_the_public_key(text: bytes) -> bytes:
    return hmac.digest(PROVIDERS_KEY.as_pem(private=False), text, "sha256")


@pytest.mark.parametrize(
    ("algorithm", "sign"), [("none", lambda _: b""), ("HS256", with_the_public_key)]
)
def test_a_token_of_an_algorithm_without_a_public_key_is_not_believed(
    provider: ScriptedProvider, algorithm: str, sign: Callable[[bytes], bytes]
) -> None:
    """Not at all, or with what everybody knows."""
    ours = sign_on(provider.issuer)
    attempt = begin(ours)
    tokens(provider, attempt)
    answer = json.loads(provider.documents["/token"])
    claims = answer["id_token"].split(".")[1]
    text = f"{urlsafe(json.dumps({'alg': algorithm}).encode())}.{claims}"
    provider.say("/token", answer | {"id_token": f"{text}.{urlsafe(sign(text.encode()))}"})
    with pytest.raises(ProviderNotBelieved) as error:
        finish(ours, back(attempt), attempt.cookie)
    assert algorithm in error.value.reason


def test_a_key_that_the_provider_has_taken_back_is_not_believed_any_more(
    provider: ScriptedProvider,
) -> None:
    """And its new one is, at once."""
    ours = sign_on(provider.issuer)
    attempt = begin(ours)
    tokens(provider, attempt)
    finish(ours, back(attempt), attempt.cookie)
    provider.say("/keys", {"keys": [ANOTHER_KEY.as_dict(private=False)]})
    with pytest.raises(ProviderNotBelieved):
        finish(ours, back(attempt), attempt.cookie)
    tokens(provider, attempt, key=ANOTHER_KEY)
    assert finish(ours, back(attempt), attempt.cookie).subject == "4711"


def test_a_short_token_is_completed_by_the_user_info(provider: ScriptedProvider) -> None:
    """Which must be about the same person."""
    provider.describe(userinfo_endpoint=f"{provider.issuer}/userinfo")
    ours = sign_on(provider.issuer)
    attempt = begin(ours)
    tokens(provider, attempt, without="email")
    provider.say("/userinfo", {"sub": "4711", "email": ADA, "email_verified": "true"})
    assert finish(ours, back(attempt), attempt.cookie).email == ADA
    provider.say("/userinfo", {"sub": "4712", "email": ADA, "email_verified": True})
    with pytest.raises(ProviderNotBelieved):
        finish(ours, back(attempt), attempt.cookie)


@pytest.mark.parametrize(
    "description",
    [
        {"issuer": "https://elsewhere.example.com"},
        {"token_endpoint": "http://elsewhere.example.com/token"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"jwks_uri": "https://user:password@elsewhere.example.com"},
        {"jwks_uri": None},
    ],
)
def test_a_provider_that_describes_another_is_not_believed(
    provider: ScriptedProvider, description: dict[str, JsonValue]
) -> None:
    """No secret goes over an open line."""
    provider.describe(**description)
    with pytest.raises(ProviderNotBelieved):
        begin(sign_on(provider.issuer))


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/token", "/keys"])
@pytest.mark.parametrize(
    "answer", [b"", b"{", b"[]", b"{}", b"\xff", b'{"keys": []}', b'{"id_token": 1}', b"[" * 9_999]
)
def test_an_answer_that_cannot_be_parsed_is_an_error_with_a_sentence(
    provider: ScriptedProvider, path: str, answer: bytes
) -> None:
    """Wherever it stands."""
    attempt = begin(sign_on(provider.issuer))
    tokens(provider, attempt)
    provider.documents[path] = answer
    with pytest.raises(SignOnFailed) as error:
        finish(sign_on(provider.issuer), back(attempt), attempt.cookie)
    assert "\n" not in str(error.value) + error.value.reason
    assert back(attempt)["code"] not in error.value.reason


def test_an_answer_that_is_too_long_is_not_read_to_its_end(provider: ScriptedProvider) -> None:
    """Nor one that grows when it is unpacked."""
    provider.describe(padding="x" * 300_000)
    with pytest.raises(ProviderSilent) as error:
        begin(sign_on(provider.issuer))
    assert "262144 bytes" in error.value.reason
    provider.describe()
    description = provider.documents["/.well-known/openid-configuration"]
    provider.documents["/.well-known/openid-configuration"] = gzip.compress(description)
    provider.headers = {"Content-Encoding": "gzip"}
    with pytest.raises(ProviderSilent):
        begin(sign_on(provider.issuer))


# --- at a provider that is not there


def test_a_provider_describes_itself_once_an_hour(provider: ScriptedProvider) -> None:
    """Strangers who click on the button do not make us its flood."""
    ours = sign_on(provider.issuer)
    assert provider.asked == []
    begin(ours)
    begin(ours)
    assert len(provider.asked) == 1
    forgetful = sign_on(provider.issuer, timeouts=TIMEOUTS._replace(metadata=timedelta(0)))
    begin(forgetful)
    begin(forgetful)
    assert len(provider.asked) == 3


def test_a_provider_that_is_down_is_said_to_be(provider: ScriptedProvider) -> None:
    """To whoever wants to sign in, and to nobody before; and it may come back."""
    ours = sign_on(provider.issuer)
    description = provider.documents.pop("/.well-known/openid-configuration")
    with pytest.raises(ProviderSilent, match="try again in a minute, or sign in with a password"):
        begin(ours)
    provider.documents["/.well-known/openid-configuration"] = description
    attempt = begin(ours)
    provider.documents["/token"] = b""
    with pytest.raises(SignOnFailed):
        finish(ours, back(attempt), attempt.cookie)


def test_a_provider_that_does_not_answer_is_not_waited_for() -> None:
    """It takes the connection, and that is all."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        issuer = f"http://127.0.0.1:{listener.getsockname()[1]}"
        timeouts = TIMEOUTS._replace(answers=timedelta(seconds=0.2))
        with pytest.raises(ProviderSilent):
            begin(sign_on(issuer, timeouts=timeouts))
    with pytest.raises(ProviderSilent):
        begin(sign_on(issuer))


@pytest.mark.parametrize(
    "issuer", ["http://login.example.com", "https://me:secret@login.example.com", "login", ""]
)
def test_an_issuer_is_one_that_a_secret_may_be_sent_to(issuer: str) -> None:
    """Encrypted, unless it is this machine."""
    with pytest.raises(ValueError, match=r"an issuer looks like https://login\.example\.com"):
        sign_on(issuer)


def test_the_secret_is_not_shown() -> None:
    """A registration may end up in a log."""
    registration = Registration("https://login.example.com", CLIENT_ID, CLIENT_SECRET, REDIRECT_URL)
    assert CLIENT_SECRET not in repr(registration)
