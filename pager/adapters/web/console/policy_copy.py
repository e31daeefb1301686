"""Copies a policy to other services: a preview of what that overwrites, then all of it."""

import re
from collections.abc import Collection, Sequence
from functools import partial
from http import HTTPStatus
from typing import NamedTuple

from fastapi import Request, Response
from pydantic import ValidationError

from pager.adapters.store.core.codecs import Unreadable
from pager.adapters.store.ports.policies import NewPolicy, SqlEscalationPolicies, Versioned, if_own
from pager.adapters.web.auth.principals import SignedIn
from pager.adapters.web.backend import Backend
from pager.adapters.web.console.comparison import differences
from pager.adapters.web.console.form import Form, InvalidForm, SignedForm
from pager.adapters.web.console.rendering import page
from pager.adapters.web.console.running_incident import with_incident
from pager.adapters.web.parsing import SERVICE_ID, ServiceName, number_in
from pager.adapters.web.responses import see_other
from pager.model import EscalationPolicy, shortened

MOST_SERVICES = 100
"""To which a policy is copied at once."""
LONGEST_LIST = 20_000
"""Characters of the names of the services."""
SAVED_AT_ONCE = 50
"""Edits in one transaction: Alerts that come meanwhile wait for it."""
LONGEST_SHOWN = 60
"""Characters of a name that no service can have."""


class _Overwritten(NamedTuple):
    """A service that the policy would be copied to."""

    service_id: str
    version: int
    """Of its policy as the page shows it."""
    has_policy: bool
    changes: Sequence[str]
    """None where it has this policy already."""


class _Preview(NamedTuple):
    """What would be overwritten, and what is wrong with the list."""

    services: Sequence[_Overwritten] = ()
    with_incident: Collection[str] = ()
    """Those in which an incident runs: it goes on by the copy."""
    errors: Sequence[str] = ()


class PolicyCopyPage:
    """The form, its preview, and what was done."""

    def __init__(self, backend: Backend) -> None:
        """Its endpoints are in the table of `routes`."""
        self._reads = backend.pools.reads
        self._inbox = backend.inbox
        self._database = backend.database
        self._policies = SqlEscalationPolicies(backend.database)

    async def show(self, request: Request, service_id: ServiceName) -> Response:
        """The form, for a service that has a policy."""
        source = await self._reads.run(self._policies.versioned, service_id)
        return self._page(request, service_id, source)

    async def copy(
        self, request: Request, person: SignedIn, service_id: ServiceName, form: SignedForm
    ) -> Response:
        """Show what the copies would overwrite; or make those that were shown."""
        if form.text("do") == "copy":
            return await self._copy(request, service_id, form, person.name)
        source = await self._reads.run(self._policies.versioned, service_id)
        policy = if_own(source.policy)
        if policy is None:
            return self._page(request, service_id, source)
        typed = form.text("services")[: LONGEST_LIST + 1]
        preview = await self._reads.run(self._preview, policy, typed)
        return self._page(request, service_id, source, typed, preview)

    def _page(
        self,
        request: Request,
        service_id: str,
        source: Versioned,
        typed: str = "",
        preview: _Preview | None = None,
    ) -> Response:
        if if_own(source.policy) is None:
            return see_other(f"/console/services/{service_id}/policy")
        return page(
            request,
            "policy_copy.html",
            HTTPStatus.UNPROCESSABLE_ENTITY if preview and preview.errors else HTTPStatus.OK,
            service_id=service_id,
            source=source,
            typed=typed[:LONGEST_LIST],
            preview=preview,
        )

    def _preview(self, policy: EscalationPolicy, typed: str) -> _Preview:
        names = list(dict.fromkeys(re.split(r"[\s,;]+", typed.strip(" \t\n,;"))))
        if names == [""]:
            return _Preview(errors=["Name at least one service."])
        if len(names) > MOST_SERVICES or len(typed) > LONGEST_LIST:
            return _Preview(errors=[f"Name at most {MOST_SERVICES} services at a time."])
        errors, services = [], []
        for name in names:
            if name == policy.service_id:
                errors.append(f"{name}: that is the policy to be copied.")
            elif not _is_service(name):
                errors.append(f"“{shortened(name, LONGEST_SHOWN)}”: no service has such a name.")
            else:
                services.append(self._overwritten(policy, name))
        running = with_incident(self._database, [each.service_id for each in services])
        return _Preview(services, running, errors)

    def _overwritten(self, policy: EscalationPolicy, name: str) -> _Overwritten:
        try:
            stored = self._policies.versioned(name)
        except Unreadable:
            [last] = self._policies.history(name, 1)
            unreadable = ["A policy that this version of Pager cannot read is overwritten."]
            return _Overwritten(name, last.version, has_policy=True, changes=unreadable)
        copied = policy.model_copy(update={"service_id": name})
        changes = [] if stored.policy == copied else differences(if_own(stored.policy), copied)
        return _Overwritten(name, stored.version, stored.policy is not None, changes)

    async def _copy(self, request: Request, service_id: str, form: Form, author: str) -> Response:
        """Copy the version of the policy that was shown, each copy on the version that was."""
        shown = form.number("source")
        edit = await self._reads.run(self._policies.edit, service_id, shown)
        if edit is None or edit.policy is None:
            raise InvalidForm
        note = f"copied from {service_id}"
        edits = [
            NewPolicy(edit.policy.model_copy(update={"service_id": name}), version, note)
            for name, version in _services_in(form)
        ]
        saved: list[bool] = []
        for start in range(0, len(edits), SAVED_AT_ONCE):
            some = edits[start : start + SAVED_AT_ONCE]
            put = partial(SqlEscalationPolicies.put_each, edits=some, author=author)
            saved += await self._inbox.commit(SqlEscalationPolicies, put)
        names = [edit.policy.service_id for edit in edits]
        return page(
            request,
            "policy_copied.html",
            service_id=service_id,
            copied=[name for name, was_saved in zip(names, saved, strict=True) if was_saved],
            left_alone=[
                name for name, was_saved in zip(names, saved, strict=True) if not was_saved
            ],
        )


def _is_service(name: str) -> bool:
    try:
        SERVICE_ID.validate_python(name)
    except ValidationError:
        return False
    return True


def _services_in(form: Form) -> list[tuple[str, int]]:
    """The services that the preview has shown, with their versions. Raises InvalidForm."""
    services = []
    for field, value in form.fields:
        if field != "service":
            continue
        version, _, name = value.partition(" ")
        number = number_in(version)
        if number is None or not _is_service(name):
            raise InvalidForm
        services.append((name, number))
    if not services or len(services) > MOST_SERVICES:
        raise InvalidForm
    return services
