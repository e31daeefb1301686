"""Versions of policies over HTTP (RFC 9110): the ETag of an answer, the condition of an edit."""

import re
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import Depends, Header
from pydantic import BaseModel, ConfigDict, Field

from pager.adapters.store.ports.policies import SqlEscalationPolicies
from pager.adapters.web.problems import ProblemError, problem
from pager.errors import PagerError
from pager.oncall.policies import ServicePolicy

# A proxy that compresses an answer makes its ETag weak (W/): it is still the same version.
_TAG = re.compile(r'(?:W/)?"([0-9]{1,18})"', re.ASCII)

Condition = int | Literal["new"] | None
"""What the policy must be for an edit: this version; "new": there is none yet; None: anything."""


class PolicyExists(PagerError):
    """{service_id!r} has a policy already. To edit it, GET it, and PUT with its ETag: If-Match, \
not If-None-Match."""

    def __init__(self, service_id: str) -> None:
        """`service_id` is the Monitored Service."""
        super().__init__(service_id=service_id)


class PastEdit(BaseModel):
    """An edit of the Escalation Policy of a service."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    version: Annotated[int, Field(ge=1)]
    at: datetime
    author: str | None
    """Null where nobody was asked who they are."""
    policy: ServicePolicy | None
    """As the edit left it: null where it was removed, or cannot be read."""
    unreadable: Annotated[bool, Field(exclude_if=lambda unreadable: not unreadable)] = False
    """True, and only then there, where this version of Pager cannot read the policy."""


def etag(version: int) -> dict[str, str]:
    """The header that names `version`."""
    return {"ETag": f'"{version}"'}


async def _expected(
    if_match: Annotated[
        str | None,
        Header(
            description="The ETag of the policy that was edited; 412 if it changed.",
            examples=['"12"'],
            json_schema_extra={"pattern": f"^{_TAG.pattern}$"},
        ),
    ] = None,
) -> int | None:
    """The version that an edit expects. Raises ProblemError (400) for what is no ETag of ours."""
    if if_match is None:
        return None
    match = _TAG.fullmatch(if_match)
    if match is None:
        raise _bad_request('If-Match takes the ETag of the policy as it was read: If-Match: "12".')
    return int(match[1])


async def _condition(
    expected: Annotated[int | None, Depends(_expected)],
    if_none_match: Annotated[
        str | None,
        Header(
            description="`*`: only where there is no policy yet; 412 if there is. It does not go "
            "together with If-Match.",
            examples=["*"],
            json_schema_extra={"enum": ["*"]},
        ),
    ] = None,
) -> Condition:
    """The condition of a PUT. Raises ProblemError (400) for one that makes no sense."""
    if if_none_match is None:
        return expected
    if if_none_match != "*" or expected is not None:
        raise _bad_request(
            "If-None-Match takes a * (only where there is no policy yet), without If-Match."
        )
    return "new"


Expected = Annotated[int | None, Depends(_expected)]
EditCondition = Annotated[Condition, Depends(_condition)]


def put_if(
    policies: SqlEscalationPolicies,
    policy: ServicePolicy,
    author: str | None,
    condition: Condition,
) -> int:
    """Put the policy if the condition holds: its new version.

    Raises PolicyExists and PolicyChanged.
    """
    if condition != "new":
        return policies.put(policy, author, condition)
    existing, version = policies.versioned(policy.service_id)
    if existing is not None:
        raise PolicyExists(policy.service_id)
    return policies.put(policy, author, version)


def past_edits(
    policies: SqlEscalationPolicies, service_id: str, at_most: int, before: int | None
) -> list[PastEdit]:
    """The history of a policy as it is sent, the newest edit first."""
    return [PastEdit(**edit._asdict()) for edit in policies.history(service_id, at_most, before)]


def _bad_request(detail: str) -> ProblemError:
    return ProblemError(problem(HTTPStatus.BAD_REQUEST, detail))
