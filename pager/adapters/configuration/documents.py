"""The document of a whole configuration: the shape of the YAML files and of the API's JSON.

A kind that it does not name is left as it is on the server, and of a schedule so are the overrides.
A kind that it names is wholly what it says.
"""

from collections.abc import Callable, Mapping
from typing import Annotated, TypeVar

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    field_validator,
)
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from pager.adapters.configuration.fields import Document, IntegrationName, is_none
from pager.adapters.configuration.oncall_documents import PersonDocument, ScheduleDocument
from pager.adapters.configuration.policy_documents import (
    FallbackDocument,
    OwnPolicyDocument,
    PolicyDocument,
    ServiceDocument,
    UseDocument,
    service_document,
)
from pager.adapters.configuration.problems import WrongDocument, problems_of
from pager.adapters.configuration.sender_documents import HeartbeatDocument, IntegrationDocument
from pager.configuration.configuration import Configuration
from pager.configuration.managed import KINDS, Kind, Managed
from pager.configuration.problems import Problem
from pager.configuration.properties import Properties, Sentence
from pager.heartbeats import HeartbeatName
from pager.model import FALLBACK, ServiceId
from pager.oncall.directory import Directory
from pager.oncall.names import Name
from pager.oncall.policies import ServicePolicy
from pager.oncall.teams import Team

Entry = TypeVar("Entry")
T = TypeVar("T")
Wire = TypeVar("Wire")
Said = Annotated[T | None, Field(exclude_if=is_none)]
"""A kind of entries; None where it is not named, and left out of what is written."""


def _not_the_fallback(service_id: str) -> str:
    if service_id == FALLBACK:
        raise PydanticCustomError("fallback", "Write this one as the kind `fallback`.")
    return service_id


OneService = Annotated[ServiceId, AfterValidator(_not_the_fallback)]


def _without_null(schema: JsonDict) -> None:
    """A kind is left out, and never null: `ConfigurationDocument` refuses that."""
    kinds = schema["properties"]
    assert isinstance(kinds, dict)
    for name, kind in kinds.items():
        assert isinstance(kind, dict)
        options = kind.pop("anyOf")
        del kind["default"]
        assert isinstance(options, list)
        said = [option for option in options if option != {"type": "null"}]
        only = said[0] if len(said) == 1 else {"anyOf": said}
        assert isinstance(only, dict)
        kinds[name] = {**only, **kind}


class ConfigurationDocument(Document):
    """All that people set up, each entry under its name."""

    model_config = ConfigDict(json_schema_extra=_without_null)

    people: Said[Mapping[Name, PersonDocument]] = None
    teams: Said[Mapping[Name, tuple[Name, ...]]] = None
    """The people of each."""
    schedules: Said[Mapping[Name, ScheduleDocument]] = None
    policies: Said[Mapping[Name, PolicyDocument]] = None
    """Escalation Policies that services share."""
    services: Said[Mapping[OneService, ServiceDocument]] = None
    """The policy of each Monitored Service."""
    fallback: Said[FallbackDocument] = None
    """The policy of services that have none, or whose policy reaches nobody; `none` for none."""
    heartbeats: Said[Mapping[HeartbeatName, HeartbeatDocument]] = None
    integrations: Said[Mapping[IntegrationName, IntegrationDocument]] = None
    properties: Said[tuple[Sentence, ...]] = None
    """Sentences that have to hold at every moment, as `pager verify` reads them."""

    @field_validator("*")
    @classmethod
    def _something_is_said(cls, kind: T) -> T:
        # Whoever has taken out the last entry may mean that there is none, or that others stay.
        if kind is None:
            raise PydanticCustomError(
                "nothing", "Nothing is said: write {} for none, or leave it out."
            )
        return kind

    @property
    def managed(self) -> Managed:
        """What it says."""
        schedules = self.schedules or {}
        said = {name for name, one in schedules.items() if one.overrides is not None}
        return Managed(
            frozenset(kind for kind in KINDS if getattr(self, kind) is not None), frozenset(said)
        )


DOCUMENT = TypeAdapter(ConfigurationDocument)


def document_of(
    configuration: Configuration, managed: Managed | None = None
) -> ConfigurationDocument:
    """The document that says of a configuration what is managed: all kinds without overrides,
    unless it is said."""
    managed = managed or Managed()
    directory, policies = configuration.directory, configuration.policies
    services = {service_id: policies[service_id] for service_id in configuration.services}
    fallback = configuration.fallback
    kinds = {
        "people": _each(directory.people, PersonDocument.of),
        "teams": _each(directory.teams, lambda team: team.members),
        "schedules": _each(
            directory.schedules,
            lambda one: ScheduleDocument.of(one, overrides=one.name in managed.overrides),
        ),
        "policies": _each(directory.policies, PolicyDocument.of),
        "services": _each(services, service_document),
        "fallback": service_document(fallback) if fallback else "none",
        "heartbeats": _each(configuration.heartbeats, HeartbeatDocument.of),
        "integrations": _each(configuration.integrations, IntegrationDocument.of),
        "properties": configuration.properties,
    }
    return ConfigurationDocument.model_validate(
        {kind: said for kind, said in kinds.items() if kind in managed.kinds}
    )


def _each(entries: Mapping[str, Entry], wire: Callable[[Entry], Wire]) -> dict[str, Wire]:
    return {name: wire(entries[name]) for name in sorted(entries)}


def read(document: ConfigurationDocument) -> Configuration:
    """What the document says, as one value. Raises WrongDocument, which has all that is wrong.

    Whether there is whoever it names is not asked: `checks` does.
    """
    problems: list[Problem] = []

    def each(
        kind: Kind, entries: Mapping[str, Wire] | None, build: Callable[[Wire, str], Entry]
    ) -> dict[str, Entry]:
        built = {}
        for name, wire in (entries or {}).items():
            try:
                built[name] = build(wire, name)
            except ValidationError as error:
                place = (kind,) if kind == "fallback" else (kind, name)
                problems.extend(problems_of(error, place))
        return built

    directory = Directory(
        people=each("people", document.people, PersonDocument.entry),
        teams=each("teams", document.teams, _team),
        schedules=each("schedules", document.schedules, ScheduleDocument.entry),
        policies=each("policies", document.policies, PolicyDocument.entry),
    )
    policies = each("services", document.services, _service_policy)
    if not isinstance(document.fallback, str | None):
        policies |= each("fallback", {FALLBACK: document.fallback}, _service_policy)
    heartbeats = each("heartbeats", document.heartbeats, HeartbeatDocument.entry)
    integrations = each("integrations", document.integrations, IntegrationDocument.entry)
    try:
        properties = Properties(properties=document.properties or ()).properties
    except ValidationError as error:
        problems.extend(problems_of(error))
    if problems:
        raise WrongDocument(problems)
    return Configuration(directory, policies, heartbeats, integrations, properties)


def _team(members: tuple[str, ...], name: str) -> Team:
    return Team(name=name, members=members)


def _service_policy(wire: UseDocument | OwnPolicyDocument, service_id: str) -> ServicePolicy:
    return wire.entry(service_id)
