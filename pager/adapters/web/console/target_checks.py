"""What is known of each Target of a policy: whether it is valid, and whether a page reaches it.

Only what is not valid stops a policy from being saved. All else is a warning or a hint: people know
addresses that Pager does not.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlencode

from pager.adapters.store.access.known_addresses import KnownAddresses, known_addresses
from pager.adapters.store.core.transactions import Readable
from pager.adapters.web.console.checks import SEVERITY, Check, CheckedTarget
from pager.adapters.web.console.draft import Draft
from pager.adapters.web.console.on_call_checks import OnCallChecks
from pager.adapters.web.console.text import AnyPolicy, address_of, key_of, kind_of
from pager.adapters.web.console.typed_targets import NO_NAMES, Names, is_phone_number
from pager.model import EmailTarget, SmsTarget, shortened
from pager.oncall.policies import PolicyTarget

LONGEST_SHOWN: Final = 80
"""Characters of a Target that is not valid."""


class Checks:
    """Checks Targets, with what is known of their addresses and of this server."""

    def __init__(
        self, known: KnownAddresses, set_up: Collection[str], names: Names = NO_NAMES
    ) -> None:
        """`set_up` are the channels through which this server sends pages.

        `names` are those that may be typed.
        """
        self._known = known
        self._set_up = set_up
        self._names = names
        self._on_call = OnCallChecks(names.directory, set_up, datetime.now(UTC))

    def of_texts(self, texts: Sequence[str]) -> list[CheckedTarget]:
        """Each Target of a Level as typed, the most severe first."""
        checked, seen = [], set[str]()
        for text in texts:
            target = self._names.target_of(text)
            if target is None:
                kind = "SMS" if is_phone_number(text) else "e-mail"
                kind = "" if self._names.what_is_wrong(text) else kind
                shown = shortened(text, LONGEST_SHOWN)
                checked.append(CheckedTarget(shown, kind, "", Check.INVALID))
                continue
            is_twice = key_of(target) in seen
            seen.add(key_of(target))
            checked.append(self.of(target, Check.TWICE if is_twice else None))
        return sorted(checked, key=lambda target: SEVERITY.index(target.check))

    def all_of(self, policy: AnyPolicy) -> list[CheckedTarget]:
        """Every Target of the policy, in order."""
        return [self.of(target) for level in policy.levels for target in level.targets]

    def of(self, target: PolicyTarget, check: Check | None = None) -> CheckedTarget:
        """A valid Target; `check` is what is known of it already."""
        if not isinstance(target, EmailTarget | SmsTarget):
            return self._on_call.of(target, check)
        check = check or self._check(target)
        path = f"/console/policies?{urlencode({'target': target.key})}"
        return CheckedTarget(address_of(target), kind_of(target), target.key, check, path)

    def _check(self, target: EmailTarget | SmsTarget) -> Check:
        if target.type not in self._set_up:
            return Check.NOT_SET_UP
        if not isinstance(target, EmailTarget) or not self._known.are_names:
            return Check.GOOD
        if target.key in self._known.accounts:
            return Check.GOOD
        return Check.REMOVED if target.key in self._known.removed else Check.UNKNOWN


def checks_of_draft(
    database: Readable, set_up: Collection[str], draft: Draft, names: Names = NO_NAMES
) -> Checks:
    """The checks of the Targets of a draft."""
    texts = {text for level in draft.levels for text in level.target_texts(names)}
    return checks(database, set_up, filter(None, map(names.target_of, texts)), names)


def checks_of_policy(
    database: Readable,
    set_up: Collection[str],
    policy: AnyPolicy | None,
    names: Names = NO_NAMES,
) -> Checks:
    """The checks of the Targets of a policy."""
    levels = policy.levels if policy else ()
    targets = (target for level in levels for target in level.targets)
    return checks(database, set_up, targets, names)


def checks(
    database: Readable,
    set_up: Collection[str],
    targets: Iterable[PolicyTarget],
    names: Names = NO_NAMES,
) -> Checks:
    """The checks of these Targets."""
    addresses = {target.key for target in targets if isinstance(target, EmailTarget)}
    return Checks(known_addresses(database, addresses), set_up, names)
