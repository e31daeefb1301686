"""The page that replaces a Target in all policies, or removes it: first a preview, then the work.

Policies that were edited after the preview began are left alone.
"""

from collections.abc import Sequence
from functools import partial
from http import HTTPStatus
from typing import Annotated, Literal, NamedTuple
from urllib.parse import urlencode

from fastapi import Query, Request, Response
from pydantic import BaseModel

from pager.adapters.store.views.target_uses import Part, TargetUse, count_uses, map_uses
from pager.adapters.web.auth.principals import SignedIn
from pager.adapters.web.backend import Backend
from pager.adapters.web.console.bulk_replacement import BulkReplacement, Plan, Progress
from pager.adapters.web.console.checks import CheckedTarget
from pager.adapters.web.console.form import Form, InvalidForm, SignedForm
from pager.adapters.web.console.rendering import page
from pager.adapters.web.console.replaced_targets import Replaced
from pager.adapters.web.console.running_incident import with_incident
from pager.adapters.web.console.shared_policy_list import SharedPolicyList
from pager.adapters.web.console.target_checks import checks
from pager.adapters.web.console.typed_targets import target_key, target_of
from pager.adapters.web.console.verification.drafts import DraftChecks, held_up, is_held_up
from pager.adapters.web.parsing import NamePart, Number, TargetText, without_nul

ON_A_PAGE = 50
MOST_LOOKED_THROUGH = 2_000
"""Policies in which the preview looks for what would break, before it is confirmed."""
MOST_SHARED = 20
"""Shared policies that name the Target and are not changed here."""
REPLACE, REMOVE = "replace", "remove"

NOTES = {
    "holds": "",
    "worse": "saved although checks would not hold any more",
    "unclear": "not known whether it violates checks",
}
"""What the history says of what was found out about the checks before the first part."""


class Asked(BaseModel):
    """What the address of the page asks for."""

    target: TargetText = ""
    action: Literal["", "replace", "remove"] = ""
    by: TargetText = ""
    after: NamePart = ""
    up_to: Number = None


class _Row(NamedTuple):
    """A policy in the preview."""

    service_id: str
    replaced: Replaced
    has_incident: bool = False


class _Preview(NamedTuple):
    """What would be done."""

    policies: int
    """That notify the former Target, whatever would become of them."""
    up_to: int
    """Policies that are edited later are left alone."""
    rows: Sequence[_Row]
    after: str
    """The last service of the page before."""
    looked_through: int
    left_alone: Sequence[_Row]
    """Of those that were looked through."""
    merged: int
    """How many name the new Target on one of these Levels already."""
    new: CheckedTarget | None


def _row(plan: Plan, use: TargetUse) -> _Row:
    """What becomes of a policy, without the policy: a page may look through thousands."""
    return _Row(use.service_id, plan.of(use)._replace(policy=None))


class ReplacementPage:
    """The form, its preview, and the work."""

    def __init__(self, backend: Backend) -> None:
        """Its endpoints are in the table of `routes`."""
        self._reads = backend.pools.reads
        self._work = BulkReplacement(backend)
        self._checks = DraftChecks(backend)
        self._database = backend.database
        self._set_up = backend.set_up
        self._shared = SharedPolicyList(backend.database)

    async def show(
        self,
        request: Request,
        asked: Annotated[Asked, Query()],
    ) -> Response:
        """The form; and with an `action`, what it would do."""
        key, error, preview = target_key(asked.target), "", None
        if asked.action and key:
            plan = _plan(key, asked.action, asked.by)
            if isinstance(plan, Plan):
                preview = await self._reads.run(self._preview, plan, asked.after, asked.up_to)
            else:
                error = plan
        return page(
            request,
            "replacement.html",
            HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK,
            key=key,
            action=asked.action or REPLACE,
            by=asked.by.strip(),
            error=error,
            preview=preview,
            # They are few, and each serves many services: people edit them one by one.
            elsewhere=await self._reads.run(self._shared.naming, key, MOST_SHARED),
            on_a_page=ON_A_PAGE,
        )

    async def replace(self, request: Request, person: SignedIn, form: SignedForm) -> Response:
        """Change the next policies, for some seconds; the page says how far it has come."""
        key, action, by = target_key(form.text("target")), form.text("action"), form.text("by")
        plan, up_to = _plan(key, action, by), form.number("up_to")
        if not isinstance(plan, Plan) or not key:
            raise InvalidForm
        found, progress = form.text("found"), _read_progress(form)
        if not found:  # the first part: it is verified once for all
            checked = await self._checks.of_change(plan.everywhere)
            if is_held_up(checked, form):
                back = f"/console/policies/replace?{urlencode({'target': key})}"
                return held_up(request, checked, form, back)
            found = "worse" if checked.worse else "unclear" if checked.unclear else "holds"
        if found not in NOTES:
            raise InvalidForm
        plan = plan._replace(found=NOTES[found])
        progress = await self._work.go_on(plan, up_to, progress, person.name)
        left = await self._reads.run(count_uses, self._database, key)
        return page(
            request,
            "replacement_progress.html",
            key=key,
            action=action,
            by=by.strip(),
            up_to=up_to,
            progress=progress,
            found=found,
            left=left.policies,
        )

    def _preview(self, plan: Plan, after: str, up_to: int | None) -> _Preview:
        count = count_uses(self._database, plan.key, up_to)
        shown_up_to = count.version if up_to is None else up_to

        def rows(part: Part) -> list[_Row]:
            return map_uses(
                self._database, plan.key, part._replace(up_to=shown_up_to), partial(_row, plan)
            )

        all_rows = rows(Part(MOST_LOOKED_THROUGH))
        shown = rows(Part(ON_A_PAGE + 1, after)) if after else all_rows[: ON_A_PAGE + 1]
        running = with_incident(self._database, [row.service_id for row in shown])
        target = None
        if plan.new is not None:
            target = checks(self._database, self._set_up, [plan.new]).of(plan.new)
        return _Preview(
            count.policies,
            shown_up_to,
            [row._replace(has_incident=row.service_id in running) for row in shown],
            after,
            len(all_rows),
            [row for row in all_rows if row.replaced.left_alone],
            sum(bool(row.replaced.merged) for row in all_rows),
            target,
        )


def _plan(key: str, action: str, by: str) -> Plan | str:
    """What is to be done; or what is wrong with `by`."""
    if action == REMOVE:
        return Plan(key, None)
    if action != REPLACE:
        raise InvalidForm
    new = target_of(by.strip())
    if new is None:
        return "Name an e-mail address, or a phone number such as +33612345678."
    if new.key == key:
        return "That is the same target."
    return Plan(key, new)


def _read_progress(form: Form) -> Progress:
    """What the page before has said; nothing for the first one."""
    numbers = {
        name: form.number(name)
        for name in ("changed", "edited_meanwhile", "empty_level", "unreadable")
        if form.text(name)
    }
    return Progress(without_nul(form.text("after")), **numbers, is_done=False)
