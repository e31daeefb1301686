"""The policy editor: arrow 1. The draft is in the form: nothing is stored until it is saved."""

from collections.abc import Sequence
from datetime import timedelta
from http import HTTPStatus
from typing import NamedTuple

from fastapi import Request, Response

from pager.adapters.store.ports.policies import (
    PolicyChanged,
    SqlEscalationPolicies,
    Versioned,
    if_own,
)
from pager.adapters.web.auth.principals import SignedIn
from pager.adapters.web.backend import Backend
from pager.adapters.web.console.comparison import changes, side_by_side
from pager.adapters.web.console.draft import (
    LARGEST_DRAFT,
    Draft,
    Errors,
    TooLarge,
    draft_of,
    fields_of,
    keep_unknown,
    read_draft,
)
from pager.adapters.web.console.form import Form, SignedForm
from pager.adapters.web.console.history import DescribedEdit, described_edits
from pager.adapters.web.console.rehearsals import Rehearsals, rehearsals
from pager.adapters.web.console.rendering import page
from pager.adapters.web.console.running_incident import EditedIncident, edited_incident
from pager.adapters.web.console.target_checks import (
    CheckedTarget,
    checks_of_draft,
    checks_of_policy,
)
from pager.adapters.web.parsing import ServiceName, Skip
from pager.adapters.web.problems import ProblemError, problem
from pager.adapters.web.responses import see_other
from pager.model import EscalationPolicy
from pager.words import rules_in_words

MOST_EDITS_SHOWN = 10
"""Edits of others, since the work began."""


class Work(NamedTuple):
    """What is in the editor: the draft of a service's policy."""

    service_id: str
    begun: int
    """The version of the policy with which the work began."""
    version: int
    """The version that saving replaces: a newer one, once the person has seen the conflict."""
    draft: Draft
    acknowledged: str = ""
    """After how long somebody acknowledges in the rehearsal."""
    seen: str = ""
    """What the page that was sent said about the incident that runs: its `EditedIncident.key`."""
    left_out: Sequence[Sequence[str]] = ()
    """Names that were pasted beside the Targets of each Level."""


class _View(NamedTuple):
    """What the editor shows of the work, in one read."""

    stored: Versioned
    changes: Sequence[str]
    """What saving would change."""
    targets: Sequence[Sequence[CheckedTarget]]
    """Of each Level."""
    starts: Sequence[timedelta | None]
    """When each Level is notified, and when nobody is left: see Draft."""
    rehearsals: Rehearsals
    incident: EditedIncident | None
    newer_edits: Sequence[DescribedEdit]


class EditorPage:
    """The page of a policy, which engineers edit and everybody reads."""

    def __init__(self, backend: Backend) -> None:
        """Its endpoints are in the table of `routes`."""
        self._reads = backend.pools.reads
        self._inbox = backend.inbox
        self._database = backend.database
        self._set_up = backend.set_up
        self._policies = SqlEscalationPolicies(backend.database)

    async def show(
        self,
        request: Request,
        person: SignedIn,
        service_id: ServiceName,
        acknowledged: str = "",
        skip: Skip = 0,
    ) -> Response:
        """The policy in the editor; or, where it is read only, without the first `skip` Targets."""
        stored = await self._reads.run(self._policies.versioned, service_id)
        policy = if_own(stored.policy)
        draft = draft_of(policy) if policy else Draft()
        if not person.may("engineer") or not draft.fits:
            return await self._read_only(request, service_id, stored, acknowledged, skip)
        work = Work(service_id, stored.version, stored.version, draft, acknowledged)
        focus = "" if policy else "targets-1"
        return await self._page(request, work, policy=policy, focus=focus)

    async def submit(
        self, request: Request, person: SignedIn, service_id: ServiceName, form: SignedForm
    ) -> Response:
        """Do what the button says: only "save" stores the draft, the others change the page."""
        work = _read_work(service_id, form)
        button, focus = form.text("do"), ""
        work = work._replace(draft=work.draft.tidy, left_out=work.draft.left_out)
        if button not in {"save", "rehearse", "edit"}:
            draft, focus = work.draft.after(button)
            work = work._replace(draft=draft, left_out=())
        policy_or_errors = await self._reads.run(self._policy, work)
        if button not in {"save", "rehearse"}:
            # A Level that was just added need not be complete yet.
            valid = policy_or_errors if isinstance(policy_or_errors, EscalationPolicy) else None
            return await self._page(request, work, policy=valid, focus=focus)
        if not isinstance(policy_or_errors, EscalationPolicy):
            return await self._page(request, work, errors=policy_or_errors)
        policy = policy_or_errors
        if button == "rehearse":
            return await self._page(request, work, policy=policy, focus="rehearsal")
        if await self._reads.run(self._is_news, work, policy):
            return await self._page(request, work, policy=policy, focus="incident")
        return await self._save(request, work, policy, person.name)

    def _is_news(self, work: Work, policy: EscalationPolicy) -> bool:
        """Whether `policy` means something for the incident that runs which no page has said."""
        if self._policies.of(work.service_id) == policy:
            return False
        incident = edited_incident(self._database, work.service_id, policy)
        return incident is not None and incident.changes_with_policy and incident.key != work.seen

    async def _save(
        self, request: Request, work: Work, policy: EscalationPolicy, author: str
    ) -> Response:
        path = f"/console/services/{work.service_id}/policy"
        try:
            version = await self._inbox.commit(
                SqlEscalationPolicies, lambda policies: policies.put(policy, author, work.version)
            )
        except PolicyChanged:
            stored = await self._reads.run(self._policies.versioned, work.service_id)
            if stored.policy == policy:
                return see_other(f"{path}?saved={stored.version}")
            return await self._conflict(request, work, policy, stored)
        return see_other(f"{path}?saved={version}")

    async def _conflict(
        self, request: Request, work: Work, policy: EscalationPolicy, stored: Versioned
    ) -> Response:
        """Both policies side by side; the draft is in the form, the other one in the history."""
        own = if_own(stored.policy)
        return page(
            request,
            "conflict.html",
            HTTPStatus.CONFLICT,
            work=work,
            version=stored.version,
            fields=fields_of(work.draft),
            newer_edits=await self._reads.run(self._newer_edits, work),
            levels=side_by_side(own, policy),
            rules=(rules_in_words(own) if own else [], rules_in_words(policy)),
        )

    async def _page(
        self,
        request: Request,
        work: Work,
        *,
        policy: EscalationPolicy | None = None,
        errors: Errors | None = None,
        focus: str = "",
    ) -> Response:
        """The editor, with the rehearsal of `policy`."""
        view = await self._reads.run(self._view, work, policy)
        return page(
            request,
            "editor.html",
            HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
            work=work,
            errors=errors or {},
            focus=focus,
            most=LARGEST_DRAFT,
            is_valid=policy is not None,
            is_unsaved=bool(view.changes) if view.stored.policy else work.draft != Draft(),
            is_as_stored=view.stored.policy is not None and not view.changes,
            is_saved=_is_saved(request, view.stored),
            **view._asdict(),
        )

    def _view(self, work: Work, policy: EscalationPolicy | None) -> _View:
        stored = self._policies.versioned(work.service_id)
        own = if_own(stored.policy)
        checks = checks_of_draft(self._database, self._set_up, work.draft)
        return _View(
            stored,
            changes(draft_of(own) if own else None, work.draft),
            [checks.of_texts(level.target_texts) for level in work.draft.levels],
            work.draft.starts,
            rehearsals(policy, work.acknowledged),
            # A draft that is not valid means nothing yet: what is stored goes on.
            edited_incident(self._database, work.service_id, policy or own),
            self._newer_edits(work),
        )

    async def _read_only(
        self, request: Request, service_id: str, stored: Versioned, acknowledged: str, skip: int
    ) -> Response:
        return page(
            request,
            "policy.html",
            service_id=service_id,
            stored=stored,
            checks=await self._reads.run(
                checks_of_policy, self._database, self._set_up, if_own(stored.policy)
            ),
            rehearsals=await self._reads.run(rehearsals, if_own(stored.policy), acknowledged),
            skip=skip,
            is_saved=_is_saved(request, stored),
        )

    def _policy(self, work: Work) -> EscalationPolicy | Errors:
        """The policy that the draft is, or what is wrong with it. Raises Unreadable."""
        policy = work.draft.policy(work.service_id)
        if isinstance(policy, EscalationPolicy):
            return keep_unknown(policy, work.draft, self._base(work))
        return policy

    def _base(self, work: Work) -> EscalationPolicy | None:
        """The policy with which the work began. Raises Unreadable."""
        edit = self._policies.edit(work.service_id, work.begun) if work.begun else None
        return if_own(edit.policy) if edit else None

    def _newer_edits(self, work: Work) -> list[DescribedEdit]:
        """What others have edited since the work began."""
        edits = self._policies.history(work.service_id, MOST_EDITS_SHOWN + 1)
        newer = [
            described for described in described_edits(edits) if described.edit.version > work.begun
        ]
        return newer[:MOST_EDITS_SHOWN]


def _read_work(service_id: str, form: Form) -> Work:
    """What is in the form.

    Raises InvalidForm where it is not a form of ours, ProblemError (413) where it is too large.
    """
    try:
        draft = read_draft(form.fields, service_id)
    except TooLarge as error:
        raise ProblemError(problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, str(error))) from error
    begun, version = form.number("begun"), form.number("version")
    return Work(service_id, begun, version, draft, form.text("acknowledged"), form.text("seen"))


def _is_saved(request: Request, stored: Versioned) -> bool:
    """Whether the page comes right after a save, which made this version."""
    return request.query_params.get("saved") == str(stored.version)
