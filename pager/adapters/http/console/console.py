"""The console: every page of it, and what they need to look right."""

from fastapi import APIRouter, Response

from pager.adapters.http.console.accounts import AccountsPage
from pager.adapters.http.console.browser import BrowserSessions
from pager.adapters.http.console.changes import ChangesPage
from pager.adapters.http.console.editor import PolicyEditor
from pager.adapters.http.console.history import PolicyHistory
from pager.adapters.http.console.join import JoinPage
from pager.adapters.http.console.keys import KeysPage
from pager.adapters.http.console.login import LoginPage
from pager.adapters.http.console.me import MyPage
from pager.adapters.http.console.now import NowPage
from pager.adapters.http.console.pages import ICON, SCRIPT, asset
from pager.adapters.http.console.policies import PolicyList
from pager.adapters.http.console.removal import PolicyRemoval
from pager.adapters.http.console.service import ServicePages
from pager.adapters.http.console.sign_on import SignOnPages
from pager.adapters.http.console.trial import TrialPage
from pager.adapters.inbox import Inbox
from pager.adapters.logins import Logins
from pager.adapters.oidc import SignOn
from pager.adapters.passwords import Passwords
from pager.adapters.sql.database import Database
from pager.adapters.trials import Trials


class Console:
    """The pages for people, on a Database and the Inbox that leads to it."""

    def __init__(
        self,
        database: Database,
        inbox: Inbox,
        trials: Trials,
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
            TrialPage(database, trials),
            JoinPage(database, browser, passwords),
            MyPage(database, logins, browser, passwords),
            AccountsPage(database, public_url),
            KeysPage(database, public_url),
            ChangesPage(database),
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
