"""Integrations: each is the key of one sender, in the sender's protocol, and finds the service.

A sender knows nothing of Pager's services. So its integration names the service, or says which
field of the sender's events names it, and which of the sender's names is which service.
"""

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from typing import Annotated, Literal, NamedTuple, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from pager.access.json_paths import JsonPath
from pager.access.names import LONGEST_NAME, BadGivenName, given_name
from pager.counted import counted
from pager.model import ServiceId, shortened

ProtocolName = Literal[
    "alertmanager",
    "cloudevents",
    "email",
    "goalert",
    "grafana",
    "grafana-oncall",
    "opsgenie",
    "pagerduty",
    "uptime-kuma",
    "webhook",
]
"""The protocols that Pager understands; "webhook" is any JSON, whose fields are found by paths."""

PROTOCOLS: tuple[ProtocolName, ...] = get_args(ProtocolName)


def known_protocol(name: str) -> ProtocolName | None:
    """The protocol of that name; None where this version of Pager knows none."""
    return next((protocol for protocol in PROTOCOLS if protocol == name), None)


MOST_NAMES = 1_000
"""Names of a sender that one integration can map."""

FieldName = Annotated[str, StringConstraints(max_length=255, pattern=r"\S")]
SenderName = Annotated[str, StringConstraints(min_length=1, max_length=500)]

_SERVICE_ID = TypeAdapter(ServiceId)


MOST_RESOLVED_VALUES = 20

StateValue = Annotated[str, StringConstraints(min_length=1, max_length=100, strip_whitespace=True)]


class PayloadPaths(BaseModel):
    """Where the JSON of a sender says what. Where no path is set, usual names are looked for."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    title: JsonPath | None = None
    """What is wrong, in a line."""
    text: JsonPath | None = None
    """What else there is to say."""
    dedup_key: JsonPath | None = None
    """What the sender calls the trouble."""
    state: JsonPath | None = None
    """Whether the trouble is over."""
    resolved: Annotated[tuple[StateValue, ...], Field(max_length=MOST_RESOLVED_VALUES)] = ()
    """The values of `state` that mean so, in any case; none: usual ones."""


class Routing(BaseModel):
    """Which Monitored Service an event of a sender is about."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    service_id: ServiceId
    """The service; where `field` is set, the fallback for events that name none that is known."""
    field: FieldName | None = None
    """The label or field that names the service; None: all events are about `service_id`."""
    names: Annotated[Mapping[SenderName, ServiceId], Field(max_length=MOST_NAMES)] = {}
    """What the sender calls services. Other names must be an id of a service as they are."""
    paths: Annotated[PayloadPaths | None, Field(exclude_if=operator.not_)] = None
    """Of the protocol "webhook"; `field` is a path there, too."""

    def service_of(self, fields: Mapping[str, str]) -> str:
        """The service that an event with these fields is about."""
        if self.field is None:
            return self.service_id
        name = fields.get(self.field, "")
        for known in (name, name.strip()):
            if known in self.names:
                return self.names[known]
        try:
            return _SERVICE_ID.validate_python(name.strip())
        except ValidationError:
            return self.service_id

    @property
    def reaches(self) -> frozenset[str] | None:
        """The services that events can be about; None: all, because the events name them."""
        return frozenset({self.service_id}) if self.field is None else None

    @property
    def in_words(self) -> str:
        """How the service is found, for the audit log."""
        if self.field is None:
            return self.service_id
        names = f" ({counted(len(self.names), 'name')} mapped)" if self.names else ""
        return f"by the field {self.field!r}{names}, otherwise {self.service_id}"


class BadIntegrationName(BadGivenName):
    """Give the integration a name of 1 to {longest} characters that says who sends{without}."""


def integration_name(text: str) -> str:
    """The name that `text` stands for, without spaces around it. Raises BadIntegrationName."""
    return given_name(text, BadIntegrationName)


def names_to_try(protocol: ProtocolName, service_id: str) -> Iterator[str]:
    """Names for an integration that was given none, until one is free."""
    name = shortened(f"{protocol} for {service_id}", LONGEST_NAME - 10)
    yield name
    yield from (f"{name} {number}" for number in count(2))


KEY = re.compile(r"[0-9a-f]{32}")
"""How the key of an integration looks: some clients take no other than 32 characters."""

_KEY_IN_A_TEXT = re.compile(r"[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}", re.IGNORECASE)


def sent_key(text: str) -> str | None:
    """The key that a client has sent, also in the form of a UUID, which some ask for; or None."""
    key = text.replace("-", "").lower()
    return key if KEY.fullmatch(key) else None


def without_keys(text: str, is_key: Callable[[str], bool] = lambda _key: True) -> str:
    """`text` with … in the place of whatever may be a key, and is one: for people to read."""

    def shown(found: re.Match[str]) -> str:
        return "…" if is_key(sent_key(found[0]) or "") else found[0]

    return _KEY_IN_A_TEXT.sub(shown, text)


LONGEST_ADDRESS = 320


def key_in_address(address: str) -> str:
    """The key in an address like KEY@example.com or pager+KEY@example.com; "" where there is none.

    Some mail servers and senders write addresses in capital letters.
    """
    local_part = address[:LONGEST_ADDRESS].rpartition("@")[0].lower()
    words = re.split(r"[^0-9a-z]", local_part)
    return next((word for word in words if KEY.fullmatch(word)), "")


def key_within(integration: str, dedup_key: str) -> str:
    """The dedup key of a trouble that the integration with that name has raised.

    Two Alertmanagers, each of a cluster of its own, give their groups the same names: what one of
    them resolves must not close what the other has raised.
    """
    return f"{integration}: {dedup_key}"


class Integration(NamedTuple):
    """One sender, as the key that it sends stands for it."""

    id: int
    name: str
    """For people; the journal names it as the author."""
    protocol: ProtocolName
    routing: Routing
    key_fingerprint: str = ""
    """Of its key; "" where the key was not sent."""

    @property
    def author(self) -> str:
        """Who has sent its events, as the journal says it."""
        return f"integration {self.name}"
