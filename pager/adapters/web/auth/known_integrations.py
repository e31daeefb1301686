"""Integrations that were read a moment ago: a storm asks the database for no key each time."""

import time
from collections.abc import Callable

from pager.access.integrations import Integration, sent_key
from pager.adapters.store.access.integrations import SqlIntegrations
from pager.adapters.store.access.tokens import fingerprint
from pager.adapters.web.auth.known_keys import KNOWN_FOR
from pager.adapters.web.backend import Backend


class KnownIntegrations:
    """The integrations by their keys."""

    def __init__(self, backend: Backend, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` gives monotonic seconds."""
        self._integrations = SqlIntegrations(backend.database)
        self._threads = backend.pools.authentication
        self._clock = clock
        # By their fingerprints, and only of keys that are good: so there are as many as these.
        self._known: dict[str, tuple[Integration, float]] = {}
        self._forgotten = 0

    async def of_key(self, text: str) -> Integration | None:
        """The integration whose key this is; None if it is none, or was revoked.

        Raises Overloaded or UnreadableIntegration.
        """
        key = sent_key(text)
        if key is None:
            return None
        name = fingerprint(key)
        integration, until = self._known.get(name, (None, 0.0))
        if integration is not None and self._clock() < until:
            return integration
        self._known.pop(name, None)
        until, forgotten = self._clock() + KNOWN_FOR.total_seconds(), self._forgotten
        integration = await self._threads.run(self._integrations.authenticate, key)
        if integration is not None and forgotten == self._forgotten:
            self._known[name] = (integration, until)
        return integration

    def forget(self) -> None:
        """Ask the database again: an integration was revoked or changed."""
        self._forgotten += 1
        self._known.clear()
