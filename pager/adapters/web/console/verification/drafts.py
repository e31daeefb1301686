"""What somebody saves is verified before it counts, and counts all the same where they say so."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import NamedTuple

from fastapi import Request, Response

from pager.adapters.runtime.verification.changes import Change, with_edit
from pager.adapters.runtime.verification.drafts import Verified, verified_in
from pager.adapters.runtime.verification.recording import counterexample
from pager.adapters.store.properties.verdicts import Counterexample
from pager.adapters.web.backend import Backend
from pager.adapters.web.console.form import Form
from pager.adapters.web.console.rendering import page
from pager.oncall.directory import Entry
from pager.oncall.policies import ServicePolicy

MOST_SHOWN = 5
"""Violations of a check that are shown of a draft."""

OVERRULED = "overruled"
"""The field that says which violations are known to whoever saves all the same."""


class BrokenCheck(NamedTuple):
    """A check that would not hold any more."""

    sentence: str
    violations: Sequence[Counterexample]
    number: int
    """Of all violations."""


class DraftChecks:
    """Verifies drafts, one at a time: each takes a core."""

    def __init__(self, backend: Backend) -> None:
        """Of what is in its database."""
        self._pool = backend.pools.verification
        self._database = backend.database

    async def of(self, edited: Entry | ServicePolicy) -> Verified:
        """What gets worse where this is in the place of the old one."""
        return await self.of_change(with_edit(edited))

    async def of_change(self, change: Change) -> Verified:
        """What gets worse with that change; or that it could not be verified."""
        return await verified_in(self._pool, self._database, change)


def is_held_up(found: Verified, form: Form) -> bool:
    """Whether it breaks a check, and whoever saves it does not know that yet."""
    return found.key not in {"", form.text(OVERRULED)}


def broken_checks(found: Verified) -> list[BrokenCheck]:
    """The checks that it breaks, as a page shows them."""
    return [
        BrokenCheck(
            one.sentence,
            [counterexample(each) for each in one.violations[:MOST_SHOWN]],
            len(one.violations),
        )
        for one in found.worse
    ]


def held_up(request: Request, found: Verified, form: Form, back: str) -> Response:
    """A page that says what the form would break, and sends it again all the same.

    `back` is the page on which it can be changed instead.
    """
    fields = [(name, value) for name, value in form.fields if name not in {"csrf", OVERRULED}]
    return page(
        request,
        "held_up.html",
        HTTPStatus.CONFLICT,
        broken=broken_checks(found),
        action=request.url.path,
        fields=[*fields, (OVERRULED, found.key)],
        back=back,
    )


def with_note(note: str, found: Verified) -> str:
    """The note of an edit, and what was found about it."""
    return "; ".join(filter(None, [note, found.note]))
