"""Sends test pages: within their rate limits, and each with its outcome in the audit log."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Protocol, assert_never

from sqlalchemy import Connection

from pager.access.rate_limits import TEST_PAGES_IN_ALL, WINDOW, TooManyTestPages, check_test_page
from pager.adapters.channels.test_page import TestPage
from pager.adapters.store.access.audit_log import Action, SqlAuditLog
from pager.adapters.store.core.clock import Now, database_clock
from pager.adapters.store.core.locks import try_lock_test_pages
from pager.adapters.store.core.transactions import InTransaction, Transactions
from pager.adapters.store.ports.policies import SqlEscalationPolicies
from pager.errors import DeliveryError, PagerError
from pager.model import EmailTarget, SmsTarget, Target

BEGUN: Action = "test page begun"
SENT: Action = "test page sent"
FAILED: Action = "test page failed"

BEGIN_WITHIN = timedelta(seconds=10)
"""How long the database may take to count a test page, before that is sent."""


class NotATarget(PagerError):
    """That is no Target of the Escalation Policy of {service_id!r}: save the policy first, then \
send the test page."""

    def __init__(self, service_id: str) -> None:
        """`service_id` is the Monitored Service whose policy it should be."""
        super().__init__(service_id=service_id)


class TestPageMail(Protocol):
    """Sends test pages by e-mail."""

    def send_test_page(self, target: EmailTarget, test_page: TestPage) -> str:
        """Hand the test page to the provider; the same promises as Mail.send."""
        ...


class TestPageSms(Protocol):
    """Sends test pages by SMS."""

    def send_test_page(self, target: SmsTarget, test_page: TestPage) -> str:
        """Hand the test page to the provider; the same promises as Sms.send."""
        ...


class TestPageSender:
    """Sends test pages on threads of its own, so that a slow provider delays nothing else."""

    __test__ = False  # pytest would take it for a class of tests

    def __init__(
        self,
        transactions: Transactions,
        mail: TestPageMail,
        sms: TestPageSms,
        now: Now = database_clock,
    ) -> None:
        """All nodes of one database share the limits; time is measured by `now`."""
        self._transactions = transactions
        self._mail = mail
        self._sms = sms
        self._now = now
        self._threads = ThreadPoolExecutor(TEST_PAGES_IN_ALL.most, "test_page")

    async def send(self, service_id: str, target: str, sent_by: str) -> str:
        """Send a test page to the Target with the key `target`; return the provider's receipt.

        `sent_by` is the name of an account. It takes as long as the provider, at most the
        time-out of the gateway; a caller that stops waiting does not stop it.

        Raises NotATarget and TooManyTestPages where nothing is sent, DeliveryError as the gateways
        do, the database's errors, and TimeoutError where that does not answer.
        """
        loop = asyncio.get_running_loop()
        begin = loop.run_in_executor(self._threads, self._begin, service_id, target, sent_by)
        test_page = await asyncio.wait_for(begin, BEGIN_WITHIN.total_seconds())
        return await loop.run_in_executor(self._threads, self._send, test_page)

    def close(self) -> None:
        """Wait for those that are on their way. Close it before its gateways and its database."""
        self._threads.shutdown()

    def _begin(self, service_id: str, key: str, sent_by: str) -> TestPage:
        test_page = TestPage(
            target=self._target(service_id, key), service_id=service_id, sent_by=sent_by
        )
        self._transactions.write(lambda connection: self._admit(connection, test_page))
        return test_page

    def _target(self, service_id: str, key: str) -> Target:
        policy = SqlEscalationPolicies(self._transactions).of(service_id)
        for level in policy.levels if policy else ():
            for target in level.targets:
                if target.key == key:
                    return target
        raise NotATarget(service_id)

    def _admit(self, connection: Connection, test_page: TestPage) -> None:
        """Count the test page before it is sent: so two at once cannot both be the last allowed."""
        if not try_lock_test_pages(connection):
            raise TooManyTestPages(timedelta(seconds=1))
        audit_log = SqlAuditLog(InTransaction(connection), self._now)
        key = test_page.target.key
        check_test_page(key, audit_log.ages(BEGUN, WINDOW))
        audit_log.add(test_page.sent_by, BEGUN, key, f"for {test_page.service_id}")

    def _send(self, test_page: TestPage) -> str:
        audit_log = SqlAuditLog(self._transactions, self._now)
        try:
            receipt = self._hand_over(test_page)
        except DeliveryError as error:
            audit_log.add(test_page.sent_by, FAILED, test_page.target.key, str(error))
            raise
        audit_log.add(test_page.sent_by, SENT, test_page.target.key, receipt)
        return receipt

    def _hand_over(self, test_page: TestPage) -> str:
        match test_page.target:
            case EmailTarget():
                return self._mail.send_test_page(test_page.target, test_page)
            case SmsTarget():
                return self._sms.send_test_page(test_page.target, test_page)
            case _:
                assert_never(test_page.target)
