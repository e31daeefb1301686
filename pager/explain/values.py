"""What an explanation says. It is also what the API sends."""

from datetime import datetime

from pydantic import ConfigDict

from pager.model import Value


class _Said(Value):
    model_config = ConfigDict(use_attribute_docstrings=True)


class Told(_Said):
    """A page to one address or number, and why it is sent there."""

    target: str
    """The e-mail address or the phone number."""
    person: str | None
    """Whose it is; null where a Level names the address itself, and nobody has it."""
    because: tuple[str, ...] = ()
    """Why, in sentences: from the Level of the policy to the contact method. Empty where it is not
    known, and of an incident with very many pages."""
    outcome: str = ""
    """What became of the page, where it was really sent; empty where it is rehearsed."""


class ExplainedStep(_Said):
    """A moment of the incident at which something happens."""

    at: datetime
    level: int
    """The Level that was told last, as its policy numbers it; 0 where none was yet."""
    what: str
    """What happens, in words."""
    told: tuple[Told, ...] = ()
    gaps: tuple[str, ...] = ()
    """Whom the policy names and does not reach at this moment."""


class Explanation(_Said):
    """Who is told of an incident of a service, when and why; and why somebody is not."""

    service_id: str
    at: datetime
    """The moment that was asked for."""
    time_zone: str
    """In which moments are to be shown: that of the first schedule, or the one that was asked for.
    """
    incident: int | None
    """The incident that was running then; null where there was none, and an Alert is rehearsed."""
    summary: str
    """What is told: a real incident, or a rehearsed one."""
    policy: tuple[str, ...]
    """Which policy counts, and why, in sentences."""
    steps: tuple[ExplainedStep, ...]
    """In order. Empty where an Alert is refused, because nobody would be told."""
    person: str | None = None
    """The person who was asked about."""
    answer: tuple[str, ...] = ()
    """Why that person is told, or is not, in sentences: the decisive one comes first."""
