"""Passwords: hashed by argon2id, a few at a time, since each takes 64 MiB and much of a core."""

import asyncio
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from pager.access.passwords import check_password, normalized
from pager.errors import PagerError

AT_ONCE = 2
MOST_WAITING = 20
"""Who comes later than these is sent away: they would wait for seconds."""

T = TypeVar("T")

_hasher = PasswordHasher()
"""With the parameters of RFC 9106, as argon2-cffi has them."""


class TooManyPasswords(PagerError):
    """Too many people sign in at this moment: try again in a few seconds."""


class Passwords:
    """Hashes passwords and verifies them, on threads of its own."""

    def __init__(self) -> None:
        """Ready to refuse whoever has no password no sooner than who has another one."""
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="passwords")
        self._waiting = 0
        self._threads.submit(_nobodys)

    async def hash(self, password: str) -> str:
        """What is stored of it. Raises WeakPassword, or TooManyPasswords."""
        check_password(password)
        return await self.on_thread(lambda: _hasher.hash(normalized(password)))

    def match(self, stored: str | None, password: str) -> bool:
        """Whether `password` is the one that is `stored`. Call it `on_thread`."""
        try:
            _hasher.verify(stored or _nobodys(), normalized(password))
        except (VerificationError, InvalidHashError):
            return False
        return stored is not None

    def is_outdated(self, stored: str) -> bool:
        """Whether it would be hashed with other parameters today."""
        return _hasher.check_needs_rehash(stored)

    async def on_thread(self, work: Callable[[], T]) -> T:
        """Do `work`, which takes a password's time. Raises TooManyPasswords, and what it does."""
        if self._waiting >= MOST_WAITING:
            raise TooManyPasswords
        self._waiting += 1
        try:
            return await asyncio.wrap_future(self._threads.submit(work))
        finally:
            self._waiting -= 1


@cache
def _nobodys() -> str:
    """What no password is the one of."""
    return _hasher.hash(secrets.token_hex())
