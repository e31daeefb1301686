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

from pager.adapters.runtime.metrics import Metrics
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.error_text import error_text
from pager.adapters.store.dialects.sqlite import DatabaseFileGone
from pager.adapters.store.upkeep.probe import Probe
from pager.adapters.store.views.gauges import Gauges, read_gauges
from pager.adapters.web.auth.principals import Calling
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

ANSWERS_WITHIN = timedelta(seconds=5)
PROBED_AT_MOST_EVERY = timedelta(seconds=1)

logger = logging.getLogger(__name__)


class Health:
    """The endpoints of probes and of Prometheus."""

    def __init__(
        self,
        database: Database,
        metrics: Metrics,
        answers_within: timedelta = ANSWERS_WITHIN,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`clock` gives monotonic seconds."""
        self._database = database
        self._metrics = metrics
        self._probe = Probe(database)
        self._answers_within = answers_within
        self._clock = clock
        self._probing = asyncio.Lock()
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
        """What Prometheus is shown, with a key that reads every service: docs/operations.md."""
        program.check_all("read")
        fault = await self._fault()
        gauges = None if fault else await self._gauges()
        page = self._metrics.page(gauges, up=gauges is not None, queued=self._database.waiting)
        return Response(page, media_type=METRICS_MEDIA_TYPE)

    async def _fault(self) -> str | None:
        """What is wrong with the database; None where nothing is.

        It is probed once a second at most: requests that come meanwhile share the answer.
        """
        async with self._probing:
            if self._clock() - self._probed_at >= PROBED_AT_MOST_EVERY.total_seconds():
                fault = await self._probe_database()
                self._log(fault)
                self._last_fault = fault
                self._probed_at = self._clock()
            return self._last_fault

    async def _probe_database(self) -> str | None:
        doing = "takes no writes"
        try:
            async with asyncio.timeout(self._answers_within.total_seconds()):
                await asyncio.wrap_future(self._database.submit(self._probe.write))
                doing = "cannot be read"
                await asyncio.to_thread(self._probe.read)
        except DatabaseFileGone as error:
            return str(error)
        except Exception as error:  # noqa: BLE001 - whatever it is, an Alert would fail as well
            return f"The database {doing}: {self._reason(error)}."
        return None

    async def _gauges(self) -> Gauges | None:
        try:
            async with asyncio.timeout(self._answers_within.total_seconds()):
                return await asyncio.to_thread(read_gauges, self._database)
        except Exception as error:  # noqa: BLE001 - what is known without them is shown all the same
            logger.warning("the gauges of the database cannot be read: %s", self._reason(error))
            return None

    def _reason(self, error: Exception) -> str:
        """In a few words, and without a secret: anybody may ask."""
        if isinstance(error, TimeoutError):
            return f"no answer within {self._answers_within.total_seconds():g} s"
        return error_text(error)

    def _log(self, fault: str | None) -> None:
        """Log a change, and not every probe."""
        if fault == self._last_fault:
            return
        if fault is None:
            logger.info("ready again")
        else:
            logger.warning("not ready: %s", fault)
