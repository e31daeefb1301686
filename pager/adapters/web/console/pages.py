"""The console: all its pages, its script and its icon."""

from fastapi import Response

from pager.adapters.web.auth.browser import BrowserSessions
from pager.adapters.web.auth.logins import Logins
from pager.adapters.web.auth.oidc import SignOn
from pager.adapters.web.auth.passwords import Passwords
from pager.adapters.web.backend import Backend
from pager.adapters.web.console.accounts import AccountsPage
from pager.adapters.web.console.api_keys import ApiKeysPage
from pager.adapters.web.console.audit_log import AuditLogPage
from pager.adapters.web.console.editor import EditorPage
from pager.adapters.web.console.history import HistoryPage
from pager.adapters.web.console.join import JoinPage
from pager.adapters.web.console.login import LoginPage
from pager.adapters.web.console.my_account import MyAccountPage
from pager.adapters.web.console.now import NowPage
from pager.adapters.web.console.policies import PoliciesPage
from pager.adapters.web.console.removal import RemovalPage
from pager.adapters.web.console.rendering import ICON, SCRIPT, asset
from pager.adapters.web.console.service import ServicePage
from pager.adapters.web.console.sign_on import SignOnPage
from pager.adapters.web.console.test_pages import TestPagesPage


class ConsolePages:
    """All pages, each with its endpoints; `routes` has their addresses."""

    def __init__(
        self,
        backend: Backend,
        browser: BrowserSessions,
        passwords: Passwords,
        sign_on: SignOn | None,
    ) -> None:
        """`browser` has the sessions; without `sign_on` people sign in with passwords only."""
        database, public_url = backend.database, backend.public_url
        logins = Logins(database, passwords)
        self.now = NowPage(database, public_url)
        self.service = ServicePage(database, backend.inbox)
        self.login = LoginPage(database, logins, browser, sign_on.name if sign_on else None)
        self.sign_on = SignOnPage(database, browser, sign_on) if sign_on else None
        self.policies = PoliciesPage(database)
        self.editor = EditorPage(database)
        self.history = HistoryPage(database)
        self.removal = RemovalPage(database)
        self.test_pages = TestPagesPage(database, backend.test_pages)
        self.join = JoinPage(database, browser, passwords)
        self.my_account = MyAccountPage(database, logins, browser, passwords)
        self.accounts = AccountsPage(database, public_url)
        self.api_keys = ApiKeysPage(database, public_url)
        self.audit_log = AuditLogPage(database)


async def script() -> Response:
    """The script of the pages."""
    return asset(SCRIPT, "text/javascript")


async def icon() -> Response:
    """The icon of the pages."""
    return asset(ICON, "image/svg+xml")
