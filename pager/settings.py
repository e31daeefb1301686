"""What an operator can set, by environment variables (PAGER_…) or in a TOML file."""

import logging
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import timedelta
from difflib import SequenceMatcher
from pathlib import Path
from typing import Annotated, NamedTuple, Self, get_args, get_origin
from urllib.parse import urlsplit

import httpx2
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
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
from pager.errors import PagerError
from pager.retention import RETENTION

PREFIX = "PAGER_"
FILE = Path("pager.toml")
FROM_FILE = "_file"
"""The name of a setting and this: the file that has its value, such as a Docker secret."""

KUBERNETES = re.compile(
    r"(.*_)?(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_\d+_(TCP|UDP|SCTP)(_[A-Z]+)?)?)"
)
"""The variables that Kubernetes sets in each container for a Service called pager (or pager-…)."""

MISSPELT, SIMILAR = 0.85, 0.6
"""How like the name of a setting another name is, from 0 to 1: so like that it stops the start, or
that the warning names it."""

SHORTEST_KEY = 16
SHORTEST_LEASE = timedelta(seconds=1)


logger = logging.getLogger(__name__)


class WrongSettings(PagerError):
    """Pager does not start with these settings:
    {problems}"""

    def __init__(self, problems: list[str]) -> None:
        """One sentence for each setting that is wrong."""
        super().__init__(problems="\n".join(f"  {problem}" for problem in problems))


def _address(value: object) -> object:
    return Address.parse(value) if isinstance(value, str) else value


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
        description="How long a node has for the pages that it takes on, before another does. "
        "A provider is waited for a sixth of it.",
    )
    retention: Duration = Field(
        RETENTION,
        ge=timedelta(days=1),
        le=timedelta(days=36_500),
        description="How long the journal is kept, that of an incident from its end on.",
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


def load(file: Path | None) -> Settings:
    """The settings of the environment; what is not set there is taken from `file`.

    Without a `file`, pager.toml in the working directory is read if it is there. Logs a warning
    for what may be a mistake. Raises WrongSettings, with a sentence for each that is wrong and no
    secret in it.
    """
    in_file, in_environment = _read(file), _read_environment(os.environ)
    try:
        settings = Settings.model_validate(in_file | in_environment)
    except ValidationError as error:
        raise WrongSettings(_sentences(error)) from None  # its input may contain a secret
    _check_connections(settings)
    for variable, setting, example in (
        ("PORT", "listen", "PAGER_LISTEN=0.0.0.0:$PORT"),
        ("DATABASE_URL", "database_url", "PAGER_DATABASE_URL=$DATABASE_URL"),
    ):
        if variable in os.environ and setting not in settings.model_fields_set:
            logger.warning("%s is not read. If it is meant for Pager: %s", variable, example)
    return settings


def _read_environment(environment: Mapping[str, str]) -> dict[str, object]:
    """The settings that are there. Raises WrongSettings for a name that is misspelt."""
    prefixed = {
        name.removeprefix(PREFIX): value.strip()
        for name, value in sorted(environment.items())
        if name.startswith(PREFIX)
    }
    ours: dict[str, object] = {}
    for name, value in prefixed.items():
        if not _is_setting(name.lower()):
            _check_unknown(name)
            continue
        if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
            raise WrongSettings([f"{PREFIX}{name}: leave out the quotation marks round it"])
        ours[name.lower()] = value
    return _resolved(ours)


def _check_unknown(name: str) -> None:
    """Log a warning for another tool's variable. Raises WrongSettings for a misspelt name."""
    if KUBERNETES.fullmatch(name):
        return
    likeness, nearest = max(
        (SequenceMatcher(None, name, known.upper()).ratio(), known.upper())
        for known in Settings.model_fields
    )
    if likeness >= MISSPELT:
        raise WrongSettings([f"{PREFIX}{name}: there is no such setting: {PREFIX}{nearest} is one"])
    hint = f" (is it {PREFIX}{nearest}?)" if likeness >= SIMILAR else ""
    logger.warning("%s%s is no setting of Pager's: ignored%s", PREFIX, name, hint)


def _is_setting(name: str) -> bool:
    return name.removesuffix(FROM_FILE) in Settings.model_fields


def _read(file: Path | None) -> dict[str, object]:
    if file is None and not FILE.exists():
        return {}
    path = file or FILE
    try:
        return _resolved(tomllib.loads(_text(path, path)))
    except tomllib.TOMLDecodeError as error:
        raise WrongSettings([f"{path}: is not TOML ({error})"]) from None


def _resolved(values: dict[str, object]) -> dict[str, object]:
    """`values`, in which NAME_file is replaced by NAME with what that file has in it.

    What is empty counts as not set: Docker Compose passes ${NAME:-} on as an empty variable.
    """
    values = {name: value for name, value in values.items() if value != ""}
    resolved = {}
    for name, value in values.items():
        setting = name.removesuffix(FROM_FILE)
        if name in Settings.model_fields or setting not in Settings.model_fields:
            resolved[name] = value
            continue
        if setting in values:
            both = f"{PREFIX}{setting.upper()} and {PREFIX}{name.upper()}"
            raise WrongSettings([f"{both}: set one of them"])
        resolved[setting] = _text(Path(str(value)), f"{PREFIX}{name.upper()}").strip()
    return resolved


def _text(path: Path, read_for: object) -> str:
    """The text of a file. Raises WrongSettings, which says what it was `read_for`."""
    name = f"{read_for}" if path == read_for else f"{read_for}: {path}"
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise WrongSettings([f"{name}: cannot be read ({error.strerror})"]) from None
    except ValueError:  # a NUL in its name, too
        raise WrongSettings([f"{name}: is not text in UTF-8"]) from None


def _check_connections(settings: Settings) -> None:
    """Raise WrongSettings where the environment keeps Pager from connecting to any provider."""
    if settings.twilio_account_sid is None and settings.oidc_issuer is None:
        return
    try:
        httpx2.Client().close()
    except (OSError, ValueError, ImportError, httpx2.InvalidURL) as error:
        names = "SSL_CERT_FILE, SSL_CERT_DIR, HTTPS_PROXY, HTTP_PROXY, ALL_PROXY or NO_PROXY"
        raise WrongSettings([f"{names}: {error}"]) from None


def _sentences(error: ValidationError) -> list[str]:
    sentences = []
    for detail in error.errors(include_url=False, include_context=False, include_input=False):
        message = detail["msg"].removeprefix("Value error, ")
        if detail["type"] == "extra_forbidden":
            message = "there is no such setting; see pager serve --help"
        name = "".join(f"{PREFIX}{part}".upper() + ": " for part in detail["loc"][:1])
        sentences += [f"{name}{line}" for line in message.splitlines()]
    return sentences
