"""Verification codes, as they are stored: each as a salted hash, until no limit counts it.

Whoever reads the database can find the six digits behind a hash in a second. It only keeps them
from being read in passing: what protects a code is that it works for minutes, once, and that all
it is good for is the mark of one contact method.
"""

import hmac
import secrets
from datetime import timedelta

from sqlalchemy import Connection, insert, select, update

from pager.access.verification_codes import (
    CODES,
    LIFETIME,
    LONGEST_WINDOW,
    MOST_TRIES,
    CodeIsOver,
    Sending,
    after_wrong,
    check_sending,
    check_try,
    code_of,
)
from pager.adapters.store.access.audit_log import SqlAuditLog
from pager.adapters.store.access.tokens import fingerprint, new_token
from pager.adapters.store.core.clock import Now, database_clock, milliseconds
from pager.adapters.store.core.locks import write_alone
from pager.adapters.store.core.schema import policy_edits, verification_codes
from pager.adapters.store.core.transactions import InTransaction, Transactions
from pager.adapters.store.oncall.on_call import SqlOnCall
from pager.errors import PagerError
from pager.oncall.directory import NobodyOfThatName
from pager.oncall.people import Person
from pager.oncall.verification import method_of, verified


class SqlVerificationCodes:
    """The codes that were sent, and the marks that they give.

    A person and a code change together, so both are changed under the lock of people.
    """

    lock_key = SqlOnCall.lock_key

    def __init__(self, transactions: Transactions, now: Now = database_clock) -> None:
        """They last by `now`."""
        self._transactions = transactions
        self._now = now

    def make(self, author: str, name: str, target: str) -> str:
        """A new code for how that person is reached, to be sent there; older ones end.

        `target` is the key of a Target. It counts before it is sent, so two at once cannot both be
        the last that is allowed. Raises NobodyOfThatName, NotReachedThere and TooManyCodes.
        """

        def make(connection: Connection) -> str:
            method_of(self._person(connection, name), target)
            check_sending(target, author, self._sendings(connection))
            code, salt = code_of(secrets.randbelow(CODES)), new_token()
            connection.execute(
                insert(verification_codes).values(
                    person=name,
                    target=target,
                    salt=salt,
                    code_hash=fingerprint(salt + code),
                    sent_by=author,
                    sent_at=self._now(),
                    tries=0,
                )
            )
            audit_log = SqlAuditLog(InTransaction(connection), self._now)
            audit_log.add(author, "code made", target, f"for {name}")
            return code

        return write_alone(self._transactions, policy_edits, make)

    def awaited(self, name: str) -> frozenset[str]:
        """The Targets of that person whose code can still be typed, by their keys."""
        columns = verification_codes.c
        query = (
            select(columns.target, columns.tries)
            .where(columns.person == name, columns.sent_at > self._now() - milliseconds(LIFETIME))
            .order_by(columns.id)
        )

        def find(connection: Connection) -> frozenset[str]:
            tries = {row.target: row.tries for row in connection.execute(query)}
            return frozenset(target for target in tries if tries[target] < MOST_TRIES)

        return self._transactions.read(find)

    def verify(self, author: str, name: str, target: str, code: str, note: str = "") -> None:
        """Mark how that person is reached as verified, where this is the code that was sent there.

        The history says so, and besides the `note`.
        A method that is verified already stays so, whatever the code: a second press does no harm.
        Raises NobodyOfThatName, NotReachedThere, CodeIsOver, and WrongCode.
        """

        def verify(connection: Connection) -> PagerError | None:
            person = self._person(connection, name)
            if method_of(person, target).verified:
                return None
            wrong = self._try(connection, name, target, code)
            if wrong is None:
                on_call = SqlOnCall(InTransaction(connection), self._now)
                notes = "; ".join(filter(None, (f"{target} verified", note)))
                on_call.put(verified(person, target), author, note=notes)
            return wrong

        wrong = write_alone(self._transactions, policy_edits, verify)
        # A try counts although it failed, so it is not raised before it is committed.
        if wrong is not None:
            raise wrong

    def _try(self, connection: Connection, name: str, target: str, code: str) -> PagerError | None:
        """Use up a try of the last code that was sent there, or all of them where it is right."""
        columns = verification_codes.c
        age = (self._now() - columns.sent_at).label("age")
        query = (
            select(columns.id, columns.salt, columns.code_hash, columns.tries, age)
            .where(columns.person == name, columns.target == target)
            .order_by(columns.id.desc())
            .limit(1)
        )
        sent = connection.execute(query).one_or_none()
        if sent is None:
            raise CodeIsOver
        check_try(timedelta(milliseconds=sent.age), sent.tries)
        is_right = hmac.compare_digest(sent.code_hash, fingerprint(sent.salt + code))
        tries = MOST_TRIES if is_right else sent.tries + 1
        connection.execute(
            update(verification_codes).where(columns.id == sent.id).values(tries=tries)
        )
        return None if is_right else after_wrong(tries)

    def _person(self, connection: Connection, name: str) -> Person:
        person = SqlOnCall(InTransaction(connection), self._now).versioned(Person, name).entry
        if person is None:
            raise NobodyOfThatName("person", name)
        return person

    def _sendings(self, connection: Connection) -> list[Sending]:
        columns = verification_codes.c
        age = (self._now() - columns.sent_at).label("age")
        query = select(columns.target, columns.sent_by, age).where(
            columns.sent_at > self._now() - milliseconds(LONGEST_WINDOW)
        )
        return [
            Sending(row.target, row.sent_by, timedelta(milliseconds=row.age))
            for row in connection.execute(query)
        ]
