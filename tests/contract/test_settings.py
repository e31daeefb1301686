"""The settings: an error names each wrong setting, and shows no secret."""

from datetime import timedelta
from pathlib import Path
from typing import Protocol

import pytest
from pydantic import SecretStr
from sqlalchemy import make_url

from pager.adapters.addresses import Address
from pager.adapters.store.dialects import database_url
from pager.environment import WrongSettings, load
from pager.settings import SettingDescription, Settings, describe


class Load(Protocol):
    """Loads the settings of an environment and a file."""

    def __call__(self, environment: dict[str, str], file: Path | None = None) -> Settings:
        """Raises WrongSettings."""
        ...


SECRET = "hunter2-hunter2-hunter2"
SIGN_ON = {
    "PAGER_OIDC_ISSUER": "https://login.example",
    "PAGER_OIDC_CLIENT_ID": "pager",
    "PAGER_OIDC_CLIENT_SECRET": SECRET,
    "PAGER_PUBLIC_URL": "https://pager.example",
}


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory without a pager.toml."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def load_with(monkeypatch: pytest.MonkeyPatch) -> Load:
    """Load the settings of these environment variables, and of a file if there is one."""

    def load_with(environment: dict[str, str], file: Path | None = None) -> Settings:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return load(file)

    return load_with


def test_nothing_needs_to_be_set(load_with: Load) -> None:
    """Loopback, a file in the working directory, and nobody to page through."""
    settings = load_with({})
    assert settings.listen == Address("127.0.0.1", 8080)
    assert settings.database_url.get_secret_value() == "sqlite:///pager.db"
    assert (settings.lease, settings.retention) == (timedelta(minutes=2), timedelta(days=90))
    assert (settings.smtp_url, settings.twilio_account_sid, settings.api_key) == (None, None, None)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"PAGER_LISTEN": "8080"}, "PAGER_LISTEN: expected host:port, such as 127.0.0.1:8080"),
        ({"PAGER_LISTEN": "localhost:99999"}, "PAGER_LISTEN: expected host:port"),
        (
            {"PAGER_LISTEN": "0.0.0.0:8080", "PAGER_OPEN_ON_LOOPBACK": "true"},
            "PAGER_OPEN_ON_LOOPBACK: not where PAGER_LISTEN is 0.0.0.0:8080",
        ),
        (
            {"PAGER_LISTEN": "[::]:8080", "PAGER_OPEN_ON_LOOPBACK": "true"},
            "PAGER_OPEN_ON_LOOPBACK: not where PAGER_LISTEN is [::]:8080",
        ),
        ({"PAGER_OPEN_ON_LOOPBACK": "perhaps"}, "PAGER_OPEN_ON_LOOPBACK: "),
        ({"PAGER_LEASE": "120"}, "PAGER_LEASE: expected a duration such as '90 days', '2 min'"),
        ({"PAGER_LEASE": "2 fortnights"}, "PAGER_LEASE: expected a duration such as"),
        ({"PAGER_LEASE": "PT0S"}, "PAGER_LEASE: "),
        ({"PAGER_RETENTION": "PT1H"}, "PAGER_RETENTION: "),
        ({"PAGER_NIGHTLY_VERIFICATION": "24"}, "PAGER_NIGHTLY_VERIFICATION: "),
        ({"PAGER_NIGHTLY_VERIFICATION": "never"}, "PAGER_NIGHTLY_VERIFICATION: "),
        ({"PAGER_OPERATORS_SERVICE": "no service"}, "PAGER_OPERATORS_SERVICE: "),
        ({"PAGER_API_KEY": "short"}, "PAGER_API_KEY: expected at least 16 characters"),
        ({"PAGER_PUBLIC_URL": "pager.example.com"}, "PAGER_PUBLIC_URL: expected a URL such as"),
        ({"PAGER_DATABASE_URL": "mysql://x/y"}, "PAGER_DATABASE_URL: expected sqlite:///pager.db"),
        ({"PAGER_DATABASE_URL": "sqlite://"}, "PAGER_DATABASE_URL: a database in memory"),
        ({"PAGER_SMTP_URL": f"http://me:{SECRET}@mail"}, "PAGER_SMTP_URL: "),
        ({"PAGER_SMTP_URL": "smtp://mail"}, "PAGER_MAIL_FROM: required with PAGER_SMTP_URL"),
        ({"PAGER_MAIL_FROM": "pager"}, "looks like Pager <pager@example.com>"),
        ({"PAGER_TWILIO_URL": "http://twilio.example"}, "PAGER_TWILIO_URL: "),
        (
            {"PAGER_TWILIO_ACCOUNT_SID": "AC1"},
            "PAGER_TWILIO_AUTH_TOKEN: required with PAGER_TWILIO_ACCOUNT_SID",
        ),
        ({"PAGER_TWILIO_ACCOUNT_SID": "AC1"}, "PAGER_SMS_FROM: required with"),
        ({"PAGER_OIDC_ISSUER": "http://login.example"}, "PAGER_OIDC_ISSUER: expected https://"),
        ({"PAGER_OIDC_ISSUER": f"https://me:{SECRET}@login"}, "PAGER_OIDC_ISSUER: expected"),
        ({"PAGER_OIDC_ISSUER": "https://login/?a=b"}, "PAGER_OIDC_ISSUER: expected https://"),
        (
            {"PAGER_OIDC_ISSUER": "https://login.microsoftonline.com/common/v2.0"},
            "PAGER_OIDC_ISSUER: expected your own tenant",
        ),
        (
            {"PAGER_OIDC_ISSUER": "https://login.microsoftonline.com/{tenantid}/v2.0"},
            "PAGER_OIDC_ISSUER: expected your own tenant",
        ),
        ({"PAGER_OIDC_TRUSTED_CLAIM": "upn"}, "PAGER_OIDC_ISSUER: required with"),
        ({"PAGER_OIDC_ISSUER": "https://login"}, "PAGER_OIDC_CLIENT_ID: required with"),
        ({"PAGER_OIDC_ISSUER": "https://login"}, "PAGER_OIDC_CLIENT_SECRET: required with"),
        (
            {"PAGER_OIDC_ISSUER": "https://login"},
            "PAGER_PUBLIC_URL: required with PAGER_OIDC_ISSUER",
        ),
        ({"PAGER_OIDC_CLIENT_ID": "pager"}, "PAGER_OIDC_ISSUER: required with"),
        ({"PAGER_OIDC_CLIENT_SECRET": SECRET}, "PAGER_OIDC_ISSUER: required with"),
        ({**SIGN_ON, "PAGER_OIDC_CLIENT_SECRET": ""}, "PAGER_OIDC_CLIENT_SECRET: required with"),
        ({"PAGER_OIDC_NAME": "A" * 61}, "PAGER_OIDC_NAME: "),
        ({"PAGER_MAIL_RELAYS": "none"}, "PAGER_MAIL_RELAYS: "),
        (
            {"PAGER_SMPT_URL": "smtp://mail"},
            "PAGER_SMPT_URL: there is no such setting: PAGER_SMTP_URL is one",
        ),
        ({"PAGER_API_KEY": f"'{SECRET}'"}, "PAGER_API_KEY: leave out the quotation marks"),
        ({"PAGER_API_KEY_FILE": "no/such/file"}, "PAGER_API_KEY_FILE: no/such/file: cannot be"),
        (
            {"PAGER_API_KEY_FILE": "a-file", "PAGER_API_KEY": SECRET},
            "PAGER_API_KEY and PAGER_API_KEY_FILE: set one of them",
        ),
        ({"PAGER_PUBLIC_URL": f"https://me:{SECRET}@host"}, "PAGER_PUBLIC_URL: expected a URL"),
        ({"PAGER_PUBLIC_URL": "https://host/a b"}, "PAGER_PUBLIC_URL: expected a URL"),
        ({"PAGER_PUBLIC_URL": "https://host/alerts"}, "/alerts is a path of Pager's own"),
        (
            {"PAGER_DATABASE_URL": f"postgresql://me:{SECRET}@x@db/pager"},
            "PAGER_DATABASE_URL: write the characters @ : / ? # % of a password as %40",
        ),
        ({"PAGER_DATABASE_URL": f"postgresql://db:{SECRET}/x"}, "PAGER_DATABASE_URL: expected"),
        ({"PAGER_DATABASE_URL": "sqlite://pager.db"}, "PAGER_DATABASE_URL: three slashes go"),
        ({"PAGER_DATABASE_URL": "sqlite+aiosqlite:///x"}, "PAGER_DATABASE_URL: sqlite+aiosqlite"),
        ({**SIGN_ON, "ALL_PROXY": "ftp://proxy"}, "ALL_PROXY or NO_PROXY: "),
        ({**SIGN_ON, "ALL_PROXY": "socks5://proxy"}, "ALL_PROXY: a SOCKS proxy needs one more"),
        ({**SIGN_ON, "SSL_CERT_FILE": "no/such/file"}, "SSL_CERT_FILE or SSL_CERT_DIR: "),
        (
            {
                "PAGER_SMTP_URL": "smtps://mail",
                "PAGER_MAIL_FROM": "a@b.example",
                "SSL_CERT_FILE": "no/such/file",
            },
            "SSL_CERT_FILE or SSL_CERT_DIR: ",
        ),
    ],
)
def test_a_wrong_setting_is_named(load_with: Load, settings: dict[str, str], sentence: str) -> None:
    """With what was expected, and without its secret."""
    with pytest.raises(WrongSettings) as error:
        load_with(settings)
    assert sentence in str(error.value)
    assert SECRET not in str(error.value)
    assert error.value.__cause__ is None


@pytest.mark.parametrize(
    "name",
    [
        "PAGER_SERVICE_HOST",
        "PAGER_SERVICE_PORT",
        "PAGER_SERVICE_PORT_HTTP",
        "PAGER_PORT",
        "PAGER_PORT_8080_TCP",
        "PAGER_PORT_8080_TCP_ADDR",
        "PAGER_API_PORT",
        "PAGER_API_SERVICE_HOST",
        "PAGER_DATABASE_PORT_5432_TCP_PROTO",
    ],
)
def test_what_kubernetes_sets_beside_a_service_called_pager_is_ignored(
    load_with: Load, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody has written it, so nobody can have misspelt it."""
    assert load_with({name: "tcp://10.0.0.1:8080"}) == Settings()
    assert caplog.text == ""


def test_the_url_of_a_server_for_other_commands_is_no_mistake(
    load_with: Load, caplog: pytest.LogCaptureFixture
) -> None:
    """`pager plan` and `pager apply` read it."""
    assert load_with({"PAGER_URL": "https://pager.example.com"}) == Settings()
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("name", "warning"),
    [
        ("PAGER_RELEASE", "PAGER_RELEASE is no setting of Pager's: ignored"),
        ("PAGER_DUTY", "PAGER_DUTY is no setting of Pager's: ignored"),
        ("PAGER_OIDC_URL", "ignored (is it PAGER_OIDC_ISSUER?)"),
    ],
)
def test_a_variable_of_another_tool_is_ignored_with_a_warning(
    load_with: Load, name: str, warning: str, caplog: pytest.LogCaptureFixture
) -> None:
    """It may be a mistake, and names the setting that it may be."""
    assert load_with({name: "x"}) == Settings()
    assert warning in caplog.text


@pytest.mark.parametrize(
    ("name", "warning"),
    [("PORT", "PAGER_LISTEN=0.0.0.0:$PORT"), ("DATABASE_URL", "PAGER_DATABASE_URL=$DATABASE_URL")],
)
def test_what_a_platform_sets_for_its_programs_is_not_read_in_silence(
    load_with: Load, name: str, warning: str, caplog: pytest.LogCaptureFixture
) -> None:
    """It could be for another program, and would open Pager to the network."""
    assert load_with({name: "8000"}) == Settings()
    assert warning in caplog.text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90 days", timedelta(days=90)),
        ("90d", timedelta(days=90)),
        ("12 weeks", timedelta(weeks=12)),
        ("P90D", timedelta(days=90)),
        ("48 hours", timedelta(hours=48)),
        (" 90 days\n", timedelta(days=90)),
    ],
)
def test_a_duration_is_written_as_in_a_policy_or_in_iso_8601(
    load_with: Load, text: str, expected: timedelta
) -> None:
    """One way everywhere."""
    assert load_with({"PAGER_RETENTION": text}).retention == expected


def test_an_empty_variable_is_not_set(load_with: Load, empty_folder: Path) -> None:
    """Docker Compose passes ${NAME:-} on like that; the file still counts."""
    (empty_folder / "pager.toml").write_text('mail_relays = 2\nsms_from = ""\n')
    names = ("MAIL_RELAYS", "SMTP_URL", "OIDC_ISSUER", "LISTEN", "API_KEY_FILE", "RETENTION")
    settings = load_with({f"PAGER_{name}": "" for name in names})
    assert settings == Settings(mail_relays=2)


def test_a_setting_may_be_in_a_file_of_its_own(load_with: Load, empty_folder: Path) -> None:
    """A Docker secret, which often ends with a line break; named by a variable or in the TOML."""
    (empty_folder / "key").write_text(f"{SECRET}\n")
    (empty_folder / "pager.toml").write_text('api_key_file = "key"\n')
    assert load_with({}).api_key == SecretStr(SECRET)
    (empty_folder / "other").write_text(f"\ufeff{SECRET}{SECRET}\r\n")
    assert load_with({"PAGER_API_KEY_FILE": "other"}).api_key == SecretStr(SECRET * 2)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("postgres://me:a@db/pager", "postgresql+psycopg://me:a@db/pager"),
        ("postgresql://me:a@db:5432/pager", "postgresql+psycopg://me:a@db:5432/pager"),
        ("postgresql+asyncpg://db/pager", "postgresql+psycopg://db/pager"),
        ("postgresql+psycopg2://db/x?sslmode=require", "postgresql+psycopg://db/x?sslmode=require"),
        ("postgresql:///pager?host=/run/pg", "postgresql+psycopg:///pager?host=%2Frun%2Fpg"),
        ("postgresql://me:%40%2F%25@db/pager", "postgresql+psycopg://me:%40%2F%25@db/pager"),
        ("postgresql://[::1]:5432/pager", "postgresql+psycopg://[::1]:5432/pager"),
        (
            "postgresql://me:a@db1:5432,db2:5433/pager?target_session_attrs=read-write",
            "postgresql+psycopg://me:a@/pager?target_session_attrs=read-write"
            "&host=db1:5432&host=db2:5433",
        ),
        ("sqlite:////var/lib/my pager/100%/pager.db", "sqlite:////var/lib/my pager/100%/pager.db"),
    ],
)
def test_the_url_of_a_database_is_taken_as_platforms_write_it(text: str, expected: str) -> None:
    """Whichever driver it names, Pager has one."""
    assert database_url(text) == make_url(expected)


def test_the_host_of_a_postgresql_may_be_the_folder_of_its_socket() -> None:
    """As libpq has it in a URL."""
    assert database_url("postgresql://%2Frun%2Fpg/pager").host == "/run/pg"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://host/pager/", "https://host/pager"),
        ("HTTPS://host", "https://host"),
        ("https://host:8443/ops/pager", "https://host:8443/ops/pager"),
    ],
)
def test_the_public_url_may_have_a_path(load_with: Load, text: str, expected: str) -> None:
    """Pager may be one of several programs behind a host name."""
    assert load_with({"PAGER_PUBLIC_URL": text}).public_url == expected


def test_every_wrong_setting_is_named_at_once(load_with: Load) -> None:
    """Nobody wants to learn of them one start after the other."""
    with pytest.raises(WrongSettings) as error:
        load_with({"PAGER_LISTEN": "8080", "PAGER_API_KEY": "short"})
    assert "PAGER_LISTEN" in str(error.value)
    assert "PAGER_API_KEY" in str(error.value)


def test_nothing_is_open_unless_that_is_chosen(load_with: Load) -> None:
    """Not even on loopback."""
    assert not load_with({}).open_on_loopback
    assert load_with({"PAGER_OPEN_ON_LOOPBACK": "true"}).open_on_loopback


@pytest.mark.parametrize("address", ["localhost:80", "127.0.0.53:80", "[::1]:80"])
def test_on_loopback_the_api_may_be_open(load_with: Load, address: str) -> None:
    """Only this machine can connect."""
    settings = load_with({"PAGER_LISTEN": address, "PAGER_OPEN_ON_LOOPBACK": "true"})
    assert str(settings.listen) == address


def test_a_variable_may_be_in_lower_case(load_with: Load) -> None:
    """As in some tools' files; what is ignored in silence would be missed at night."""
    assert load_with({"pager_mail_relays": "3"}).mail_relays == 3


def test_a_file_is_read_and_the_environment_goes_first(load_with: Load, empty_folder: Path) -> None:
    """pager.toml where it is, or the file that is named; names in lower case."""
    (empty_folder / "pager.toml").write_text('listen = "nowhere"\nmail_relays = 2\n')
    settings = load_with({"PAGER_LISTEN": "127.0.0.1:1"})
    assert (settings.listen.port, settings.mail_relays) == (1, 2)
    (empty_folder / "other.toml").write_text("mail_relays = 3\n")
    assert load_with({}, Path("other.toml")).mail_relays == 3


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ('listen = "nowhere"', "PAGER_LISTEN: expected host:port"),
        ('colour = "red"', "PAGER_COLOUR: there is no such setting"),
        ('PAGER_LISTEN = ":80"', "PAGER_LISTEN: in a file it is written listen"),
        ("listen =", "pager.toml: is not TOML"),
        ('smtp_url = "smtp://mail"', "PAGER_MAIL_FROM: required with PAGER_SMTP_URL"),
    ],
)
def test_a_wrong_file_is_named(
    load_with: Load, empty_folder: Path, content: str, sentence: str
) -> None:
    """As a wrong variable is."""
    (empty_folder / "pager.toml").write_text(content)
    with pytest.raises(WrongSettings, match=sentence):
        load_with({})


def test_a_file_that_is_named_must_be_there(load_with: Load) -> None:
    """Unlike pager.toml."""
    with pytest.raises(WrongSettings, match=r"other\.toml: cannot be read"):
        load_with({}, Path("other.toml"))


def test_secrets_are_not_shown(load_with: Load) -> None:
    """A settings object may end up in a log."""
    settings = load_with(
        {
            "PAGER_API_KEY": SECRET,
            "PAGER_SMTP_URL": f"smtps://me:{SECRET}@mail",
            "PAGER_MAIL_FROM": "pager@example.com",
            "PAGER_DATABASE_URL": f"postgresql+psycopg://me:{SECRET}@db/pager",
            "PAGER_TWILIO_ACCOUNT_SID": "AC1",
            "PAGER_TWILIO_AUTH_TOKEN": SECRET,
            "PAGER_SMS_FROM": "+33700000001",
            **SIGN_ON,
        },
    )
    assert SECRET not in repr(settings)


@pytest.mark.parametrize("issuer", ["https://login.example/", "http://127.0.0.1:9400"])
def test_an_issuer_stays_as_it_is_written(load_with: Load, issuer: str) -> None:
    """A slash at its end belongs to its name; on this machine it needs no TLS."""
    settings = load_with({**SIGN_ON, "PAGER_OIDC_ISSUER": issuer})
    assert (settings.oidc_issuer, settings.oidc_name) == (issuer, "single sign-on")


def test_every_setting_is_described_by_the_name_that_an_operator_sets() -> None:
    """`pager serve --help` and the page of all settings are made of these descriptions."""
    described = {setting.name: setting for setting in describe()}
    assert list(described) == [f"PAGER_{name.upper()}" for name in Settings.model_fields]
    assert [name for name, setting in described.items() if not setting.description] == []


@pytest.mark.parametrize(
    ("name", "kind", "default"),
    [
        ("PAGER_LISTEN", "host:port", "127.0.0.1:8080"),
        ("PAGER_PUBLIC_URL", "text", None),
        ("PAGER_DATABASE_URL", "secret", "sqlite:///pager.db"),
        ("PAGER_API_KEY", "secret", None),
        ("PAGER_OPEN_ON_LOOPBACK", "true or false", "false"),
        ("PAGER_LEASE", "duration", "2 min"),
        ("PAGER_MAIL_RELAYS", "number", "8"),
    ],
)
def test_a_description_says_what_is_expected_and_what_it_is_otherwise(
    name: str, kind: str, default: str | None
) -> None:
    """The default is written as an operator would write it; None where there is none."""
    [setting] = [setting for setting in describe() if setting.name == name]
    assert setting == SettingDescription(name, setting.description, default, kind)


def test_a_default_that_is_written_as_described_is_read_as_the_default(load_with: Load) -> None:
    """What the documentation shows can be copied."""
    defaults = {setting.name: setting.default for setting in describe() if setting.default}
    assert load_with(defaults) == Settings()


def test_the_nightly_verification_can_be_off(load_with: Load) -> None:
    """It is on by default; nobody is paged unless it is said who."""
    settings = load_with({})
    assert (settings.nightly_verification, settings.operators_service) == (6, None)
    of_pager = load_with({"PAGER_OPERATORS_SERVICE": "pager-itself"}).operators_service
    assert of_pager == "pager-itself"
    assert load_with({"PAGER_NIGHTLY_VERIFICATION": "23"}).nightly_verification == 23
    assert load_with({"PAGER_NIGHTLY_VERIFICATION": "off"}).nightly_verification is None
