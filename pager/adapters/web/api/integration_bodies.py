"""Integrations as the API is told of them, and as it tells of them."""

import operator
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter

from pager.access.integrations import PayloadPaths, ProtocolName, Routing
from pager.access.names import LONGEST_NAME
from pager.adapters.store.access.integrations import StoredIntegration
from pager.adapters.text import one_line, printable
from pager.adapters.validation import FieldError
from pager.model import shortened


class IntegrationRequest(Routing):
    """An integration that is to be made."""

    protocol: ProtocolName
    """What the sender speaks."""
    name: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_NAME)] | None = None
    """For people; the journal names it as the author. None: a name is made that is free."""

    @property
    def routing(self) -> Routing:
        """How the service of an event is found."""
        return Routing.model_validate(self.model_dump(exclude={"protocol", "name"}))

    @property
    def wanted_name(self) -> str | None:
        """The name in printable characters; None where none was given."""
        return shortened(printable(one_line(self.name or "")), LONGEST_NAME) or None


class NewKeyRequest(BaseModel):
    """Nothing is to be said: a JSON body keeps web pages of others from asking for it."""

    model_config = ConfigDict(extra="forbid")


class ListedIntegration(BaseModel):
    """An integration, without its key: that is shown once."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    id: int
    name: str
    protocol: str
    service_id: str | None
    """The service, or the fallback; null where this version of Pager cannot read it."""
    field: str | None
    """The label or field of its events that names the service."""
    created_by: str
    created_at: datetime
    used_at: datetime | None
    """When its last request came; null if there was none."""
    last_outcome: str
    """What became of that request."""


class IntegrationDetails(ListedIntegration):
    """The same, with what may be long."""

    names: dict[str, str]
    """Which service each name of the sender stands for."""
    paths: Annotated[PayloadPaths | None, Field(exclude_if=operator.not_)] = None
    """Where the JSON of the sender says what; left out where no path is set."""
    last_request: str
    """The start of the last request, without its key."""


class MadeIntegration(BaseModel):
    """An integration that was just made, or has got another key."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    id: int
    name: str
    protocol: ProtocolName
    service_id: str
    key: str
    """It is shown only here: it cannot be read again."""
    url: str
    """What the sender is given. It may have the key in it. The address for e-mail ends in DOMAIN
    where PAGER_MAIL_IN_DOMAIN is not set: write the domain there that your mail server takes."""
    warnings: list[FieldError] | None = None
    """What will not work yet; left out where all will."""


INTEGRATION_REQUEST = TypeAdapter(IntegrationRequest)
NEW_KEY_REQUEST = TypeAdapter(NewKeyRequest)
MADE_INTEGRATION = TypeAdapter(MadeIntegration)
INTEGRATION = TypeAdapter(IntegrationDetails)
INTEGRATIONS = TypeAdapter(list[ListedIntegration])


def listed(stored: StoredIntegration) -> ListedIntegration:
    """An integration of a list."""
    return ListedIntegration.model_validate(details(stored).model_dump())


def details(stored: StoredIntegration) -> IntegrationDetails:
    """An integration by itself."""
    routing = stored.routing
    return IntegrationDetails(
        id=stored.id,
        name=stored.name,
        protocol=stored.protocol,
        service_id=None if routing is None else routing.service_id,
        field=None if routing is None else routing.field,
        names={} if routing is None else dict(routing.names),
        paths=None if routing is None else routing.paths,
        created_by=stored.created_by,
        created_at=stored.created_at,
        used_at=stored.used_at,
        last_request=stored.last_request,
        last_outcome=stored.last_outcome,
    )
