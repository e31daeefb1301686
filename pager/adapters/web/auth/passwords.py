"""Passwords: hashed by argon2id, a few at a time, since each takes 64 MiB and much of a core."""

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from pager.access.passwords import check_password, normalized
from pager.adapters.runtime.pools import Pool

HASHER = PasswordHasher()
"""With the parameters of RFC 9106, as argon2-cffi has them."""


class Passwords:
    """Hashes passwords and verifies them, on threads of their own."""

    def __init__(self, threads: Pool, hasher: PasswordHasher = HASHER) -> None:
        """A few `threads` that do nothing else."""
        self.run = threads.run
        self._hasher = hasher
        self._dummy_hash = hasher.hash(secrets.token_hex())  # which no password matches

    async def hash(self, password: str) -> str:
        """The hash of a new password. Raises WeakPassword, or Overloaded."""
        check_password(password)
        return await self.run(self._hasher.hash, normalized(password))

    def match(self, stored: str | None, password: str) -> bool:
        """Whether `stored` is the hash of `password`; never, where it is None.

        None takes the same time (constant-time check), so nobody can find out which accounts
        exist. Call it in `run`.
        """
        try:
            self._hasher.verify(stored or self._dummy_hash, normalized(password))
        except (VerificationError, InvalidHashError):
            return False
        return stored is not None

    def is_outdated(self, stored: str) -> bool:
        """Whether the hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(stored)
