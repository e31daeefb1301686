"""Health checks and metrics: is Pager alive, can it do its work, and how much is late."""

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from typing import Literal

from fastapi import Response
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel, TypeAdapter
from sqlalchemy.exc import SQLAlchemyError

from pager.adapters.store.core.error_text import error_text
from pager.adapters.store.core.installation import RestoredMeanwhile
from pager.adapters.store.dialects.sqlite_file import DatabaseFileGone
from pager.adapters.store.upkeep.probe import Probe
from pager.adapters.store.views.gauges import Gauges, read_gauges
from pager.adapters.web.auth.principals import Calling
from pager.adapters.web.backend import Backend
from pager.adapters.web.problems import problem, response

METRICS_MEDIA_TYPE = CONTENT_TYPE_LATEST


class Alive(BaseModel):
    """The process answers."""

    status: Literal["alive"] = "alive"


class Ready(BaseModel):
    """An Alert would be accepted and paged now."""

    status: Literal["ready"] = "ready"


ALIVE = TypeAdapter(Alive)
READY = TypeAdapter(Ready)

DATABASE_TIMEOUT = timedelta(seconds=5)
PROBE_INTERVAL = timedelta(seconds=1)

logger = logging.getLogger(__name__)


class Health:
    """The endpoints of probes and of Prometheus."""

    def __init__(
        self,
        backend: Backend,
        database_timeout: timedelta = DATABASE_TIMEOUT,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`clock` gives monotonic seconds."""
        self._reads = backend.pools.monitoring
        self._database = backend.database
        self._metrics = backend.metrics
        self._probe = Probe(backend.database)
        self._database_timeout = database_timeout
        self._clock = clock
        self._probe_lock = asyncio.Lock()
        self._probed_at = float("-inf")
        self._last_fault: str | None = None

    async def healthz(self) -> Response:
        """The process is alive."""
        return Response(Alive().model_dump_json(), media_type="application/json")

    async def readyz(self) -> Response:
        """The database takes writes and can be read: an Alert would be accepted and paged now."""
        fault = await self._fault()
        if fault is not None:
            return response(problem(HTTPStatus.SERVICE_UNAVAILABLE, fault))
        return Response(Ready().model_dump_json(), media_type="application/json")

    async def metrics(self, program: Calling) -> Response:
        """The metrics, for a key that may read every service; docs/operations.md lists them."""
        program.check_all("read")
        fault = await self._fault()
        gauges = None
        if fault is None:
            try:
                gauges = await self._gauges()
            except (SQLAlchemyError, TimeoutError) as error:
                fault = self._reason(error)
            except Exception as error:  # noqa: BLE001 - the other metrics are shown without them
                # Not the database's fault, so that is not shown as down.
                fault_of_pager = type(error).__name__
                logger.warning("the gauges cannot be read: %s", fault_of_pager)
        page = self._metrics.page(gauges, up=fault is None, queued=self._database.waiting)
        return Response(page, media_type=METRICS_MEDIA_TYPE)

    async def _fault(self) -> str | None:
        """What is wrong with the database; None where nothing is.

        It is probed once a second at most: requests that come meanwhile share the answer.
        """
        async with self._probe_lock:
            if self._clock() - self._probed_at >= PROBE_INTERVAL.total_seconds():
                fault = await self._probe_database()
                self._log_change(fault)
                self._last_fault = fault
                self._probed_at = self._clock()
            return self._last_fault

    async def _probe_database(self) -> str | None:
        symptom = "takes no writes"
        try:
            async with asyncio.timeout(self._database_timeout.total_seconds()):
                await asyncio.wrap_future(self._database.submit(self._probe.write))
                symptom = "cannot be read"
                await self._reads.run(self._probe.read)
        except (DatabaseFileGone, RestoredMeanwhile) as error:
            return str(error)
        except Exception as error:  # noqa: BLE001 - whatever it is, an Alert would fail too
            return f"The database {symptom}: {self._reason(error)}."
        return None

    async def _gauges(self) -> Gauges:
        async with asyncio.timeout(self._database_timeout.total_seconds()):
            return await self._reads.run(read_gauges, self._database)

    def _reason(self, error: Exception) -> str:
        """The error in a few words, without secrets: /readyz is open to everybody."""
        if isinstance(error, TimeoutError):
            return f"no answer within {self._database_timeout.total_seconds():g} s"
        return error_text(error)

    def _log_change(self, fault: str | None) -> None:
        """Log the fault if it has changed since the last probe."""
        if fault == self._last_fault:
            return
        if fault is None:
            logger.info("ready again")
        else:
            logger.warning("not ready: %s", fault)
