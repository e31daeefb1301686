"""Names in a URL: the identifier of a Monitored Service, or what is looked for."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Query
from pydantic import AfterValidator, TypeAdapter, ValidationError

from pager.adapters.web.problems import ProblemError, problem
from pager.model import ServiceId

LONGEST_NAME = 200
"""As in the model."""

SERVICE_ID: TypeAdapter[str] = TypeAdapter(ServiceId)

WRONG_SERVICE_ID = "A service's name has letters, digits and . _ : @ + - (such as checkout-api)."
"""What people read who have typed another one."""


async def _named(service_id: str) -> str:
    """A service by its name in the URL. Raises ProblemError (404) for what is no name of one."""
    try:
        return SERVICE_ID.validate_python(service_id)
    except ValidationError as error:
        detail = f"{service_id!r} is not known."
        raise ProblemError(problem(HTTPStatus.NOT_FOUND, detail)) from error


def _without_nul(text: str) -> str:
    # PostgreSQL knows no NUL, not even to look for.
    return text.replace("\0", "")


ServiceName = Annotated[str, Depends(_named)]
NamePart = Annotated[str, Query(max_length=LONGEST_NAME), AfterValidator(_without_nul)]
"""A name to go on after, or a part of one to look for."""
