"""Receipts: what a message led to, or why it was refused."""

import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.exc import SQLAlchemyError

from pager.adapters.runtime.requests import Answer, NotTaken
from pager.adapters.store.core.error_text import error_text
from pager.adapters.validation import FieldError
from pager.adapters.web.problems import Problem, problem
from pager.decide import Decision
from pager.errors import PagerError
from pager.messages import Alert, Resolve
from pager.model import MOST_OPEN_KEYS, Unhealthy

TOO_LARGE = HTTPStatus.REQUEST_ENTITY_TOO_LARGE

logger = logging.getLogger(__name__)


class Receipt(BaseModel):
    """What a message led to. It is committed: what is to be sent will be sent."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    service_id: str
    state: Literal["healthy", "unhealthy"]
    incident: Annotated[int, Field(ge=0)]
    """The number of the running incident, or of the last one."""
    changed: bool
    """False for a duplicate, stale or late message: it was received, and changed nothing."""
    warnings: list[FieldError] | None = None
    """Fields that were ignored or mended, or mean less than the sender may think; left out where
    there is none."""


class Refusal(BaseModel):
    """Why one Alert of an array was refused. It does not concern the others."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    service_id: str | None = None
    """Left out where the Alert names no service."""
    problem: Problem


Results = list[Receipt | Refusal]


class ProblemWithResults(Problem):
    """A Problem with an array of Alerts, and what became of each."""

    results: Results


def receipt(
    service_id: str, answer: Answer | NotTaken, warnings: Sequence[FieldError] = ()
) -> Receipt | Refusal:
    """The receipt of a message about that service, by the answer to it."""
    if isinstance(answer, NotTaken):
        return Refusal(service_id=service_id, problem=_not_taken(answer.error))
    if not isinstance(answer, Decision):
        return Refusal(service_id=service_id, problem=problem(HTTPStatus.NOT_FOUND, str(answer)))
    return Receipt(
        service_id=service_id,
        state=answer.after.state,
        incident=answer.after.incident,
        changed=answer.changed,
        warnings=[*warnings, *_about_keys(answer)] or None,
    )


TOO_MANY_KEYS = FieldError(
    field="dedup_key",
    message=f"this incident has had more than {MOST_OPEN_KEYS} open troubles. No resolve closes it "
    "any more: a person must, or a Healthy event.",
)


def _about_keys(decision: Decision) -> Sequence[FieldError]:
    """A warning where the troubles of the incident are no longer told apart."""
    after = decision.after
    is_about_key = isinstance(decision.message, Alert | Resolve)
    if is_about_key and isinstance(after, Unhealthy) and after.has_too_many_keys:
        return [TOO_MANY_KEYS]
    return []


def problem_of_all(results: Results) -> ProblemWithResults | None:
    """The problem that an array is answered with; None where it was accepted.

    A sender that looks at the status alone must send all of it again where one Alert was not taken:
    what was taken pages nobody twice. And it must find out where nothing was accepted, or where
    there were too many.
    """
    refusals = [result.problem for result in results if isinstance(result, Refusal)]
    again = [refusal for refusal in refusals if refusal.status >= HTTPStatus.INTERNAL_SERVER_ERROR]
    if again:
        status = HTTPStatus.SERVICE_UNAVAILABLE
        detail = f"{len(again)} of these {len(results)} Alerts were not taken ({again[0].detail}) \
Send all of them again: those that were taken page nobody twice."
    elif too_large := [refusal for refusal in refusals if refusal.status == TOO_LARGE]:
        status = TOO_LARGE
        detail = f"{too_large[0].detail} `results` has what became of those that were read."
    elif len(refusals) == len(results):
        status = HTTPStatus(refusals[0].status)
        detail = f"None of these {len(results)} Alerts was accepted: {refusals[0].detail}"
    else:
        return None
    return ProblemWithResults(title=status.phrase, status=status, detail=detail, results=results)


def _not_taken(error: Exception) -> Problem:
    match error:
        case SQLAlchemyError():
            detail = f"The database did not take it ({error_text(error)}): send it again."
        case PagerError():
            detail = str(error)
        case _:
            logger.error("a message was not taken", exc_info=error)
            detail = "This is a fault of Pager's: its log has the details."
    return problem(HTTPStatus.SERVICE_UNAVAILABLE, detail)
