"""What an operator can set, by environment variables (PAGER_…) or in a TOML file."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Annotated, NamedTuple, Self, get_args, get_origin
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    model_validator,
)

from pager.adapters.addresses import Address
from pager.adapters.channels.email.message import valid_sender
from pager.adapters.channels.email.server import SmtpServer
from pager.adapters.channels.sms.twilio import TwilioAccount
from pager.adapters.store.dialects import database_url
from pager.adapters.store.ports.outbox import LEASE
from pager.adapters.urls import is_private_base
from pager.adapters.web.sub_path import check_sub_path
from pager.durations import BadDuration, in_words, parse_duration
from pager.model import ServiceId
from pager.retention import RETENTION

PREFIX = "PAGER_"
SHORTEST_KEY = 16
SHORTEST_LEASE = timedelta(seconds=1)


def _address(value: object) -> object:
    return Address.parse(value) if isinstance(value, str) else value


def _address_or_path(value: object) -> object:
    if isinstance(value, str):
        return Path(value) if "/" in value else Address.parse(value)
    return value


def _mail_domain(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", text):
        raise ValueError("expected the part after the @, such as pager.example.com")
    return text.lower()


def _web_url(text: str) -> str:
    expected = "expected a URL such as https://pager.example.com or https://example.com/pager"
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise ValueError(expected)
    path = parts.path.rstrip("/")
    if parts.query or parts.fragment or not re.fullmatch(r"(/[A-Za-z0-9._~-]+)*", path):
        raise ValueError(expected)
    check_sub_path(path)
    return f"{parts.scheme}://{parts.netloc}{path}"


def _duration(value: object) -> object:
    """As people type it in a policy, or in ISO 8601; but a number needs its unit."""
    if isinstance(value, timedelta):
        return value
    text = str(value)
    try:
        if not re.fullmatch(r"[0-9., ]*", text):
            return parse_duration(text)
    except BadDuration:
        pass
    raise ValueError(f"expected a duration such as '90 days', '2 min' or PT2M, not {text[:40]!r}")


def _hour(value: object) -> object:
    return None if value == "off" else value


def _database_url(secret: SecretStr) -> SecretStr:
    database_url(secret.get_secret_value())
    return secret


def _twilio_url(text: str) -> str:
    return TwilioAccount("", "", text).url


def _mail_from(text: str) -> str:
    valid_sender(text)
    return text


def _smtp_url(secret: SecretStr) -> SecretStr:
    SmtpServer.from_url(secret.get_secret_value())
    return secret


def _issuer(text: str) -> str:
    # Unchanged, with or without a slash at its end: the provider's tokens have the same spelling.
    if not is_private_base(text):
        raise ValueError("expected https:// and a host, such as https://login.example.com")
    if re.search(r"/(common|organizations|consumers)(/|$)|[{}]", text):
        raise ValueError(
            "expected your own tenant, as in https://login.microsoftonline.com/TENANT-ID/v2.0: "
            "otherwise anybody's would do"
        )
    return text


def _api_key(secret: SecretStr) -> SecretStr:
    if len(secret.get_secret_value()) < SHORTEST_KEY:
        raise ValueError(f"expected at least {SHORTEST_KEY} characters that nobody can guess")
    return secret


Duration = Annotated[timedelta, BeforeValidator(_duration)]


class Settings(BaseModel):
    """Everything that can be set. A field's description is its line in `pager serve --help`."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    listen: Annotated[Address, BeforeValidator(_address)] = Field(
        Address("127.0.0.1", 8080),
        description="Where to listen, host:port.",
    )
    public_url: Annotated[str, AfterValidator(_web_url)] | None = Field(
        None,
        description="How people reach this server: links in pages begin with it, and Twilio "
        "reports to it what became of an SMS, where it can.",
    )
    database_url: Annotated[SecretStr, AfterValidator(_database_url)] = Field(
        SecretStr("sqlite:///pager.db"),
        description="sqlite:///FILE, or postgresql+psycopg://user:password@host/name "
        "(which needs the extra postgresql).",
    )
    smtp_url: Annotated[SecretStr, AfterValidator(_smtp_url)] | None = Field(
        None,
        description="smtp://, smtps:// or smtp+starttls://user:password@host:port. "
        "Without it, e-mails are shown on the terminal and not sent.",
    )
    mail_from: Annotated[str, AfterValidator(_mail_from)] | None = Field(
        None,
        description="The sender of e-mails: pager@example.com, or Pager <pager@example.com>. "
        "Required with PAGER_SMTP_URL.",
    )
    twilio_url: Annotated[str, AfterValidator(_twilio_url)] = Field(
        "https://api.twilio.com", description="Where Twilio's REST API is."
    )
    twilio_account_sid: str | None = Field(
        None,
        description="The Twilio account. Without it, SMS are shown on the terminal and not sent.",
    )
    twilio_auth_token: SecretStr | None = Field(
        None, description="Its token. Required with PAGER_TWILIO_ACCOUNT_SID."
    )
    sms_from: str | None = Field(
        None,
        description="The sender of SMS: a number of the account, or a messaging service (MG…). "
        "Required with PAGER_TWILIO_ACCOUNT_SID.",
    )
    lmtp_listen: Annotated[Address | Path, BeforeValidator(_address_or_path)] | None = Field(
        None,
        description="Where to take e-mail of monitors by LMTP: host:port, or the path of a Unix "
        "socket. Without encryption: keep it on this machine, or in a private network.",
    )
    mail_in_domain: Annotated[str, AfterValidator(_mail_domain)] | None = Field(
        None,
        description="The part after the @ of the addresses that integrations have for e-mail: "
        "KEY@pager.example.com. Your mail server hands over what comes for it.",
    )
    api_key: Annotated[SecretStr, AfterValidator(_api_key)] | None = Field(
        None,
        description="An API key that is good for everything, sent as Authorization: Bearer …; "
        f"{SHORTEST_KEY} characters or more. Keys for less are made in the console.",
    )
    open_on_loopback: bool = Field(
        False,  # noqa: FBT003 - as pydantic has it
        description="Whether programs on this machine need no API key: true or false. Only where "
        "PAGER_LISTEN is loopback.",
    )
    oidc_issuer: Annotated[str, AfterValidator(_issuer)] | None = Field(
        None,
        description="The OpenID Connect provider that people may sign on at, as it writes itself: "
        "https://login.example.com. The URL that it sends them back to is PAGER_PUBLIC_URL (which "
        "is required) and /console/login/callback.",
    )
    oidc_client_id: Annotated[str, Field(min_length=1)] | None = Field(
        None, description="How it knows Pager. Required with PAGER_OIDC_ISSUER."
    )
    oidc_client_secret: Annotated[SecretStr, Field(min_length=1)] | None = Field(
        None, description="How Pager proves that. Required with PAGER_OIDC_ISSUER."
    )
    oidc_name: str = Field(
        "single sign-on",
        min_length=1,
        max_length=60,
        description="What its button says, after: Sign in with.",
    )
    oidc_trusted_claim: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:/-]{1,200}$")] | None = Field(
        None,
        description="The claim whose e-mail address opens the account of that name although the "
        "provider sends no email_verified, such as preferred_username of Entra ID. Only where "
        "nobody can choose that address at the provider.",
    )
    lease: Duration = Field(
        LEASE.duration,
        ge=SHORTEST_LEASE,
        le=timedelta(hours=1),
        description="How long a node that is silent keeps the pages that it was sending, before "
        "another node does. The first attempt at a page waits for its provider for a sixth of it.",
    )
    retention: Duration = Field(
        RETENTION,
        ge=timedelta(days=1),
        le=timedelta(days=36_500),
        description="How long the journal is kept, that of an incident from its end on.",
    )
    nightly_verification: Annotated[int | None, BeforeValidator(_hour)] = Field(
        6,
        ge=0,
        le=23,
        description="At which hour (0 to 23, in UTC) it is verified each night whether the "
        "properties hold, and whether no Level is empty; or off.",
    )
    operators_service: ServiceId | None = Field(
        None,
        description="The Monitored Service whose Escalation Policy is paged where something does "
        "not hold by the end of tomorrow. Without it, the console, the log and a metric say so.",
    )
    mail_relays: int = Field(
        8,
        ge=1,
        le=64,
        description="How many e-mails are sent at a time. Half as many again are for pages that "
        "were tried before.",
    )
    sms_relays: int = Field(
        4,
        ge=1,
        le=64,
        description="How many SMS are sent at a time. Half as many again are for pages that "
        "were tried before.",
    )

    @model_validator(mode="after")
    def _check_combinations(self) -> Self:
        problems = [
            f"PAGER_{name.upper()}: required with PAGER_{required_by.upper()}"
            for name, required_by in (
                ("mail_from", "smtp_url"),
                ("twilio_auth_token", "twilio_account_sid"),
                ("sms_from", "twilio_account_sid"),
                ("oidc_client_id", "oidc_issuer"),
                ("oidc_client_secret", "oidc_issuer"),
                ("public_url", "oidc_issuer"),
                ("oidc_issuer", "oidc_client_id"),
                ("oidc_issuer", "oidc_client_secret"),
                ("oidc_issuer", "oidc_trusted_claim"),
            )
            if getattr(self, required_by) is not None and getattr(self, name) is None
        ]
        if self.open_on_loopback and not self.listen.is_loopback:
            problems.append(
                f"PAGER_OPEN_ON_LOOPBACK: not where PAGER_LISTEN is {self.listen}: anybody could "
                "silence your pages"
            )
        if problems:
            raise ValueError("\n".join(problems))
        return self


class SettingDescription(NamedTuple):
    """A setting, as the documentation shows it."""

    name: str
    """The environment variable: PAGER_LISTEN."""
    description: str
    default: str | None
    """As an operator would write it; None where there is no default."""
    kind: str
    """What is expected: one of KINDS."""


KINDS: dict[object, str] = {
    Address: "host:port",
    SecretStr: "secret",
    bool: "true or false",
    int: "number",
    str: "text",
    timedelta: "duration",
}


def describe() -> Iterator[SettingDescription]:
    """Each setting, in the order in which they are documented."""
    for name, field in Settings.model_fields.items():
        yield SettingDescription(
            name=f"{PREFIX}{name.upper()}",
            description=field.description or "",
            default=_as_written(field.default),
            kind=KINDS[_type_of(field.annotation)],
        )


def _as_written(default: object) -> str | None:
    match default:
        case None:
            return None
        case SecretStr():
            return default.get_secret_value()
        case timedelta():
            return in_words(default)
        case bool():
            return str(default).lower()
        case _:
            return str(default)


def _type_of(annotation: object) -> object:
    """The type itself, without its constraints and without None."""
    while get_origin(annotation) is not None:
        annotation = get_args(annotation)[0]
    return annotation
