"""Everything that people set up, as it is stored: one value, and its version."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from pydantic import ValidationError
from sqlalchemy import Connection, func, select

from pager.access.integrations import Routing, known_protocol
from pager.adapters.store.core.clock import Now, database_clock, moment, read_clock
from pager.adapters.store.core.codecs import SERVICE_POLICIES, Unreadable, has_unknown_fields
from pager.adapters.store.core.filters import Names
from pager.adapters.store.core.schema import (
    LARGEST_INT64,
    heartbeats,
    integrations,
    on_call_edits,
    policy_edits,
    property_edits,
)
from pager.adapters.store.core.transactions import InTransaction
from pager.adapters.store.heartbeats.reading import HeartbeatList
from pager.adapters.store.ports.directory import stored_entries
from pager.adapters.store.ports.policy_edits import current_policies
from pager.adapters.store.properties.properties import STORED, SqlProperties
from pager.configuration.configuration import Configuration, IntegrationSetup
from pager.heartbeats import Heartbeat
from pager.oncall.directory import Directory
from pager.oncall.policies import ServicePolicy

OF_A_NEWER_VERSION = "it has fields that only a newer version knows"


class Version(NamedTuple):
    """Which edit of everything it is: another one after each edit of any part."""

    policies: int
    """The last edit of any service's policy."""
    directory: int
    """The last edit of a person, a team, a schedule or a shared policy."""
    properties: int
    heartbeats: str
    """A digest of how they are set up."""
    integrations: str

    @property
    def tag(self) -> str:
        """The version in 32 characters."""
        return _digest(self)


class StoredConfiguration(NamedTuple):
    """Everything that people set up, in one snapshot."""

    configuration: Configuration
    version: Version
    at: datetime
    """When it was read, by the database's clock."""


def stored_configuration(connection: Connection, now: Now = database_clock) -> StoredConfiguration:
    """Everything that people set up.

    Raises Unreadable where a part cannot be read, or has fields that this version does not know:
    whoever wrote such a configuration back would lose them.
    """
    version = stored_version(connection)  # first: what is edited meanwhile has another one
    configuration = Configuration(
        directory=_directory(connection),
        policies=_policies(connection),
        heartbeats=_heartbeats(connection),
        integrations=_integrations(connection),
        properties=_properties(connection),
    )
    at = moment(read_clock(connection, now))
    return StoredConfiguration(configuration, version, at)


def stored_version(connection: Connection) -> Version:
    """The version now."""
    newest = (
        select(func.coalesce(func.max(edits.c.id), 0)).scalar_subquery()
        for edits in (policy_edits, on_call_edits, property_edits)
    )
    policies, directory, properties = connection.execute(select(*newest)).one()
    of_heartbeat = heartbeats.c
    set_up = select(
        of_heartbeat.name,
        of_heartbeat.service_id,
        of_heartbeat.dedup_key,
        of_heartbeat.interval,
        of_heartbeat.grace,
    ).order_by(of_heartbeat.name)
    of_integration = integrations.c
    routed = select(of_integration.name, of_integration.protocol, of_integration.routing).order_by(
        of_integration.name
    )
    return Version(
        policies,
        directory,
        properties,
        _digest([[*row] for row in connection.execute(set_up)]),
        _digest([[*row] for row in connection.execute(routed)]),
    )


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()[:32]


def _directory(connection: Connection) -> Directory:
    stored = stored_entries(connection)
    for (kind, name), reason in stored.unreadable.items():
        raise Unreadable(f"the {kind} {name}", reason)
    for (kind, name), entry in stored.readable.items():
        if has_unknown_fields(entry):
            raise Unreadable(f"the {kind} {name}", OF_A_NEWER_VERSION)
    return stored.directory


def _policies(connection: Connection) -> Mapping[str, ServicePolicy]:
    current = current_policies()
    query = select(current.c.service_id, current.c.policy).order_by(current.c.service_id)
    policies = {}
    for service_id, text in connection.execute(query):
        policies[service_id] = policy = SERVICE_POLICIES.decode(text, service_id)
        if has_unknown_fields(policy):
            raise Unreadable(service_id, OF_A_NEWER_VERSION)
    return policies


def _heartbeats(connection: Connection) -> Mapping[str, Heartbeat]:
    found = HeartbeatList(InTransaction(connection)).page(Names(), LARGEST_INT64)
    return {stored.heartbeat.name: stored.heartbeat for stored in found}


def _properties(connection: Connection) -> tuple[str, ...]:
    properties = SqlProperties(InTransaction(connection)).versioned().properties
    if has_unknown_fields(properties):
        raise Unreadable(STORED, OF_A_NEWER_VERSION)
    return properties.properties


def _integrations(connection: Connection) -> Mapping[str, IntegrationSetup]:
    columns = integrations.c
    query = select(columns.name, columns.protocol, columns.routing).order_by(columns.name)
    return {name: _setup(name, *rest) for name, *rest in connection.execute(query)}


def _setup(name: str, protocol: str, routing: str) -> IntegrationSetup:
    known = known_protocol(protocol)
    if known is None:
        raise Unreadable(f"the integration {name}", f"its protocol is {protocol!r}")
    try:
        return IntegrationSetup(name, known, Routing.model_validate_json(routing))
    except ValidationError as error:
        raise Unreadable(f"the integration {name}", OF_A_NEWER_VERSION) from error
