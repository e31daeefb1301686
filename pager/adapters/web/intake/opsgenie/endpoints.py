"""The endpoints of Opsgenie's Alert API."""

from fastapi import Request, Response

from pager.adapters.web.backend import Backend
from pager.adapters.web.intake.opsgenie.lookup import AlertLookup
from pager.adapters.web.intake.opsgenie.reads import OpsgenieReads
from pager.adapters.web.intake.opsgenie.writes import OpsgenieWrites
from pager.adapters.web.intake.receiving import Intake


class OpsgenieAlerts:
    """The endpoints: the method and the rest of the path say what is wanted."""

    def __init__(self, intake: Intake, backend: Backend) -> None:
        """Write through `intake`; read from the database of `backend`."""
        lookup = AlertLookup(backend)
        self._reads = OpsgenieReads(lookup, backend)
        self._writes = OpsgenieWrites(lookup, intake, backend)

    async def read(self, request: Request) -> Response:
        """An alert, some of them, its notes, or what became of a request."""
        return await self._reads.read(request)

    async def write(self, request: Request) -> Response:
        """Create an alert, or do something with one."""
        return await self._writes.write(request)
