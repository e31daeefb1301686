"""Sends verification codes: within their limits, and each with its outcome in the audit log."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Protocol, assert_never

from pager.adapters.channels.code_message import CodeMessage
from pager.adapters.store.access.audit_log import Action, SqlAuditLog
from pager.adapters.store.core.clock import Now, database_clock
from pager.adapters.store.core.transactions import Transactions
from pager.adapters.store.oncall.verification_codes import SqlVerificationCodes
from pager.errors import DeliveryError
from pager.model import EmailTarget, SmsTarget, Target

SENT: Action = "code sent"
FAILED: Action = "code failed"

MOST_AT_ONCE = 4
"""Codes on their way; others wait for their turn."""
BEGIN_WITHIN = timedelta(seconds=10)
"""How long the database may take to make a code, before that is sent."""


class CodeMail(Protocol):
    """Sends codes by e-mail."""

    def send_code(self, target: EmailTarget, message: CodeMessage) -> str:
        """Hand the code to the provider; the same promises as Mail.send."""
        ...


class CodeSms(Protocol):
    """Sends codes by SMS."""

    def send_code(self, target: SmsTarget, message: CodeMessage) -> str:
        """Hand the code to the provider; the same promises as Sms.send."""
        ...


class CodeSender:
    """Sends codes on threads of its own, so that a slow provider delays nothing else."""

    def __init__(
        self, transactions: Transactions, mail: CodeMail, sms: CodeSms, now: Now = database_clock
    ) -> None:
        """All nodes of one database share the limits; time is measured by `now`."""
        self._codes = SqlVerificationCodes(transactions, now)
        self._audit_log = SqlAuditLog(transactions, now)
        self._mail = mail
        self._sms = sms
        self._threads = ThreadPoolExecutor(MOST_AT_ONCE, "code")

    async def send(self, person: str, target: Target, sent_by: str) -> str:
        """Send a code to how that person is reached; return the provider's receipt.

        `sent_by` is the name of an account. Raises what SqlVerificationCodes.make does where
        nothing is sent, DeliveryError as the gateways do, and TimeoutError where the database does
        not answer. After a DeliveryError the code works all the same: it may have arrived.
        """
        loop = asyncio.get_running_loop()
        make = loop.run_in_executor(self._threads, self._codes.make, sent_by, person, target.key)
        code = await asyncio.wait_for(make, BEGIN_WITHIN.total_seconds())
        message = CodeMessage(target=target, person=person, sent_by=sent_by, code=code)
        return await loop.run_in_executor(self._threads, self._send, message)

    def close(self) -> None:
        """Wait for those that are on their way. Close it before its gateways and its database."""
        self._threads.shutdown()

    def _send(self, message: CodeMessage) -> str:
        try:
            receipt = self._hand_over(message)
        except DeliveryError as error:
            self._audit_log.add(message.sent_by, FAILED, message.target.key, str(error))
            raise
        self._audit_log.add(message.sent_by, SENT, message.target.key, receipt)
        return receipt

    def _hand_over(self, message: CodeMessage) -> str:
        match message.target:
            case EmailTarget():
                return self._mail.send_code(message.target, message)
            case SmsTarget():
                return self._sms.send_code(message.target, message)
            case _:
                assert_never(message.target)
