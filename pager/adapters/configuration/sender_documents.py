"""Heartbeats and integrations in a document: what sends Alerts. Their keys are no part of it."""

import operator
from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, PlainSerializer

from pager.access.integrations import (
    FieldName,
    PayloadPaths,
    ProtocolName,
    Routing,
    SenderName,
)
from pager.adapters.configuration.fields import Document, Duration, is_none
from pager.configuration.configuration import IntegrationSetup
from pager.heartbeats import DEFAULT_GRACE, Heartbeat
from pager.model import DedupKey, ServiceId


class HeartbeatDocument(Document):
    """A job that says regularly that it is alive."""

    service: ServiceId
    """The Monitored Service that is in trouble if it stays away."""
    interval: Duration
    """It is pinged at least once in each."""
    grace: Duration = DEFAULT_GRACE
    """How much later a ping may come."""
    dedup_key: Annotated[DedupKey | None, Field(exclude_if=is_none)] = None
    """Of its Alert; `heartbeat:` and its name, unless it is said."""

    @classmethod
    def of(cls, heartbeat: Heartbeat) -> "HeartbeatDocument":
        """As the domain has it."""
        return cls(
            service=heartbeat.service_id,
            interval=heartbeat.interval,
            grace=heartbeat.grace,
            dedup_key=heartbeat.dedup_key,
        )

    def entry(self, name: str) -> Heartbeat:
        """As the domain has it. Raises ValidationError."""
        others = {"interval": self.interval, "grace": self.grace, "dedup_key": self.dedup_key}
        return Heartbeat.model_validate({"name": name, "service_id": self.service, **others})


def _said(paths: PayloadPaths | None) -> dict[str, object] | None:
    return None if paths is None else paths.model_dump(mode="json", exclude_defaults=True)


class IntegrationDocument(Document):
    """A monitor that sends Alerts. Its key is made by the server, and is in no file."""

    protocol: ProtocolName
    """What the sender speaks."""
    service: ServiceId
    """The service; with `field`, the one for events that name none that is known."""
    field: Annotated[FieldName | None, Field(exclude_if=is_none)] = None
    """The label or field of its events that names the service."""
    names: Annotated[Mapping[SenderName, ServiceId], Field(exclude_if=operator.not_)] = {}
    """What the sender calls services."""
    paths: Annotated[PayloadPaths | None, PlainSerializer(_said), Field(exclude_if=is_none)] = None
    """Where the JSON of the sender says what; of the protocol webhook."""

    @classmethod
    def of(cls, setup: IntegrationSetup) -> "IntegrationDocument":
        """As the domain has it."""
        routing = setup.routing
        return cls(
            protocol=setup.protocol,
            service=routing.service_id,
            field=routing.field,
            names=routing.names,
            paths=routing.paths,
        )

    def entry(self, name: str) -> IntegrationSetup:
        """As the domain has it. Raises ValidationError."""
        fields = {"field": self.field, "names": self.names, "paths": self.paths}
        routing = Routing.model_validate({"service_id": self.service, **fields})
        return IntegrationSetup(name, self.protocol, routing)
