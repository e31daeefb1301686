"""Shared policies, and the policies of single services, in a document."""

import operator
from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import Discriminator, Field, Tag

from pager.adapters.configuration.fields import Document, Duration, Fields, is_none
from pager.adapters.configuration.targets import (
    AddressDocument,
    TargetDocument,
    by_key,
    target_document,
)
from pager.model import EscalationPolicy
from pager.oncall.names import Name
from pager.oncall.policies import PolicyUse, ServicePolicy, SharedPolicy

_DELAY = timedelta(minutes=15)


class LevelDocument(Document):
    """One step of a shared policy."""

    targets: tuple[TargetDocument, ...]
    acknowledgement_delay: Duration = _DELAY
    """How long they have to acknowledge, before the next Level is notified."""


class OwnLevelDocument(Document):
    """One step of a policy that only one service has: it names addresses."""

    targets: tuple[AddressDocument, ...]
    acknowledgement_delay: Duration = _DELAY
    """How long they have to acknowledge, before the next Level is notified."""


class _AnyPolicyDocument(Document):
    """What a policy says besides its Levels."""

    repeat: Annotated[int, Field(exclude_if=operator.not_)] = 0
    """How many times it begins again after nobody has answered the last Level."""
    acknowledgement_expiry: Annotated[Duration | None, Field(exclude_if=is_none)] = None
    """How long an Acknowledgement is good for; left out: as long as the incident lasts."""

    @classmethod
    def of(cls, policy: SharedPolicy | EscalationPolicy) -> Self:
        """As the domain has it."""
        levels = tuple(
            {
                "targets": tuple(map(target_document, level.targets)),
                "acknowledgement_delay": level.acknowledgement_delay,
            }
            for level in policy.levels
        )
        return cls.model_validate(
            {
                "repeat": policy.repeat,
                "acknowledgement_expiry": policy.acknowledgement_expiry,
                "levels": levels,
            }
        )


class PolicyDocument(_AnyPolicyDocument):
    """An Escalation Policy with a name, for every service that uses it."""

    levels: tuple[LevelDocument, ...]

    def entry(self, name: str) -> SharedPolicy:
        """As the domain has it. Raises ValidationError."""
        return SharedPolicy.model_validate({**_fields(self), "name": name})


class OwnPolicyDocument(_AnyPolicyDocument):
    """A policy that only one service has."""

    levels: tuple[OwnLevelDocument, ...]

    def entry(self, service_id: str) -> EscalationPolicy:
        """As the domain has it. Raises ValidationError."""
        return EscalationPolicy.model_validate({**_fields(self), "service_id": service_id})


def _fields(document: PolicyDocument | OwnPolicyDocument) -> Fields:
    levels = tuple(
        {**dict(level), "targets": tuple(target.target for target in level.targets)}
        for level in document.levels
    )
    return {**dict(document), "levels": levels}


class UseDocument(Document):
    """A service uses a shared policy."""

    uses: Name
    """The name of the shared policy."""

    def entry(self, service_id: str) -> PolicyUse:
        """As the domain has it."""
        return PolicyUse(service_id=service_id, uses=self.uses)


ServiceDocument = Annotated[
    Annotated[UseDocument, Tag("/uses")] | Annotated[OwnPolicyDocument, Tag("/levels")],
    Discriminator(
        by_key("uses", "levels"),
        custom_error_type="service_policy",
        custom_error_message="A policy is expected: uses (the name of a shared one) or levels.",
    ),
]
"""The policy of one service."""

FallbackDocument = Annotated[
    Annotated[UseDocument, Tag("/uses")]
    | Annotated[OwnPolicyDocument, Tag("/levels")]
    | Annotated[Literal["none"], Tag("/none")],
    Discriminator(
        lambda value: "/none" if value == "none" else by_key("uses", "levels")(value),
        custom_error_type="fallback_policy",
        custom_error_message="A policy is expected: uses or levels; or none.",
    ),
]
"""The policy of services that have none, or whose policy reaches nobody; `none` for none."""


def service_document(policy: ServicePolicy) -> UseDocument | OwnPolicyDocument:
    """The policy of a service, as a document has it."""
    if isinstance(policy, PolicyUse):
        return UseDocument(uses=policy.uses)
    return OwnPolicyDocument.of(policy)
