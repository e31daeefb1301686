"""What the server knows of a request before anything is done for it: the rule of its route.

The rules stand in one table, `routes`. A request's path is matched once, by the outermost
middleware; admission control, the guard and the error answers read the rule that it found.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from starlette.types import ASGIApp, Receive, Scope, Send

from pager.access.roles import Role
from pager.access.scopes import Action

Kind = Literal["api", "health", "docs", "static", "console", "link"]
"""Who a route is for: programs, monitors, readers of the documentation, browsers that fetch a file,
people who have an account ("console"), and whoever has an acknowledge link ("link")."""

Admission = Literal["flood", "stranger", "other", "always"]
"""Which requests are counted together by admission control; "always" is never refused."""


@dataclass(frozen=True, slots=True)
class NeedsKey:
    """An API key is needed: one that is good for `action`, on some service at least."""

    action: Action | None = None
    """None: any key."""


@dataclass(frozen=True, slots=True)
class NeedsAccount:
    """Somebody has to be signed in, with this role or a higher one."""

    role: Role


@dataclass(frozen=True, slots=True)
class Open:
    """Nobody is asked who they are."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What holds of a route."""

    kind: Kind
    access: NeedsKey | NeedsAccount | Open
    admission: Admission = "other"

    @property
    def is_for_people(self) -> bool:
        """Whether what goes wrong is answered with a page; otherwise with problem details."""
        return self.kind in {"console", "link"}

    @property
    def of_other_methods(self) -> "Rule":
        """The rule for methods that the route does not have: they are answered with 405."""
        access = NeedsKey() if isinstance(self.access, NeedsKey) else Open()
        return replace(self, access=access)


UNKNOWN = Rule("api", NeedsKey())
"""The rule of an unknown path: without an API key nobody learns whether there is anything."""


class Row(NamedTuple):
    """A path, and its rule."""

    path: re.Pattern[str]
    methods: frozenset[str]
    """The methods of the rule; empty: all of them."""
    rule: Rule


class Rules:
    """The rule of each request."""

    def __init__(self, routes: Sequence[Row], nowhere: Sequence[Row] = ()) -> None:
        """`routes` in the order in which Starlette tries them; `nowhere`: paths without a route."""
        self._routes = [(*row, row.rule.of_other_methods) for row in routes]
        self._nowhere = nowhere

    def find(self, method: str, path: str) -> Rule:
        """The rule of the route that Starlette chooses for the request, in the same way."""
        partial: Rule | None = None
        for pattern, methods, rule, of_other_methods in self._routes:
            if pattern.match(path):
                if not methods or method in methods:
                    return rule
                partial = partial or of_other_methods
        return partial or self._unrouted(path)

    def _unrouted(self, path: str) -> Rule:
        for row in self._nowhere:
            if row.path.match(path):
                return row.rule
        return UNKNOWN


class RuleFinder:
    """ASGI middleware: notes the rule of each request, for those who come after it."""

    def __init__(self, app: ASGIApp, rules: Rules) -> None:
        """`rules` are those of the application's routes."""
        self._app = app
        self._rules = rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Find the rule, and go on."""
        if scope["type"] == "http":
            rule = self._rules.find(scope["method"], scope["path"])
            scope.setdefault("state", {})["rule"] = rule
        await self._app(scope, receive, send)


def rule_of(scope: Scope) -> Rule:
    """The rule that was found for the request; UNKNOWN where nobody has looked for one."""
    rule: Rule = scope.get("state", {}).get("rule", UNKNOWN)
    return rule
