"""What an operator can set, by environment variables (PAGER_…) or in a TOML file."""

import os
import tomllib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Annotated, NamedTuple, Self, get_args, get_origin
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from pager.adapters.addresses import Address
from pager.adapters.channels.email.message import valid_sender
from pager.adapters.channels.email.server import SmtpServer
from pager.adapters.channels.sms.twilio import TwilioAccount
from pager.adapters.store.dialects import database_url
from pager.adapters.store.ports.outbox import LEASE
from pager.adapters.urls import is_private_base
from pager.durations import IsoDuration, in_iso
from pager.errors import PagerError
from pager.retention import RETENTION

PREFIX = "PAGER_"
FILE = Path("pager.toml")
SHORTEST_KEY = 16
SHORTEST_LEASE = timedelta(seconds=1)


class WrongSettings(PagerError):
    """Pager does not start with these settings:
    {problems}"""

    def __init__(self, problems: list[str]) -> None:
        """One sentence for each setting that is wrong."""
        super().__init__(problems="\n".join(f"  {problem}" for problem in problems))


def _address(value: object) -> object:
    return Address.parse(value) if isinstance(value, str) else value


def _web_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("expected a URL such as https://pager.example.com")
    return text.rstrip("/")


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
    return text


def _api_key(secret: SecretStr) -> SecretStr:
    if len(secret.get_secret_value()) < SHORTEST_KEY:
        raise ValueError(f"expected at least {SHORTEST_KEY} characters that nobody can guess")
    return secret


class Settings(BaseSettings):
    """Everything that can be set. A field's description is its line in `pager serve --help`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, extra="forbid", frozen=True, hide_input_in_errors=True
    )

    listen: Annotated[Address, BeforeValidator(_address), NoDecode] = Field(
        Address("127.0.0.1", 8080),
        description="Where to listen, host:port.",
    )
    public_url: Annotated[str, AfterValidator(_web_url)] | None = Field(
        None, description="How people reach this server: links in pages begin with it."
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
    lease: IsoDuration = Field(
        LEASE.duration,
        ge=SHORTEST_LEASE,
        le=timedelta(hours=1),
        description="How long a node has for the pages that it takes on, before another does: an "
        "ISO 8601 duration. A provider is waited for a sixth of it.",
    )
    retention: IsoDuration = Field(
        RETENTION,
        ge=timedelta(days=1),
        le=timedelta(days=36_500),
        description="How long the journal is kept, that of an incident from its end on: an "
        "ISO 8601 duration.",
    )
    mail_relays: int = Field(8, ge=1, le=64, description="How many e-mails are sent at a time.")
    sms_relays: int = Field(4, ge=1, le=64, description="How many SMS are sent at a time.")

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

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the library's signature
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment goes before the file, whose content is given to the constructor."""
        return env_settings, init_settings


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
    timedelta: "ISO 8601 duration",
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
            return in_iso(default)
        case bool():
            return str(default).lower()
        case _:
            return str(default)


def _type_of(annotation: object) -> object:
    """The type itself, without its constraints and without None."""
    while get_origin(annotation) is not None:
        annotation = get_args(annotation)[0]
    return annotation


def load(file: Path | None) -> Settings:
    """The settings of the environment; what is not set there is taken from `file`.

    Without a `file`, pager.toml in the working directory is read if it is there.
    Raises WrongSettings, with a sentence for each that is wrong and no secret in it.
    """
    unknown = [
        f"{name}: there is no such setting; see pager serve --help"
        for name in sorted(os.environ)
        if name.startswith(PREFIX)
        and name.removeprefix(PREFIX).lower() not in Settings.model_fields
    ]
    if unknown:
        raise WrongSettings(unknown)
    try:
        return Settings(**_read(file))  # type: ignore[arg-type]  # what is wrong in it is found here
    except ValidationError as error:
        raise WrongSettings(_sentences(error)) from None  # its input may contain a secret


def _read(file: Path | None) -> dict[str, object]:
    if file is None and not FILE.exists():
        return {}
    path = file or FILE
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise WrongSettings([f"{path}: cannot be read ({error.strerror})"]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WrongSettings([f"{path}: is not TOML ({error})"]) from error


def _sentences(error: ValidationError) -> list[str]:
    sentences = []
    for detail in error.errors(include_url=False, include_context=False, include_input=False):
        message = detail["msg"].removeprefix("Value error, ")
        if detail["type"] == "extra_forbidden":
            message = "there is no such setting; see pager serve --help"
        name = "".join(f"{PREFIX}{part}".upper() + ": " for part in detail["loc"][:1])
        sentences += [f"{name}{line}" for line in message.splitlines()]
    return sentences
