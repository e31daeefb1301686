"""The policy editor: arrow 1. The draft is in the form: nothing is stored until it is saved."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import timedelta
from http import HTTPStatus
from typing import Generic, NamedTuple

from fastapi import Request, Response

from pager.adapters.runtime.verification.drafts import Verified
from pager.adapters.web.auth.principals import SignedIn
from pager.adapters.web.backend import Backend
from pager.adapters.web.console.checks import CheckedTarget
from pager.adapters.web.console.comparison import changes, side_by_side
from pager.adapters.web.console.draft import LARGEST_DRAFT, Draft, Errors, draft_of
from pager.adapters.web.console.draft_form import TooLarge, fields_of, read_draft
from pager.adapters.web.console.edited_policies import CHANGED, EditedPolicies, P, Stored
from pager.adapters.web.console.form import Form, SignedForm
from pager.adapters.web.console.history import DescribedEdit, described_edits
from pager.adapters.web.console.newer_fields import keep_unknown
from pager.adapters.web.console.rendering import page
from pager.adapters.web.console.target_checks import checks_of_draft, checks_of_policy
from pager.adapters.web.console.typed_targets import Names
from pager.adapters.web.console.verification.drafts import (
    OVERRULED,
    DraftChecks,
    broken_checks,
    is_held_up,
)
from pager.adapters.web.problems import ProblemError, problem
from pager.adapters.web.responses import see_other
from pager.oncall.directory import NobodyOfThatName
from pager.words import rules_in_words

MOST_EDITS_SHOWN = 10
"""Edits of others, since the work began."""
MOST_NAMES = 300
"""Names that are offered: the others may be typed."""


class Work(NamedTuple):
    """What is in the editor: the draft of a policy."""

    name: str
    """Of the service, or of the shared policy."""
    begun: int
    """The version of the policy with which the work began."""
    version: int
    """The version that saving replaces: a newer one, once the person has seen the conflict."""
    draft: Draft
    acknowledged: str = ""
    """After how long somebody acknowledges in the rehearsal."""
    at: str = ""
    """When the rehearsal of a shared policy begins, as typed; "": now."""
    zone: str = ""
    """The time zone of that."""
    seen: str = ""
    """What the page that was sent said about the incident that runs: its `EditedIncident.key`."""
    left_out: Sequence[Sequence[str]] = ()
    """Names that were pasted beside the Targets of each Level."""


class _View(NamedTuple, Generic[P]):
    """What the editor shows of the work, in one read."""

    stored: Stored[P]
    changes: Sequence[str]
    """What saving would change."""
    targets: Sequence[Sequence[CheckedTarget]]
    """Of each Level."""
    starts: Sequence[timedelta | None]
    """When each Level is notified, and when nobody is left: see Draft."""
    newer_edits: Sequence[DescribedEdit]
    names: Sequence[str]
    """Some of those whom the policy may name."""


class EditorPage(ABC, Generic[P]):
    """The page of a policy, which engineers edit and everybody reads."""

    def __init__(self, backend: Backend, policies: EditedPolicies[P]) -> None:
        """It edits these `policies`."""
        self._reads = backend.pools.reads
        self._database = backend.database
        self._set_up = backend.set_up
        self._policies: EditedPolicies[P] = policies
        self._checks = DraftChecks(backend)

    @abstractmethod
    def _more(
        self, work: Work, stored: Stored[P], policy: P | None, names: Names
    ) -> Mapping[str, object]:
        """What the page shows besides, such as the rehearsal of `policy`, if the draft is one."""

    def _is_news(self, work: Work, policy: P) -> bool:
        """Whether saving means something that no page has said yet."""
        del work, policy
        return False

    async def _open(
        self, request: Request, person: SignedIn, work: Work, stored: Stored[P], skip: int
    ) -> Response:
        """The policy in the editor; or, where it is read only, without the first `skip` Targets."""
        if not person.may("engineer") or not work.draft.fits:
            return await self._read_only(request, work, stored, skip)
        focus = "" if stored.policy else "targets-1"
        return await self._page(request, work, policy=stored.policy, focus=focus)

    async def _begin(self, name: str) -> tuple[Work, Stored[P]]:
        """The work on the policy as it is stored. Raises Unreadable."""

        def read() -> tuple[Work, Stored[P]]:
            stored = self._policies.versioned(name)
            draft = Draft()
            if stored.policy is not None:
                draft = draft_of(stored.policy, self._policies.names())
            return Work(name, stored.version, stored.version, draft), stored

        return await self._reads.run(read)

    async def submit(self, request: Request, person: SignedIn, form: SignedForm) -> Response:
        """Do what the button says: only "save" stores the draft, the others change the page."""
        work = _read_work(self._policies.name_in(request), form)
        names = await self._reads.run(self._policies.names)
        button, focus = "save" if form.text(OVERRULED) else form.text("do"), ""
        work = work._replace(draft=work.draft.tidy(names), left_out=work.draft.left_out(names))
        if button not in {"save", "rehearse", "edit"}:
            draft, focus = work.draft.after(button)
            work = work._replace(draft=draft, left_out=())
        policy_or_errors = await self._reads.run(self._policy, work, names)
        if button not in {"save", "rehearse"}:
            # A Level that was just added need not be complete yet.
            valid = None if isinstance(policy_or_errors, dict) else policy_or_errors
            return await self._page(request, work, policy=valid, focus=focus)
        if isinstance(policy_or_errors, dict):
            return await self._page(request, work, errors=policy_or_errors)
        policy = policy_or_errors
        if button == "rehearse":
            return await self._page(request, work, policy=policy, focus="rehearsal")
        if await self._reads.run(self._is_news, work, policy):
            return await self._page(request, work, policy=policy, focus="incident")
        found = await self._checks.of(policy)
        if is_held_up(found, form):
            return await self._page(request, work, policy=policy, focus="broken", found=found)
        return await self._save(request, work, policy, person.name, found.note)

    async def _save(
        self, request: Request, work: Work, policy: P, author: str, note: str
    ) -> Response:
        path = self._policies.path(work.name)
        try:
            version = await self._policies.put(policy, author, work.version, note)
        except CHANGED:
            stored = await self._reads.run(self._policies.versioned, work.name)
            if stored.policy == policy:
                return see_other(f"{path}?saved={stored.version}")
            return await self._conflict(request, work, policy, stored)
        except NobodyOfThatName as error:
            # They were removed in the moment in which it was saved.
            return await self._page(request, work, errors={"levels": [str(error)]})
        return see_other(f"{path}?saved={version}")

    async def _conflict(
        self, request: Request, work: Work, policy: P, stored: Stored[P]
    ) -> Response:
        """Both policies side by side; the draft is in the form, the other one in the history."""
        return page(
            request,
            "conflict.html",
            HTTPStatus.CONFLICT,
            work=work,
            policies=self._policies,
            version=stored.version,
            fields=fields_of(work.draft),
            newer_edits=await self._reads.run(self._newer_edits, work),
            levels=side_by_side(stored.policy, policy),
            rules=(rules_in_words(stored.policy) if stored.policy else [], rules_in_words(policy)),
        )

    async def _page(  # noqa: PLR0913 - what the page says besides
        self,
        request: Request,
        work: Work,
        *,
        policy: P | None = None,
        errors: Errors | None = None,
        focus: str = "",
        found: Verified | None = None,
    ) -> Response:
        """The editor, with the rehearsal of `policy`, and what of it was `found` to break."""
        view, more = await self._reads.run(self._view, work, policy)
        return page(
            request,
            "editor.html",
            HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
            work=work,
            found=found,
            broken=broken_checks(found) if found else (),
            policies=self._policies,
            errors=errors or {},
            focus=focus,
            most=LARGEST_DRAFT,
            is_valid=policy is not None,
            is_unsaved=bool(view.changes) if view.stored.policy else work.draft != Draft(),
            is_as_stored=view.stored.policy is not None and not view.changes,
            is_saved=_is_saved(request, view.stored),
            **view._asdict(),
            **more,
        )

    def _view(self, work: Work, policy: P | None) -> tuple[_View[P], Mapping[str, object]]:
        stored, names = self._policies.versioned(work.name), self._policies.names()
        checks = checks_of_draft(self._database, self._set_up, work.draft, names)
        former = draft_of(stored.policy, names) if stored.policy else None
        view = _View(
            stored,
            changes(former, work.draft, names),
            [checks.of_texts(level.target_texts(names)) for level in work.draft.levels],
            work.draft.starts,
            self._newer_edits(work),
            list(names.all)[:MOST_NAMES],
        )
        return view, self._more(work, stored, policy, names)

    async def _read_only(
        self, request: Request, work: Work, stored: Stored[P], skip: int
    ) -> Response:
        def read() -> Mapping[str, object]:
            names = self._policies.names()
            checks = checks_of_policy(self._database, self._set_up, stored.policy, names)
            return {"checks": checks, **self._more(work, stored, stored.policy, names)}

        more = await self._reads.run(read)
        return page(
            request,
            "policy.html",
            HTTPStatus.OK,
            work=work,
            policies=self._policies,
            stored=stored,
            skip=skip,
            is_saved=_is_saved(request, stored),
            **more,
        )

    def _policy(self, work: Work, names: Names) -> P | Errors:
        """The policy that the draft is, or what is wrong with it. Raises Unreadable."""
        policy = self._policies.read(work.draft, work.name, names)
        if isinstance(policy, dict):
            return policy
        base = self._policies.version(work.name, work.begun) if work.begun else None
        return keep_unknown(policy, work.draft, base)

    def _newer_edits(self, work: Work) -> list[DescribedEdit]:
        """What others have edited since the work began."""
        edits = self._policies.history(work.name, MOST_EDITS_SHOWN + 1)
        newer = [
            described for described in described_edits(edits) if described.edit.version > work.begun
        ]
        return newer[:MOST_EDITS_SHOWN]


def _read_work(name: str, form: Form) -> Work:
    """What is in the form.

    Raises InvalidForm where it is not a form of ours, ProblemError (413) where it is too large.
    """
    try:
        draft = read_draft(form.fields)
    except TooLarge as error:
        raise ProblemError(problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, str(error))) from error
    begun, version = form.number("begun"), form.number("version")
    texts = (form.text(field) for field in ("acknowledged", "at", "zone", "seen"))
    return Work(name, begun, version, draft, *texts)


def _is_saved(request: Request, stored: Stored[P]) -> bool:
    """Whether the page comes right after a save, which made this version."""
    return request.query_params.get("saved") == str(stored.version)
