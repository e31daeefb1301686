"""Whose Target is whose: scenarios, tables and timelines name people instead of addresses."""

import re
from collections.abc import Mapping, Sequence

from pydantic import TypeAdapter, ValidationError

from pager.configuration.spelling import composed
from pager.model import EmailTarget, SmsTarget, Target
from pager.testing.expect import Unmet
from pager.testing.nouns import Channel

KINDS: Mapping[Channel, type[EmailTarget | SmsTarget]] = {
    Channel.EMAIL: EmailTarget,
    Channel.SMS: SmsTarget,
}
_TARGET: TypeAdapter[Target] = TypeAdapter(Target)


class AddressBook:
    """The people of a world, and how each of them is reached."""

    def __init__(self, people: Mapping[str, Sequence[Target]]) -> None:
        """The Targets of each, by name."""
        self.people = people
        self._named: dict[str, Target] = {}
        for person, targets in people.items():
            for target in targets:
                name = composed(f"{person} by {channel_of(target)}")
                self._named.setdefault(name, target)
        self._names = {
            target.key: f"{person} by {channel_of(target)}"
            for person, targets in people.items()
            for target in targets
        }

    def keys(self, person: str, channel: Channel | None = None) -> set[str]:
        """The keys of the Targets of that person: all of them, or those of one channel."""
        targets = self.people.get(person, ())
        return {target.key for target in targets if channel in (None, channel_of(target))}

    def name(self, key: str) -> str:
        """As in `Ada by e-mail`; the key itself where it is nobody's."""
        return self._names.get(key, key)

    def target(self, text: str) -> Target:
        """The one of that name, or with that address. Raises Unmet."""
        name = re.sub(r"(?i)(?<= by )e-?mail$", "e-mail", composed(text))
        name = re.sub(r"(?i)(?<= by )sms$", "SMS", name)
        if name in self._named:
            return self._named[name]
        field = {"address": text, "type": "email"}
        if text.startswith("+"):
            field = {"phone_number": text, "type": "sms"}
        try:
            return _TARGET.validate_python(field)
        except ValidationError:
            names = ", ".join(self._named) or "none"
            raise Unmet(f"“{text}” is no Target. There are: {names}.") from None

    def with_names(self, text: str) -> str:
        """The text, with people's names in the place of their keys."""
        for key, name in self._names.items():
            text = text.replace(key, name)
        return text


def channel_of(target: Target) -> Channel:
    """By which channel it is reached."""
    return Channel.EMAIL if isinstance(target, EmailTarget) else Channel.SMS
