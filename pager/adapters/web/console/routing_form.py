"""What is typed about the service of an integration, and the routing that it stands for."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import NamedTuple

from markupsafe import escape
from pydantic import ValidationError

from pager.access.integrations import MOST_NAMES, Routing
from pager.adapters.web.console.form import Form
from pager.adapters.web.parsing import SERVICE_ID, WRONG_SERVICE_ID
from pager.adapters.web.problems import ProblemError, problem

LONGEST_MAP = 20_000
"""Bytes of a page that the names of a sender may need."""

MOST_OF_FIELD, MOST_OF_NAME = 255, 500
"""Characters, as in Routing."""


class RoutingRequest(NamedTuple):
    """What was typed about the service, valid or not."""

    service_id: str = ""
    field: str = ""
    """Of the events: it names the service. Empty: all are about this one."""
    names: str | None = ""
    """A name of the sender and a service on each line, with = between them; None: as before."""

    def routing(self, before: Routing) -> Routing:
        """How the service is found, with all else as `before`. Raises WrongFields."""
        errors: dict[str, str] = {}
        service_id, field = self.service_id.strip(), self.field.strip()
        if not _is_service(service_id):
            errors["service"] = WRONG_SERVICE_ID
        if len(field) > MOST_OF_FIELD:
            errors["field"] = f"It has at most {MOST_OF_FIELD} characters."
        names = names_in(self.names, errors) if self.names is not None else before.names
        if self.names is not None and names and not field:
            errors["field"] = "Which field has these names in it?"
        if errors:
            raise WrongFields(errors)
        typed = {"service_id": service_id, "field": field or None, "names": names}
        return Routing.model_validate({**before.model_dump(), **typed})


class WrongFields(Exception):
    """What is wrong with the fields of a form, by their names."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        """Each error is a sentence."""
        super().__init__(errors)
        self.errors = errors


def typed_in(form: Form) -> RoutingRequest:
    """What was typed. Raises ProblemError (413) where it is too large to be shown again."""
    is_kept = form.text("keep_names") == "yes"  # it is too long for the page
    names = form.text("names")
    if len(escape(names).encode()) > LONGEST_MAP:
        detail = "This map is too long for a page: make the integration by POST /integrations."
        raise ProblemError(problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail))
    return RoutingRequest(
        form.text("service")[:300],
        form.text("field")[:300],
        None if is_kept else names,
    )


def names_in(text: str, errors: dict[str, str]) -> dict[str, str]:
    """The map that was pasted; what is wrong with it is added to `errors` as "names"."""
    names: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        name, is_pair, service_id = (part.strip() for part in line.rpartition("="))
        if not line.strip():
            continue
        if not is_pair or not 0 < len(name) <= MOST_OF_NAME:
            wrong = "Write a name of the sender, then = and a service."
        elif not _is_service(service_id):
            wrong = f"“{service_id[:100]}” cannot be a service. {WRONG_SERVICE_ID}"
        elif names.get(name, service_id) != service_id:
            wrong = f"“{name[:100]}” stands for two services."
        else:
            names[name] = service_id
            continue
        errors["names"] = f"Line {number}: {wrong}"
        return {}
    if len(names) > MOST_NAMES:
        errors["names"] = f"There is room for {MOST_NAMES:,} names."
    return names


def _is_service(text: str) -> bool:
    try:
        SERVICE_ID.validate_python(text)
    except ValidationError:
        return False
    return True


def _lines(routing: Routing) -> str:
    """The map as it is typed."""
    return "\n".join(f"{name} = {service_id}" for name, service_id in routing.names.items())


def has_long_map(routing: Routing | None) -> bool:
    """Whether the map is too long for a page."""
    return routing is not None and len(escape(_lines(routing)).encode()) > LONGEST_MAP


def stored_as_typed(routing: Routing | None) -> RoutingRequest:
    """What the form has in it at first."""
    if routing is None:
        return RoutingRequest()
    lines = "" if has_long_map(routing) else _lines(routing)
    return RoutingRequest(routing.service_id, routing.field or "", lines)
