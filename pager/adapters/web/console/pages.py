"""The console: every page of it, and what they need to look right."""

from fastapi import APIRouter, Response

from pager.adapters.channels.test_page_sender import TestPageSender
from pager.adapters.runtime.inbox import Inbox
from pager.adapters.store.core.database import Database
from pager.adapters.web.auth.browser import BrowserSessions
from pager.adapters.web.auth.logins import Logins
from pager.adapters.web.auth.oidc import SignOn
from pager.adapters.web.auth.passwords import Passwords
from pager.adapters.web.console.accounts import AccountsPage
from pager.adapters.web.console.api_keys import KeysPage
from pager.adapters.web.console.audit_log import AuditLogPage
from pager.adapters.web.console.editor import PolicyEditor
from pager.adapters.web.console.history import PolicyHistory
from pager.adapters.web.console.join import JoinPage
from pager.adapters.web.console.login import LoginPage
from pager.adapters.web.console.my_account import MyPage
from pager.adapters.web.console.now import NowPage
from pager.adapters.web.console.policies import PolicyList
from pager.adapters.web.console.removal import PolicyRemoval
from pager.adapters.web.console.rendering import ICON, SCRIPT, asset
from pager.adapters.web.console.service import ServicePages
from pager.adapters.web.console.sign_on import SignOnPages
from pager.adapters.web.console.test_pages import TestPagesPage


class Console:
    """The pages for people, on a Database and the Inbox that leads to it."""

    def __init__(
        self,
        database: Database,
        inbox: Inbox,
        test_pages: TestPageSender,
        public_url: str,
        sign_on: SignOn | None,
    ) -> None:
        """`router` is to be included in an application that is seen under `public_url`.

        `browser` knows who is signed in.
        """
        secure = public_url.startswith("https:")
        self.browser = browser = BrowserSessions(database, secure=secure)
        self.router = APIRouter(include_in_schema=False)
        passwords = Passwords()
        logins = Logins(database, passwords)
        for pages in (
            NowPage(database, public_url),
            ServicePages(database, inbox),
            LoginPage(database, logins, browser, sign_on.name if sign_on else None),
            PolicyList(database),
            PolicyEditor(database),
            PolicyHistory(database),
            PolicyRemoval(database),
            TestPagesPage(database, test_pages),
            JoinPage(database, browser, passwords),
            MyPage(database, logins, browser, passwords),
            AccountsPage(database, public_url),
            KeysPage(database, public_url),
            AuditLogPage(database),
        ):
            self.router.include_router(pages.router)
        if sign_on is not None:
            self.router.include_router(
                SignOnPages(database, browser, sign_on, secure=secure).router
            )
        get = ["GET", "HEAD"]
        self.router.add_api_route("/console/console.js", _script, methods=get)
        self.router.add_api_route("/console/icon.svg", _icon, methods=get)


async def _script() -> Response:
    return asset(SCRIPT, "text/javascript")


async def _icon() -> Response:
    return asset(ICON, "image/svg+xml")
