"""*Checks*: what has to hold at every moment, and where it does not."""

import logging
from collections.abc import Sequence
from http import HTTPStatus
from itertools import zip_longest
from typing import Literal, NamedTuple

from fastapi import Request, Response
from pydantic import ValidationError

from pager.adapters.runtime.pools import Overloaded
from pager.adapters.runtime.verification.recording import verify_all
from pager.adapters.store.core.error_text import log_failure
from pager.adapters.store.properties.properties import (
    PropertiesChanged,
    PropertiesEdit,
    SqlProperties,
    VersionedProperties,
)
from pager.adapters.store.properties.verdicts import SqlVerdicts, StoredVerdict
from pager.adapters.validation import field_errors
from pager.adapters.web.auth.principals import SignedIn
from pager.adapters.web.backend import Backend
from pager.adapters.web.console.form import SignedForm
from pager.adapters.web.console.rendering import page
from pager.adapters.web.parsing import without_nul
from pager.adapters.web.responses import see_other
from pager.configuration.properties import NO_EMPTY_LEVEL, Properties
from pager.verify import PROPERTIES, unknown_properties

PATH = "/console/checks"

MOST_EDITS = 10

Done = Literal["saved", "verified", "saved-only", "begun"]

logger = logging.getLogger(__name__)


class Check(NamedTuple):
    """A property, and what was found last."""

    sentence: str
    verdict: StoredVerdict | None
    """None where it was never verified."""

    @property
    def is_being_verified(self) -> bool:
        """Whether it was not verified since somebody has edited whoever is paged."""
        return self.verdict is None or self.verdict.is_outdated

    @property
    def outcome(self) -> str:
        """In one word."""
        found = self.verdict.found if self.verdict else None
        return found.outcome if found else "unknown"


class DescribedEdit(NamedTuple):
    """An edit, and what it changed, in words."""

    edit: PropertiesEdit
    differences: Sequence[str]


class _Typed(NamedTuple):
    """What was typed, where it was not saved."""

    text: str
    version: int
    """The one that saving replaces."""
    errors: Sequence[str] = ()
    is_outdated: bool = False
    """Whether somebody else has edited meanwhile."""


class _View(NamedTuple):
    """What the page shows."""

    stored: VersionedProperties
    checks: Sequence[Check]
    """The worst first."""
    edits: Sequence[DescribedEdit]


class ChecksPage:
    """What has to hold, which engineers edit and everybody reads."""

    def __init__(self, backend: Backend) -> None:
        """Its endpoints are in the table of `routes`."""
        self._pools = backend.pools
        self._inbox = backend.inbox
        self._database = backend.database
        self._nightly = backend.nightly

    async def show(self, request: Request, done: Done | None = None) -> Response:
        """Each check with its last verdict."""
        return await self._page(request, done=done)

    async def save(self, request: Request, person: SignedIn, form: SignedForm) -> Response:
        """Let what was typed have to hold, and verify it."""
        text, version = without_nul(form.text("properties")), form.number("version")
        properties = read_properties(text)
        if not isinstance(properties, Properties):
            return await self._page(request, _Typed(text, version, properties))
        try:
            await self._inbox.commit(
                SqlProperties, lambda stored: stored.put(properties, person.name, version)
            )
        except PropertiesChanged as error:
            return await self._page(request, _Typed(text, error.version, is_outdated=True))
        done = "saved" if await self._verify() else "saved-only"
        return see_other(f"{PATH}?done={done}#checks")

    async def verify(self, _form: SignedForm) -> Response:
        """Verify all of them now."""
        done = "verified" if await self._verify() else "begun"
        return see_other(f"{PATH}?done={done}#checks")

    async def _verify(self) -> bool:
        """Verify all of them: whether that is done. Otherwise a worker goes on with it."""
        pool, is_done = self._pools.verification, False
        try:
            is_done = await pool.run(verify_all, self._database, pool.work_within)
        except Overloaded:
            pass
        except Exception as error:  # noqa: BLE001 - what was saved is saved, whatever it is
            log_failure(logger, "the checks could not be verified", error)
        if not is_done:
            self._inbox.wakeups.verification.wake()
        return is_done

    async def _page(
        self, request: Request, typed: _Typed | None = None, done: Done | None = None
    ) -> Response:
        view = await self._pools.reads.run(self._view)
        status = HTTPStatus.OK
        if typed is not None:
            is_wrong = bool(typed.errors)
            status = HTTPStatus.UNPROCESSABLE_ENTITY if is_wrong else HTTPStatus.CONFLICT
        return page(
            request,
            "checks.html",
            status,
            **view._asdict(),
            typed=typed or _Typed("\n".join(view.stored.sentences), view.stored.version),
            always=NO_EMPTY_LEVEL,
            catalogue=PROPERTIES,
            nightly=self._nightly,
            done=done,
        )

    def _view(self) -> _View:
        properties = SqlProperties(self._database)
        stored, verdicts = properties.versioned(), SqlVerdicts(self._database).all()
        sentences = dict.fromkeys([*stored.sentences, NO_EMPTY_LEVEL])
        checks = [Check(sentence, verdicts.get(sentence)) for sentence in sentences]
        order = ("violated", "unknown", "holds")
        return _View(
            stored,
            sorted(checks, key=lambda check: order.index(check.outcome)),
            _described(properties.history(MOST_EDITS)),
        )


def read_properties(text: str) -> Properties | Sequence[str]:
    """The properties in a text, one a line; or what is wrong with them, in sentences."""
    sentences = tuple(filter(None, map(str.strip, text.splitlines())))
    try:
        properties = Properties(properties=sentences)
    except ValidationError as error:
        return [wrong.message for wrong in field_errors(error)]
    unknown = unknown_properties(properties.properties)
    return [problem.message for problem in unknown] or properties


def _described(edits: Sequence[PropertiesEdit]) -> list[DescribedEdit]:
    return [
        DescribedEdit(edit, _differences(edit, older))
        for edit, older in zip_longest(edits, edits[1:])
    ]


def _differences(edit: PropertiesEdit, older: PropertiesEdit | None) -> list[str]:
    if edit.properties is None:
        return ["Checks that this version of Pager cannot read."]
    before = older.properties if older and older.properties else Properties()
    new, old = edit.properties.properties, before.properties
    return [
        *(f"added: {sentence}" for sentence in new if sentence not in old),
        *(f"removed: {sentence}" for sentence in old if sentence not in new),
    ]
