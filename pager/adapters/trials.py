"""Who may send a test page now, and what became of it: kept in the journal."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Protocol, assert_never

from sqlalchemy import Connection, text

from pager.adapters.sql.changes import SqlChanges
from pager.adapters.sql.clock import Now, database_clock
from pager.adapters.sql.database import Transactions, Within
from pager.adapters.sql.policies import SqlEscalationPolicies
from pager.adapters.trial import Trial
from pager.errors import DeliveryError, PagerError
from pager.model import EmailTarget, SmsTarget, Target
from pager.words import in_words

SPAN = timedelta(minutes=1)
MOST_TO_ONE = 1
"""Test pages to one Target, in a SPAN."""
MOST = 10
"""Test pages in all, in a SPAN."""

BEGUN = "test page begun"
SENT = "test page sent"
FAILED = "test page failed"

LOCK = 7_243_702
"""Any number, as long as nobody else locks it in the same database."""


class NotATarget(PagerError):
    """That is no Target of the Escalation Policy of {service_id!r}: save the policy first, then \
send the test page."""

    def __init__(self, service_id: str) -> None:
        """`service_id` is the Monitored Service whose policy it should be."""
        super().__init__(service_id=service_id)


class TooManyTrials(PagerError):
    """There may be {to_one} test page to a Target and {most} in all within {span}: nothing was \
sent, try again in {retry_after}."""

    def __init__(self, retry_after: timedelta) -> None:
        """`retry_after` is when there may be another; said in whole seconds, rounded up."""
        self.retry_after = timedelta(seconds=-(-retry_after // timedelta(seconds=1)))
        super().__init__(
            to_one=MOST_TO_ONE,
            most=MOST,
            span=in_words(SPAN),
            retry_after=in_words(self.retry_after),
        )


class TrialMail(Protocol):
    """Sends test pages by e-mail."""

    def send_trial(self, target: EmailTarget, trial: Trial) -> str:
        """Hand the test page to the provider; the same promises as Mail.send."""
        ...


class TrialSms(Protocol):
    """Sends test pages by SMS."""

    def send_trial(self, target: SmsTarget, trial: Trial) -> str:
        """Hand the test page to the provider; the same promises as Sms.send."""
        ...


class Trials:
    """Sends test pages, on threads of its own: a provider that hangs holds up nothing else."""

    def __init__(
        self,
        transactions: Transactions,
        mail: TrialMail,
        sms: TrialSms,
        now: Now = database_clock,
    ) -> None:
        """All nodes of one database have one limit together; a minute goes by `now`."""
        self._transactions = transactions
        self._mail = mail
        self._sms = sms
        self._now = now
        self._threads = ThreadPoolExecutor(MOST, "trial")

    async def send(self, service_id: str, target: str, sent_by: str) -> str:
        """Send a test page to the Target with the key `target`; return the provider's receipt.

        `sent_by` is the name of an account. It takes as long as the provider, at most the
        time-out of the gateway; whoever gives up waiting does not stop it.

        Raises NotATarget and TooManyTrials where nothing is sent, DeliveryError as the gateways
        do, and the database's errors.
        """
        trial = await asyncio.to_thread(self._begin, service_id, target, sent_by)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._send, trial)

    def close(self) -> None:
        """Wait for those that are on their way. Close it before its gateways and its database."""
        self._threads.shutdown()

    def _begin(self, service_id: str, target: str, sent_by: str) -> Trial:
        found = self._target(service_id, target)
        trial = Trial(target=found, service_id=service_id, sent_by=sent_by)
        self._transactions.write(lambda connection: self._admit(connection, trial))
        return trial

    def _target(self, service_id: str, key: str) -> Target:
        policy = SqlEscalationPolicies(self._transactions).of(service_id)
        for level in policy.levels if policy else ():
            for target in level.targets:
                if target.key == key:
                    return target
        raise NotATarget(service_id)

    def _admit(self, connection: Connection, trial: Trial) -> None:
        """Take a place, before anything is sent: two at once do not both find the last one free."""
        if not _alone(connection):
            raise TooManyTrials(timedelta(seconds=1))
        changes = SqlChanges(Within(connection), self._now)
        key = trial.target.key
        wait = max(changes.wait(BEGUN, MOST, SPAN), changes.wait(BEGUN, MOST_TO_ONE, SPAN, key))
        if wait:
            raise TooManyTrials(wait)
        changes.add(trial.sent_by, BEGUN, key, f"for {trial.service_id}")

    def _send(self, trial: Trial) -> str:
        changes = SqlChanges(self._transactions, self._now)
        try:
            receipt = self._hand_over(trial)
        except DeliveryError as error:
            changes.add(trial.sent_by, FAILED, trial.target.key, str(error))
            raise
        changes.add(trial.sent_by, SENT, trial.target.key, receipt)
        return receipt

    def _hand_over(self, trial: Trial) -> str:
        match trial.target:
            case EmailTarget():
                return self._mail.send_trial(trial.target, trial)
            case SmsTarget():
                return self._sms.send_trial(trial.target, trial)
            case _:
                assert_never(trial.target)


def _alone(connection: Connection) -> bool:
    """Whether no other node counts at the moment: none can begin to before the commit.

    Nobody waits for another node here: the Alerts in the same transaction would wait as well.
    """
    if connection.dialect.name != "postgresql":
        return True
    lock = text("SELECT pg_try_advisory_xact_lock(:lock)")
    alone: bool = connection.execute(lock, {"lock": LOCK}).scalar_one()
    return alone
