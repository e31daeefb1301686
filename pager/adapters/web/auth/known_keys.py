"""API keys that were read a moment ago: a storm does not ask the database for each Alert's key."""

import time
from collections.abc import Callable
from datetime import timedelta

from pager.adapters.store.access.api_keys import KeyPrincipal, SqlApiKeys
from pager.adapters.store.access.tokens import fingerprint
from pager.adapters.web.backend import Backend

KNOWN_FOR = timedelta(seconds=1)
"""A key that another node has revoked is good here for so long at the most."""


class KnownKeys:
    """The principals of API keys."""

    def __init__(self, backend: Backend, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` gives monotonic seconds."""
        self._keys = SqlApiKeys(backend.database)
        self._threads = backend.pools.authentication
        self._clock = clock
        # By their fingerprints, and only of keys that are good: so there are as many as these.
        self._known: dict[str, tuple[KeyPrincipal, float]] = {}
        self._forgotten = 0

    async def principal(self, key: str) -> KeyPrincipal | None:
        """The principal of `key`; None if that is no key, or was revoked.

        Raises Overloaded.
        """
        name = fingerprint(key)
        principal, until = self._known.get(name, (None, 0.0))
        if principal is not None and self._clock() < until:
            return principal
        self._known.pop(name, None)
        until, forgotten = self._clock() + KNOWN_FOR.total_seconds(), self._forgotten
        principal = await self._threads.run(self._keys.authenticate, key)
        if principal is not None and forgotten == self._forgotten:
            self._known[name] = (principal, until)
        return principal

    def forget(self) -> None:
        """Ask the database again: a key was revoked."""
        self._forgotten += 1
        self._known.clear()
