"""Where ports are wired to adapters: a running server out of its Settings."""

import logging
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import timedelta

import uvicorn
from fastapi import FastAPI
from rich.console import Console

from pager.access.names import account_name
from pager.access.roles import Role, default_role
from pager.adapters.addresses import Address
from pager.adapters.channels.acknowledge_links import AcknowledgeLinks
from pager.adapters.channels.code_sender import CodeSender
from pager.adapters.channels.email.process import MailProcess
from pager.adapters.channels.test_page_sender import TestPageSender
from pager.adapters.runtime.garbage import spare_what_stays
from pager.adapters.runtime.inbox import Inbox
from pager.adapters.runtime.listening import (
    listen,
    listen_for_mail,
    raise_open_files_limit,
    reachable,
)
from pager.adapters.runtime.metrics import Metrics
from pager.adapters.runtime.pools import new_pools
from pager.adapters.runtime.shutdown import LONGEST_SHUTDOWN, GracefulShutdown, end_within
from pager.adapters.runtime.verification.nightly import Nightly
from pager.adapters.runtime.wakeups import Wakeups
from pager.adapters.runtime.workers import WorkerOptions, Workers
from pager.adapters.store.access.accounts import SqlAccounts
from pager.adapters.store.access.invitations import SqlInvitations
from pager.adapters.store.access.signing_keys import load_signing_keys
from pager.adapters.store.core.database import Database, ReadOnlyDatabase
from pager.adapters.store.dialects import database_url, dialect_of_url
from pager.adapters.store.dialects.sqlite_file import DatabaseInUse
from pager.adapters.store.ports.directory import KnownDirectory
from pager.adapters.terminal.startup import show_first_invitation, show_start
from pager.adapters.web.app import application
from pager.adapters.web.auth.guard import Access
from pager.adapters.web.auth.oidc import Registration, SignOn
from pager.adapters.web.backend import Backend
from pager.adapters.web.connections import KEPT_FOR, protocol_for
from pager.adapters.web.console.join import join_link
from pager.channel_wiring import (
    delivery_note,
    mail_setup,
    open_mail,
    open_sms,
    status_callbacks,
    unset_channels,
    unset_warnings,
)
from pager.errors import PagerError
from pager.lease import Lease
from pager.ports import Gateways
from pager.settings import Settings

LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})
"""What the Host header of a program on this machine names."""


DATABASE_STARTS_WITHIN = timedelta(seconds=30)
DATABASE_POLL = timedelta(milliseconds=500)

logger = logging.getLogger(__name__)


class DatabaseServed(PagerError):
    """The server is at work on this SQLite file, and nobody else may write to it: stop it, ask \
again, and start it; or let an administrator make the link in the console, under Accounts."""


@contextmanager
def server(
    settings: Settings, console: Console, address: Address, public_url: str
) -> Iterator[FastAPI]:
    """An application whose workers run while the context is open; links begin with `public_url`.

    Raises CannotListen for e-mail, and what Database raises where the database cannot be opened.
    """
    with ExitStack() as stack:
        mail_listener = None
        if settings.lmtp_listen is not None:
            mail_listener = stack.enter_context(listen_for_mail(settings.lmtp_listen))
        database = Database(settings.database_url.get_secret_value())
        stack.callback(database.close)
        wakeups = Wakeups()
        metrics = Metrics()
        inbox = Inbox(database, wakeups, metrics)
        keys = load_signing_keys(database)
        links = AcknowledgeLinks(public_url, keys)
        setup = mail_setup(settings, public_url, keys)
        mail = open_mail(console, links.link, setup, stack)
        callbacks = status_callbacks(settings, keys)
        sms = open_sms(settings, console, links.link, callbacks, stack)
        test_pages = TestPageSender(database, mail, sms)
        stack.callback(test_pages.close)
        codes = CodeSender(database, mail, sms)
        stack.callback(codes.close)

        def interrupt() -> None:
            mail.interrupt()
            sms.interrupt()

        workers = Workers(
            database,
            wakeups,
            Gateways(mail, sms),
            WorkerOptions(
                mail_relays=settings.mail_relays,
                sms_relays=settings.sms_relays,
                lease=Lease(settings.lease),
                retention=settings.retention,
                nightly=_nightly(settings),
            ),
            metrics,
            interrupt=interrupt,
            mail_process=None if setup is None else MailProcess(setup),
            inbox=inbox,
        )
        unset = unset_channels(settings)
        # Before the first page that is shown on the same terminal.
        default_url = None if settings.public_url else public_url
        show_start(console, address, default_url, unset_warnings(unset), delivery_note(settings))
        _invite_first_administrator(database, console, public_url)
        workers.start()
        stack.callback(workers.stop)
        key = settings.api_key.get_secret_value() if settings.api_key else None
        loopback = LOOPBACK_HOSTS | {settings.listen.host}
        open_hosts = loopback if settings.open_on_loopback else frozenset()
        access = Access(key, open_hosts, _sign_on(settings, keys))
        backend = Backend(
            *(database, inbox, metrics, test_pages, codes, new_pools(), links, KnownDirectory()),
            status_callbacks=callbacks,
            unset_channels=unset,
            mail_in_domain=settings.mail_in_domain,
            nightly=_nightly(settings),
        )
        yield application(backend, access, mail_listener=mail_listener)


def serve(settings: Settings, console: Console) -> None:
    """Serve until SIGTERM or SIGINT: then finish what was begun, and stop with nothing lost.

    Raises CannotListen, and what Database raises where the database cannot be opened.
    """
    shutdown = GracefulShutdown()

    def stop(*_: object) -> None:
        shutdown.request()
        end_within()

    for signal_number in (signal.SIGTERM, signal.SIGINT):
        # uvicorn raises the signal again once it has finished, for the handler before its own.
        signal.signal(signal_number, stop)
    open_files = raise_open_files_limit()
    _wait_for_database(settings, shutdown)
    if shutdown.requested:
        return
    with ExitStack() as stack:
        listener = stack.enter_context(listen(settings.listen))
        address = Address(*listener.getsockname()[:2])
        public_url = settings.public_url or f"http://{reachable(address)}"
        app = stack.enter_context(server(settings, console, address, public_url))
        config = uvicorn.Config(
            app.middleware_stack or app,  # FastAPI itself would only pass each request on to it
            http=protocol_for(open_files),
            log_config=None,
            # An acknowledge link is a secret, and an access log is not the place for one.
            access_log=False,
            server_header=False,
            timeout_keep_alive=int(KEPT_FOR.total_seconds()),
            timeout_graceful_shutdown=int(LONGEST_SHUTDOWN.total_seconds()),
        )
        spare_what_stays()
        http_server = uvicorn.Server(config)
        shutdown.attach(http_server)
        http_server.run(sockets=[listener])


def _wait_for_database(settings: Settings, shutdown: GracefulShutdown) -> None:
    """Wait for a database server that is started together with Pager, or for its name in the DNS.

    One that still cannot be reached then is left to the code that opens it, which says why.
    """
    url = database_url(settings.database_url.get_secret_value())
    end = time.monotonic() + DATABASE_STARTS_WITHIN.total_seconds()
    reported = ""
    while time.monotonic() < end and not shutdown.requested:
        reason = dialect_of_url(url).starting(url)
        if reason is None:
            return
        if reason != reported:
            logger.warning("waiting for the database: %s", reason)
            reported = reason
        time.sleep(DATABASE_POLL.total_seconds())


def _nightly(settings: Settings) -> Nightly | None:
    """How the nightly verification is set up; None where there is none."""
    if settings.nightly_verification is None:
        return None
    return Nightly(settings.nightly_verification, settings.operators_service)


def _invite_first_administrator(database: Database, console: Console, public_url: str) -> None:
    """Show the link that creates the first account, as long as there is none."""
    token = SqlInvitations(database).for_first_account()
    if token is not None:
        show_first_invitation(console, join_link(public_url, token))


def invite(settings: Settings, name: str, role: Role | None) -> str:
    """A link with which the owner of account `name` chooses a password.

    The account is created if there is none; without a `role` it gets the `default_role`. An
    existing account keeps its role unless there is a `role`. Raises BadName, DatabaseServed,
    LastAdministrator, and what ReadOnlyDatabase raises.
    """
    name, author = account_name(name), "pager invite"
    url = settings.database_url.get_secret_value()
    ReadOnlyDatabase(url).close()  # raises NoDatabase, where Database would create one
    try:
        database = Database(url)
    except DatabaseInUse as error:
        raise DatabaseServed from error
    with closing(database):
        accounts, invitations = SqlAccounts(database), SqlInvitations(database)
        if accounts.named(name) is None:
            role = role or default_role(first_account=not accounts.all(at_most=1))
            token = invitations.for_new_account(author, name, role)
        else:
            if role is not None:
                accounts.change_role(author, name, role)
            token = invitations.for_new_password(author, name)
    return join_link(settings.public_url or f"http://{reachable(settings.listen)}", token)


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
            settings.oidc_trusted_claim,
        ),
        keys,
    )
