"""The rule of each request: what kind its route is, who may use it, how it is admitted.

The rules are in one table, `routes`. A request's path is matched once, by the `pipeline`;
admission control, the guard and the error answers read the rule that it found.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from starlette.types import Scope

from pager.access.integrations import ProtocolName
from pager.access.roles import Role
from pager.access.scopes import Action

Kind = Literal[
    "api", "ping", "intake", "callback", "feed", "health", "docs", "static", "console", "link"
]
"""Who a route is for: programs ("api"), jobs that ping a heartbeat, whose bodies are not read
("ping"), monitors that speak a protocol of their own ("intake"), providers that report deliveries
("callback"), calendar programs ("feed"), whatever watches Pager itself ("health"), readers of the
documentation ("docs"), browsers that fetch a file ("static"), people with an account ("console"),
people with an acknowledge link ("link")."""

Admission = Literal[
    "link",
    "acknowledge",
    "flood",
    "enqueue",
    "heartbeat",
    "api",
    "configuration",
    "console",
    "stranger",
    "callback",
    "feed",
    "always",
]
"""The group in which admission control counts a request; "always" is never refused."""


@dataclass(frozen=True, slots=True)
class NeedsKey:
    """Takes an API key whose scope has `action`, on one service at least."""

    action: Action | None = None
    """None: any key."""
    in_query: bool = False
    """Whether the key may be in the query as `token`, for what can send no header."""


@dataclass(frozen=True, slots=True)
class NeedsIntegration:
    """Takes the key of an integration of one of these protocols.

    It is in the path, in the Authorization header, or in the query as `token`.
    """

    protocols: tuple[ProtocolName, ...]
    """An error before the key is read has the shape of the first."""


@dataclass(frozen=True, slots=True)
class NeedsKeyInBody:
    """Takes the key of an integration of that protocol in the body: the endpoint reads it."""

    protocol: ProtocolName


@dataclass(frozen=True, slots=True)
class NeedsAccount:
    """Takes a person who is signed in, with this role or a higher one."""

    role: Role


@dataclass(frozen=True, slots=True)
class NeedsLink:
    """Takes the token of a link that was sent with a page, in the path."""


@dataclass(frozen=True, slots=True)
class NeedsCallback:
    """Takes the token of a URL that a provider was given for its reports, in the path."""


@dataclass(frozen=True, slots=True)
class NeedsFeed:
    """Takes the token of a calendar feed, in the path."""


@dataclass(frozen=True, slots=True)
class Open:
    """Takes no authentication."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What kind a route is, who may use it, and how it is admitted."""

    kind: Kind
    access: (
        NeedsKey
        | NeedsIntegration
        | NeedsKeyInBody
        | NeedsAccount
        | NeedsLink
        | NeedsCallback
        | NeedsFeed
        | Open
    )
    admission: Admission = "always"
    """By default for what costs little: it is answered at once."""
    refuses_in: ProtocolName | None = None
    """The protocol in whose shape an error is answered, where `access` names none."""

    @property
    def is_for_people(self) -> bool:
        """Whether an error is answered with a page; otherwise with problem details."""
        return self.kind in {"console", "link"}

    @property
    def for_other_methods(self) -> "Rule":
        """The rule for methods that the route does not have: they are answered with 405."""
        access = NeedsKey() if isinstance(self.access, NeedsKey) else Open()
        return replace(self, access=access, admission="always", refuses_in=self.protocol)

    @property
    def may_be_cut(self) -> bool:
        """Whether the body may be too large, and is read without its middle then.

        An Alert is taken in whichever form it comes.
        """
        return self.admission in {"flood", "enqueue"}

    @property
    def protocol(self) -> ProtocolName | None:
        """The protocol in whose shape an error is answered; None for problem details."""
        match self.access:
            case NeedsIntegration(protocols):
                return protocols[0]
            case NeedsKeyInBody(protocol):
                return protocol
            case _:
                return self.refuses_in


UNKNOWN = Rule("api", NeedsKey())
"""The rule of an unknown path. It takes an API key: strangers cannot find out which paths exist."""


class Row(NamedTuple):
    """A path, and its rule."""

    path: re.Pattern[str]
    methods: frozenset[str]
    """The methods of the rule; empty: all of them."""
    rule: Rule


class Found(NamedTuple):
    """What is known of the route of a request."""

    rule: Rule
    parameters: Mapping[str, str]
    """Of the path: such as service_id."""
    is_routed: bool
    """Whether there is an endpoint that answers it."""


_NOT_FOUND = Found(UNKNOWN, {}, is_routed=False)


class Rules:
    """The rule of each request."""

    def __init__(self, routes: Sequence[Row], unrouted: Sequence[Row] = ()) -> None:
        """`routes` in the order in which Starlette tries them; `unrouted` paths have no route."""
        self._routes = [(*row, row.rule.for_other_methods) for row in routes]
        self._unrouted = unrouted
        self._without_parameters: dict[tuple[str, str], Found] = {}

    def find(self, method: str, path: str) -> Found:
        """The rule of the route that Starlette chooses for the request, by the same algorithm."""
        known = self._without_parameters.get((method, path))
        if known is not None:
            return known
        found = self._find(method, path)
        if found.is_routed and not found.parameters:  # there are as many as routes
            self._without_parameters[method, path] = found
        return found

    def _find(self, method: str, path: str) -> Found:
        partial: Rule | None = None
        for pattern, methods, rule, for_other_methods in self._routes:
            if (match := pattern.match(path)) is not None:
                if not methods or method in methods:
                    return Found(rule, match.groupdict(), is_routed=True)
                partial = partial or for_other_methods
        return Found(partial or self._find_unrouted(path), {}, is_routed=False)

    def _find_unrouted(self, path: str) -> Rule:
        for row in self._unrouted:
            if row.path.match(path):
                return row.rule
        return UNKNOWN


def rule_of(scope: Scope) -> Rule:
    """The rule that the pipeline found for the request; UNKNOWN where it did not run."""
    return found_of(scope).rule


def found_of(scope: Scope) -> Found:
    """What the pipeline found for the request; UNKNOWN where it did not run."""
    found: Found = scope.get("state", {}).get("found", _NOT_FOUND)
    return found
