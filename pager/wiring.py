"""Where ports meet adapters: a running server out of its Settings."""

import os
import resource
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import timedelta

import uvicorn
from fastapi import FastAPI
from rich.console import Console

from pager.access.names import account_name
from pager.access.roles import Role
from pager.adapters.addresses import Address
from pager.adapters.channels.acknowledge_links import AcknowledgeLinks
from pager.adapters.channels.email.mail import SmtpMail
from pager.adapters.channels.email.server import SmtpServer
from pager.adapters.channels.sms.twilio import TwilioAccount, TwilioSms
from pager.adapters.channels.terminal import TerminalPages
from pager.adapters.channels.test_pages import TestPages
from pager.adapters.runtime.inbox import Inbox
from pager.adapters.runtime.metrics import Metrics
from pager.adapters.runtime.wakeups import Wakeups
from pager.adapters.runtime.workers import Pace, Workers
from pager.adapters.store.access.accounts import SqlAccounts
from pager.adapters.store.access.invitations import SqlInvitations
from pager.adapters.store.access.signing_keys import load_signing_keys
from pager.adapters.store.core.database import Database, ReadOnlyDatabase
from pager.adapters.store.dialects.engines import DatabaseInUse
from pager.adapters.urls import is_of_this_machine
from pager.adapters.web.app import application
from pager.adapters.web.auth.guard import Access
from pager.adapters.web.auth.oidc import Registration, SignOn
from pager.adapters.web.console.join import join_link
from pager.adapters.web.health import Health
from pager.adapters.web.idle_timeout import IdleTimeoutProtocol
from pager.errors import PagerError
from pager.messages import Notification
from pager.ports import Gateways
from pager.settings import Settings

Link = Callable[[Notification], str]
MAIL_SETTINGS = "PAGER_SMTP_URL, PAGER_MAIL_FROM"
SMS_SETTINGS = "PAGER_TWILIO_ACCOUNT_SID, PAGER_TWILIO_AUTH_TOKEN, PAGER_SMS_FROM"
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
SENDS_A_LEASE = 6
"""What is begun with half of a lease left has time to be sent, and to be settled."""
LONGEST_SHUTDOWN = timedelta(seconds=10)


class ServedElsewhere(PagerError):
    """The server is at work on this SQLite file, and nobody else may write to it: stop it, ask \
again, and start it; or let an administrator make the link in the console, under Accounts."""


class CannotListen(PagerError):
    """Pager cannot listen on {address}: {reason}. Choose another with PAGER_LISTEN=host:port."""

    def __init__(self, address: Address, reason: str) -> None:
        """`reason` is the operating system's."""
        super().__init__(address=address, reason=reason)


@contextmanager
def server(
    settings: Settings, console: Console, address: Address, public_url: str
) -> Iterator[FastAPI]:
    """An application whose workers run while the context is open, seen under `public_url`.

    Raises what Database raises where the database cannot be opened.
    """
    with ExitStack() as stack:
        database = Database(settings.database_url.get_secret_value())
        stack.callback(database.close)
        wakeups = Wakeups()
        metrics = Metrics()
        inbox = Inbox(database, wakeups, metrics)
        keys = load_signing_keys(database)
        links = AcknowledgeLinks(public_url, keys)
        mail = _mail(settings, console, links.link, keys[0], stack)
        sms = _sms(settings, console, links.link, stack)
        test_pages = TestPages(database, mail, sms)
        stack.callback(test_pages.close)
        workers = Workers(
            database,
            wakeups,
            metrics.counted(Gateways(mail, sms)),
            Pace(
                mail_relays=settings.mail_relays,
                sms_relays=settings.sms_relays,
                lease=settings.lease,
                retention=settings.retention,
            ),
            metrics,
        )
        warnings = _warnings(settings)
        # Before the first page that is shown on the same terminal.
        _greet(settings, console, address, public_url, warnings)
        _invite_the_first(database, console, public_url)
        workers.start()
        stack.callback(workers.stop)
        key = settings.api_key.get_secret_value() if settings.api_key else None
        loopback = LOOPBACK_NAMES | {settings.listen.host}
        open_to = loopback if settings.open_on_loopback else frozenset()
        access = Access(key, open_to, _sign_on(settings, keys))
        health = Health(database, metrics)
        # Many page by e-mail alone: what always stands there in red is soon read by nobody.
        standing = warnings if settings.smtp_url is None else ()
        yield application(database, inbox, test_pages, health, links, access, standing)


class Stopping:
    """Ends the process when it is told to, however far its start has come.

    A start is finished first, and takes seconds. To break it off, a signal would have to raise
    an exception wherever Python is just then, and in a destructor Python drops what is raised.
    """

    def __init__(self) -> None:
        """Nobody has told it yet."""
        self._was_told = False
        self._server: uvicorn.Server | None = None

    def __call__(self, *_: object) -> None:
        """The signal: what serves finishes what was begun."""
        self._was_told = True
        if self._server is not None:
            self._server.should_exit = True

    def begins(self, server: uvicorn.Server) -> None:
        """The start has come as far as `server`, which ends at once if it was told to before."""
        self._server = server
        server.should_exit = self._was_told


def serve(settings: Settings, console: Console) -> None:
    """Serve until SIGTERM or SIGINT: then finish what was begun, and stop with nothing lost.

    Raises CannotListen, and what Database raises where the database cannot be opened.
    """
    stopping = Stopping()
    for stop in (signal.SIGTERM, signal.SIGINT):
        # Once uvicorn has finished it raises the signal again, for whoever was there before it.
        signal.signal(stop, stopping)
    _allow_many_connections()
    with ExitStack() as stack:
        listener = stack.enter_context(_listening(settings.listen))
        address = Address(*listener.getsockname()[:2])
        public_url = settings.public_url or f"http://{_reachable(address)}"
        app = stack.enter_context(server(settings, console, address, public_url))
        config = uvicorn.Config(
            app,
            http=IdleTimeoutProtocol,
            log_config=None,
            # An acknowledge link is a secret, and an access log is not the place for one.
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=int(LONGEST_SHUTDOWN.total_seconds()),
        )
        serving = uvicorn.Server(config)
        stopping.begins(serving)
        serving.run(sockets=[listener])


def _allow_many_connections() -> None:
    """As many as the system lets this process have: its usual limit is for smaller programs."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # macOS says "unlimited", and does not mean it
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _listening(address: Address) -> socket.socket:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    try:
        return socket.create_server(address, family=family)
    except OSError as error:
        # A name that cannot be found has a number too, but none of the system's errors.
        number = error.errno or 0
        reason = os.strerror(number) if number > 0 else error.strerror or str(error)
        raise CannotListen(address, reason) from error


def _reachable(address: Address) -> Address:
    """The address by which others reach a server that listens on every address it has."""
    everywhere = address.host in ("0.0.0.0", "::")  # noqa: S104 - compared with, not bound to
    return Address(socket.gethostname(), address.port) if everywhere else address


def _warnings(settings: Settings) -> tuple[str, ...]:
    """What people must know before they rely on these settings, a sentence each."""
    mail, sms = settings.smtp_url is not None, settings.twilio_account_sid is not None
    known = (
        (mail, f"Nobody is paged by e-mail: it is not set up ({MAIL_SETTINGS})."),
        (sms, f"Nobody is paged by SMS: it is not set up ({SMS_SETTINGS})."),
    )
    return tuple(sentence for is_well, sentence in known if not is_well)


def _greet(
    settings: Settings,
    console: Console,
    address: Address,
    public_url: str,
    warnings: Sequence[str],
) -> None:
    console.print(f"Pager listens on http://{address} (API: /docs).", soft_wrap=True, markup=False)
    if settings.public_url is None:
        where = ", on this machine only" if is_of_this_machine(public_url) else ""
        said = f"Links in e-mails and SMS lead to {public_url}{where} (PAGER_PUBLIC_URL)."
        console.print(said, soft_wrap=True, markup=False)
    for warning in warnings:
        console.print(warning, style="bold red", soft_wrap=True)


def _invite_the_first(database: Database, console: Console, public_url: str) -> None:
    token = SqlInvitations(database).first()
    if token is not None:
        console.print(
            "Nobody can sign in yet. Create the first account: "
            f"{join_link(public_url, token)} (once, within 24 hours)",
            style="bold",
            soft_wrap=True,
            markup=False,
        )


def invite(settings: Settings, name: str, role: Role | None) -> str:
    """A link with which `name` chooses a password: of a new account, or of the one there is.

    Without a `role` a new account is an engineer's (the first one an administrator's: somebody
    has to make the others), and one that there is stays as it is. Raises BadName,
    ServedElsewhere, LastAdministrator, and what ReadOnlyDatabase raises.
    """
    name, author = account_name(name), "pager invite"
    url = settings.database_url.get_secret_value()
    ReadOnlyDatabase(url).close()  # which makes no new one
    try:
        database = Database(url)
    except DatabaseInUse as error:
        raise ServedElsewhere from error
    with closing(database):
        accounts, invitations = SqlAccounts(database), SqlInvitations(database)
        if accounts.named(name) is None:
            usual: Role = "engineer" if accounts.all(at_most=1) else "administrator"
            token = invitations.welcome(author, name, role or usual)
        else:
            if role is not None:
                accounts.change_role(author, name, role)
            token = invitations.renew(author, name)
    return join_link(settings.public_url or f"http://{_reachable(settings.listen)}", token)


def _mail(
    settings: Settings, console: Console, link: Link, installation: bytes, stack: ExitStack
) -> SmtpMail | TerminalPages:
    if settings.smtp_url is None or settings.mail_from is None:
        return TerminalPages(console, link, f"e-mail is not set up ({MAIL_SETTINGS})")
    server = SmtpServer.from_url(settings.smtp_url.get_secret_value())
    timeout = settings.lease / SENDS_A_LEASE
    mail = SmtpMail(server, settings.mail_from, link, installation, timeout)
    stack.callback(mail.close)
    return mail


def _sms(
    settings: Settings, console: Console, link: Link, stack: ExitStack
) -> TwilioSms | TerminalPages:
    sid, token, sender = (
        settings.twilio_account_sid,
        settings.twilio_auth_token,
        settings.sms_from,
    )
    if sid is None or token is None or sender is None:
        return TerminalPages(console, link, f"SMS is not set up ({SMS_SETTINGS})")
    account = TwilioAccount(sid, token.get_secret_value(), settings.twilio_url)
    sms = TwilioSms(account, sender, link, settings.lease / SENDS_A_LEASE)
    stack.callback(sms.close)
    return sms


def _sign_on(settings: Settings, keys: Sequence[bytes]) -> SignOn | None:
    issuer, client_id, secret, public_url = (
        settings.oidc_issuer,
        settings.oidc_client_id,
        settings.oidc_client_secret,
        settings.public_url,
    )
    if issuer is None or client_id is None or secret is None or public_url is None:
        return None
    return SignOn(
        Registration(
            issuer,
            client_id,
            secret.get_secret_value(),
            f"{public_url}/console/login/callback",
            settings.oidc_name,
        ),
        keys,
    )
