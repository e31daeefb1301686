"""What is known of each Target of a policy: whether it is valid, and whether a page reaches it.

Only what is not valid stops a policy from being saved. All else is a warning or a hint: people know
addresses that Pager does not.
"""

from collections.abc import Collection, Iterable, Sequence
from enum import Enum
from typing import NamedTuple

from pager.adapters.store.access.known_addresses import KnownAddresses, known_addresses
from pager.adapters.store.core.transactions import Readable
from pager.adapters.web.console.draft import Draft, is_phone_number, target_of
from pager.adapters.web.console.text import address_of, kind_of
from pager.model import EmailTarget, EscalationPolicy, Target, shortened

LONGEST_SHOWN = 80
"""Characters of a Target that is not valid."""


class Check(Enum):
    """The result of a check, the most severe first."""

    INVALID = "✗ not valid"
    TWICE = "✗ twice on this level"
    NOT_SET_UP = "⚠ not set up"
    REMOVED = "⚠ its account was removed"
    UNKNOWN = "? nobody's account"
    GOOD = "✓"

    @property
    def is_error(self) -> bool:
        """Whether the policy cannot be saved with it."""
        return self in {Check.INVALID, Check.TWICE}

    @property
    def style(self) -> str:
        """The class of its text on a page."""
        if self is Check.GOOD:
            return "tick"
        return "warn" if self in {Check.NOT_SET_UP, Check.REMOVED} else ""


SEVERITY = list(Check)


class CheckedTarget(NamedTuple):
    """A Target, and what is known of it."""

    text: str
    """As it was typed, where it is not valid."""
    kind: str
    key: str
    """"" where it is not valid."""
    check: Check


class Checks:
    """Checks Targets, with what is known of their addresses and of this server."""

    def __init__(self, known: KnownAddresses, set_up: Collection[str]) -> None:
        """`set_up` are the channels through which this server sends pages."""
        self._known = known
        self._set_up = set_up

    def of_texts(self, texts: Sequence[str]) -> list[CheckedTarget]:
        """Each Target of a Level as typed, the most severe first."""
        checked, seen = [], set[str]()
        for text in texts:
            target = target_of(text)
            if target is None:
                kind = "SMS" if is_phone_number(text) else "e-mail"
                shown = shortened(text, LONGEST_SHOWN)
                checked.append(CheckedTarget(shown, kind, "", Check.INVALID))
                continue
            is_twice = target.key in seen
            seen.add(target.key)
            checked.append(self.of(target, Check.TWICE if is_twice else None))
        return sorted(checked, key=lambda target: SEVERITY.index(target.check))

    def all_of(self, policy: EscalationPolicy) -> list[CheckedTarget]:
        """Every Target of the policy, in order."""
        return [self.of(target) for level in policy.levels for target in level.targets]

    def of(self, target: Target, check: Check | None = None) -> CheckedTarget:
        """A valid Target; `check` is what is known of it already."""
        check = check or self._check(target)
        return CheckedTarget(address_of(target), kind_of(target), target.key, check)

    def _check(self, target: Target) -> Check:
        if target.type not in self._set_up:
            return Check.NOT_SET_UP
        if not isinstance(target, EmailTarget) or not self._known.are_names:
            return Check.GOOD
        if target.key in self._known.accounts:
            return Check.GOOD
        return Check.REMOVED if target.key in self._known.removed else Check.UNKNOWN


def checks_of_draft(database: Readable, set_up: Collection[str], draft: Draft) -> Checks:
    """The checks of the Targets of a draft."""
    texts = {text for level in draft.levels for text in level.target_texts}
    return checks(database, set_up, filter(None, map(target_of, texts)))


def checks_of_policy(
    database: Readable, set_up: Collection[str], policy: EscalationPolicy | None
) -> Checks:
    """The checks of the Targets of a policy."""
    levels = policy.levels if policy else ()
    return checks(database, set_up, (target for level in levels for target in level.targets))


def checks(database: Readable, set_up: Collection[str], targets: Iterable[Target]) -> Checks:
    """The checks of these Targets."""
    addresses = {target.key for target in targets if isinstance(target, EmailTarget)}
    return Checks(known_addresses(database, addresses), set_up)
