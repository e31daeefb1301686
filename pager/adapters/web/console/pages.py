"""The console: all its pages, and their files."""

from fastapi import Response

from pager.adapters.web.auth.browser import BrowserSessions
from pager.adapters.web.auth.known_keys import KnownKeys
from pager.adapters.web.auth.logins import Logins
from pager.adapters.web.auth.oidc import SignOn
from pager.adapters.web.backend import Backend
from pager.adapters.web.console.accounts import AccountsPage
from pager.adapters.web.console.api_keys import ApiKeysPage
from pager.adapters.web.console.audit_log import AuditLogPage
from pager.adapters.web.console.edited_policies import ServicePolicies, SharedPolicies
from pager.adapters.web.console.entry_paths import schedule_path
from pager.adapters.web.console.explanation import ExplanationPage
from pager.adapters.web.console.heartbeats import HeartbeatsPage
from pager.adapters.web.console.history import HistoryPage
from pager.adapters.web.console.incident import IncidentPage
from pager.adapters.web.console.incident_actions import IncidentActions
from pager.adapters.web.console.incidents import IncidentsListPage
from pager.adapters.web.console.integration import IntegrationPage
from pager.adapters.web.console.integration_example import IntegrationExamplePage
from pager.adapters.web.console.integrations import IntegrationsPage
from pager.adapters.web.console.join import JoinPage
from pager.adapters.web.console.login import LoginPage
from pager.adapters.web.console.maintenance import MaintenancePage
from pager.adapters.web.console.my_account import MyAccountPage
from pager.adapters.web.console.now import NowPage
from pager.adapters.web.console.on_call.directories import Directories
from pager.adapters.web.console.on_call.entry_history import EntryHistoryPage
from pager.adapters.web.console.on_call.feeds import FeedsPage
from pager.adapters.web.console.on_call.new_schedule import NewSchedulePage
from pager.adapters.web.console.on_call.on_duty import OnDutyReads
from pager.adapters.web.console.on_call.overview import OnCallPage
from pager.adapters.web.console.on_call.people_pages import PeoplePages
from pager.adapters.web.console.on_call.schedule import SchedulePage
from pager.adapters.web.console.on_call.schedule_copy import ScheduleCopyPage
from pager.adapters.web.console.on_call.schedule_editor import ScheduleEditorPage
from pager.adapters.web.console.on_call.schedule_removal import ScheduleRemovalPage
from pager.adapters.web.console.policies import PoliciesPage
from pager.adapters.web.console.policy_copy import PolicyCopyPage
from pager.adapters.web.console.policy_use import PolicyUsePage
from pager.adapters.web.console.removal import RemovalPage
from pager.adapters.web.console.rendering import (
    ALARM_ICON,
    ICON,
    SCHEDULE_SCRIPT,
    SCRIPT,
    STYLESHEET,
    asset,
)
from pager.adapters.web.console.replacement import ReplacementPage
from pager.adapters.web.console.service import ServicePage
from pager.adapters.web.console.service_policy_editor import ServicePolicyEditor
from pager.adapters.web.console.shared_policy_editor import SharedPolicyEditor
from pager.adapters.web.console.shared_policy_removal import SharedPolicyRemovalPage
from pager.adapters.web.console.shared_policy_services import SharedPolicyServicesPage
from pager.adapters.web.console.sign_on import SignOnPage
from pager.adapters.web.console.test_pages import TestPagesPage
from pager.adapters.web.console.verification.checks import ChecksPage
from pager.oncall.schedules import Schedule


class ConsolePages:
    """All pages, each with its endpoints; `routes` has their addresses."""

    def __init__(  # noqa: PLR0913, PLR0917 - what is shared with the rest of the application
        self,
        backend: Backend,
        browser: BrowserSessions,
        logins: Logins,
        sign_on: SignOn | None,
        keys: KnownKeys,
        integration: IntegrationPage,
        integration_example: IntegrationExamplePage,
        heartbeats: HeartbeatsPage,
    ) -> None:
        """`browser` has the sessions; without `sign_on` people sign in with passwords only.

        `keys` are told of a key that is revoked; `integration`,
        `integration_example` and `heartbeats` are the pages of these.
        """
        directories = Directories(backend.database, backend.directory)
        on_duty = OnDutyReads(backend.policies, directories)
        self.now = NowPage(backend, on_duty)
        self.service = ServicePage(backend, on_duty, directories)
        self.incident = IncidentPage(backend, on_duty, directories)
        self.incidents = IncidentsListPage(backend)
        self.incident_actions = IncidentActions(backend)
        self.login = LoginPage(backend, logins, browser, sign_on.name if sign_on else None)
        self.sign_on = SignOnPage(backend, browser, sign_on) if sign_on else None
        self.maintenance = MaintenancePage(backend)
        self.people = PeoplePages(backend, directories)
        self.policies = PoliciesPage(backend)
        self.replacement = ReplacementPage(backend)
        self.policy_use = PolicyUsePage(backend)
        self.editor = ServicePolicyEditor(backend, self.policy_use)
        self.policy_copy = PolicyCopyPage(backend)
        self.history = HistoryPage(backend, ServicePolicies(backend))
        self.shared_policy_editor = SharedPolicyEditor(backend)
        self.shared_policy_history = HistoryPage(backend, SharedPolicies(backend))
        self.shared_policy_services = SharedPolicyServicesPage(backend)
        self.shared_policy_removal = SharedPolicyRemovalPage(backend)
        self.removal = RemovalPage(backend)
        self.test_pages = TestPagesPage(backend)
        self.join = JoinPage(backend, browser, logins.passwords)
        self.my_account = MyAccountPage(backend, logins, browser, directories)
        self.accounts = AccountsPage(backend)
        self.api_keys = ApiKeysPage(backend, keys)
        self.integrations = IntegrationsPage(backend, integration)
        self.integration = integration
        self.integration_example = integration_example
        self.audit_log = AuditLogPage(backend)
        self.heartbeats = heartbeats
        self.checks = ChecksPage(backend)
        self.explanation = ExplanationPage(backend, directories)
        self.on_call = OnCallPage(backend, directories)
        self.new_schedule = NewSchedulePage(backend, directories)
        self.schedule = SchedulePage(backend, directories)
        self.schedule_editor = ScheduleEditorPage(backend, directories)
        self.feeds = FeedsPage(backend, directories)
        self.schedule_history = EntryHistoryPage(backend, Schedule, schedule_path)
        self.schedule_copy = ScheduleCopyPage(backend)
        self.schedule_removal = ScheduleRemovalPage(backend, directories)


async def script() -> Response:
    """The script of the pages."""
    return asset(SCRIPT, "text/javascript")


async def schedule_script() -> Response:
    """The script of the pages of schedules."""
    return asset(SCHEDULE_SCRIPT, "text/javascript")


async def stylesheet() -> Response:
    """The stylesheet of the pages."""
    return asset(STYLESHEET, "text/css")


async def icon() -> Response:
    """The icon of the pages."""
    return asset(ICON, "image/svg+xml")


async def alarm_icon() -> Response:
    """The icon of pages that show an incident which nobody has acknowledged."""
    return asset(ALARM_ICON, "image/svg+xml")
