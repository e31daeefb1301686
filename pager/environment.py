"""The settings out of the environment and a TOML file, and what an operator is told of them."""

import logging
import os
import re
import tomllib
from collections.abc import Mapping
from difflib import SequenceMatcher
from pathlib import Path

import httpx2
from pydantic import ValidationError

from pager.errors import PagerError
from pager.settings import PREFIX, Settings

FILE = Path("pager.toml")
FROM_FILE = "_file"
"""The name of a setting and this: the file that has its value, such as a Docker secret."""

KUBERNETES = re.compile(
    r"(.*_)?(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_\d+_(TCP|UDP|SCTP)(_[A-Z]+)?)?)"
)
"""The variables that Kubernetes sets in each container for a Service called pager (or pager-…)."""

OF_COMMANDS = {"URL"}
"""What commands read that work on a server which runs: no settings of the server itself."""

MISSPELT, SIMILAR = 0.85, 0.6
"""How like the name of a setting another name is, from 0 to 1: so like that it stops the start, or
that the warning names it."""

logger = logging.getLogger(__name__)


class WrongSettings(PagerError):
    """Pager does not start with these settings:
    {problems}"""

    def __init__(self, problems: list[str]) -> None:
        """One sentence for each setting that is wrong."""
        super().__init__(problems="\n".join(f"  {problem}" for problem in problems))


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
        name.upper().removeprefix(PREFIX): value.strip()
        for name, value in sorted(environment.items())
        if name.upper().startswith(PREFIX)
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
    if name in OF_COMMANDS or KUBERNETES.fullmatch(name):
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
    by_http = settings.twilio_account_sid is not None or settings.oidc_issuer is not None
    if by_http or settings.smtp_url is not None:
        try:
            httpx2.create_ssl_context()
        except OSError as error:
            raise WrongSettings([f"SSL_CERT_FILE or SSL_CERT_DIR: {error}"]) from None
    if by_http:
        try:
            httpx2.Client().close()
        except ImportError:
            problem = "ALL_PROXY: a SOCKS proxy needs one more package: pip install socksio"
            raise WrongSettings([problem]) from None
        except (ValueError, httpx2.InvalidURL) as error:
            names = "HTTPS_PROXY, HTTP_PROXY, ALL_PROXY or NO_PROXY"
            raise WrongSettings([f"{names}: {error}"]) from None


def _sentences(error: ValidationError) -> list[str]:
    sentences = []
    for detail in error.errors(include_url=False, include_context=False, include_input=False):
        if detail["type"] == "extra_forbidden":
            sentences.append(_unknown_in_file(str(detail["loc"][0])))
            continue
        message = detail["msg"].removeprefix("Value error, ")
        name = "".join(f"{PREFIX}{part}".upper() + ": " for part in detail["loc"][:1])
        sentences += [f"{name}{line}" for line in message.splitlines()]
    return sentences


def _unknown_in_file(name: str) -> str:
    setting = name.lower().removeprefix(PREFIX.lower())
    if setting != name and _is_setting(setting):
        return f"{name}: in a file it is written {setting}"
    return f"{PREFIX}{name.upper()}: there is no such setting; see pager serve --help"
