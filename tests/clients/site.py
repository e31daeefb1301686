"""A Pager that pages for checkout-api, with a real mail server, as a client finds it."""

import ssl
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from clients.gate import Gate
from contract.channels.smtp_server import MailServer
from pager.access.integrations import ProtocolName
from ports import free_port
from system.program import Program, emails

SERVICE = "checkout-api"


class Key(NamedTuple):
    """An integration: what the sender is given."""

    key: str
    url: str
    """Under Pager's own URL, without the gate."""


class Site:
    """The Pager and its mail server. Use it with `with`."""

    def __init__(self, directory: Path) -> None:
        """`directory` has the database."""
        self._directory = directory
        self._listen = f"127.0.0.1:{free_port()}"
        self.lmtp = ("127.0.0.1", free_port())
        self.url = f"http://{self._listen}"

    def __enter__(self) -> Self:
        self._mail = MailServer().__enter__()
        self.start()
        self._program.put_policy(SERVICE, emails("ada"), emails("grace"))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._program.__exit__(kind, error, traceback)
        self._mail.__exit__(kind, error, traceback)

    def integration(self, protocol: ProtocolName, **routing: object) -> Key:
        """Make an integration for the service."""
        wanted = {"protocol": protocol, "service_id": SERVICE, **routing}
        made = self._program.http.post("/integrations", json=wanted).raise_for_status().json()
        return Key(made["key"], made["url"])

    def restart(self) -> None:
        """Kill -9, and start again with the same data."""
        self.kill()
        self.start()

    def kill(self) -> None:
        """Kill -9."""
        self._program.kill()

    def start(self) -> None:
        """Start again with the same data."""
        self._program = Program(
            self._directory,
            PAGER_LISTEN=self._listen,
            PAGER_LMTP_LISTEN="{}:{}".format(*self.lmtp),
            PAGER_MAIL_IN_DOMAIN="pager.example.com",
            PAGER_SMTP_URL=self._mail.url,
            PAGER_MAIL_FROM="pager@example.com",
        ).__enter__()

    def is_healthy(self) -> bool:
        """Whether the service is Healthy."""
        return self._program.service(SERVICE)["state"] == "healthy"

    @property
    def incident(self) -> int:
        """How often the service has become Unhealthy."""
        incident = self._program.service(SERVICE)["incident"]
        assert isinstance(incident, int)
        return incident

    @property
    def acknowledged(self) -> bool:
        """Whether the running incident is acknowledged."""
        return bool(self._program.service(SERVICE)["acknowledged"])

    def page(self) -> str:
        """What the last page says, once each incident so far has led to one.

        It is recorded as sent then: what becomes of the service later takes nothing back.
        """
        self._program.wait_until_settled(SERVICE)
        return self._mail.wait_for_messages(self.incident)[-1].text

    def check_pages(self, incidents: int) -> None:
        """Check that so many incidents have paged Ada once each, and nobody else.

        Pages are sent in their order: once that of a later incident of another service has come,
        none is on its way.
        """
        assert self.incident == incidents
        self._program.wait_until_settled(SERVICE)
        self._program.put_policy("sentinel-api", emails("sentinel"))
        self._program.raise_alert("sentinel-api", f"after {incidents}")
        messages = self._mail.wait_for_messages(incidents + 1)
        recipients = [name for received in messages for name in received.recipients]
        assert sorted(recipients) == ["ada@example.com"] * incidents + ["sentinel@example.com"]

    def gate(self, tls: ssl.SSLContext | None = None) -> Gate:
        """A gate in front of it."""
        return Gate(self.url, tls)
