"""Passwords: hashed by argon2id, a few at a time, since each takes 64 MiB and much of a core."""

import asyncio
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from pager.access.passwords import check_password, normalized
from pager.errors import PagerError

THREADS = 2

T = TypeVar("T")

HASHER = PasswordHasher()
"""With the parameters of RFC 9106, as argon2-cffi has them."""


class TooManyPasswords(PagerError):
    """Too many people sign in at this moment: try again in a few seconds."""


class Passwords:
    """Hashes passwords and verifies them, on threads of its own."""

    def __init__(self, most_waiting: int, hasher: PasswordHasher = HASHER) -> None:
        """At most `most_waiting` callers wait for a thread."""
        self._hasher = hasher
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="passwords")
        self._most_waiting = most_waiting
        self._waiting = 0
        # Made now: the first login must not take longer.
        self._dummy_hash = self._threads.submit(lambda: hasher.hash(secrets.token_hex()))

    async def hash(self, password: str) -> str:
        """The hash of a new password. Raises WeakPassword, or TooManyPasswords."""
        check_password(password)
        return await self.run(lambda: self._hasher.hash(normalized(password)))

    def match(self, stored: str | None, password: str) -> bool:
        """Whether `stored` is the hash of `password`; never, where it is None.

        None takes the same time (constant-time check), so nobody can find out which accounts
        exist. Call it in `run`.
        """
        try:
            self._hasher.verify(stored or self._dummy_hash.result(), normalized(password))
        except (VerificationError, InvalidHashError):
            return False
        return stored is not None

    def is_outdated(self, stored: str) -> bool:
        """Whether the hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(stored)

    async def run(self, work: Callable[[], T]) -> T:
        """Do `work` on one of the threads. Raises TooManyPasswords, and what `work` raises."""
        if self._waiting >= self._most_waiting:
            raise TooManyPasswords
        self._waiting += 1
        try:
            return await asyncio.wrap_future(self._threads.submit(work))
        finally:
            self._waiting -= 1
