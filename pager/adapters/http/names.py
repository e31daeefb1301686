"""The identifier of a Monitored Service, in a URL."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Depends
from pydantic import TypeAdapter, ValidationError

from pager.adapters.http.problems import ProblemError, problem
from pager.model import ServiceId

SERVICE_ID: TypeAdapter[str] = TypeAdapter(ServiceId)


async def _named(service_id: str) -> str:
    """A service by its name in the URL. Raises ProblemError (404) for what is no name of one."""
    try:
        return SERVICE_ID.validate_python(service_id)
    except ValidationError as error:
        detail = f"{service_id!r} is not known."
        raise ProblemError(problem(HTTPStatus.NOT_FOUND, detail)) from error


ServiceName = Annotated[str, Depends(_named)]
