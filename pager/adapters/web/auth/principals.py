"""Principals: the program or the person that makes a request, and what each may do."""

from http import HTTPStatus
from typing import Annotated, NamedTuple

from fastapi import Depends, Request

from pager.access.roles import Role, includes
from pager.access.scopes import Action, KeyScope
from pager.adapters.web.problems import ProblemError, problem
from pager.errors import PagerError
from pager.messages import Acknowledgement


class NotSignedIn(PagerError):
    """Sign in first."""


class NotAllowed(PagerError):
    """This takes the role {needed}, and yours is {role}. Ask an administrator to change your \
role."""

    def __init__(self, needed: Role, role: str) -> None:
        """`role` is what the person has."""
        super().__init__(needed=needed, role=role)


class Program(NamedTuple):
    """A program that calls the API with a key."""

    author: str | None
    """The program's name in the journal; None where no key was needed."""
    scope: KeyScope

    def may(self, action: Action, service_id: str) -> bool:
        """Whether the key is good for `action` on that service."""
        return self.scope.covers(action, service_id)

    def check(self, action: Action, *service_ids: str) -> None:
        """Raises ProblemError (403) where the key is not good for `action` on one of them."""
        for service_id in service_ids:
            if not self.may(action, service_id):
                raise self._refusal(action, f"on {service_id!r}")

    def check_any(self, action: Action) -> None:
        """Raises ProblemError (403) where the key is good for `action` on no service at all."""
        if action not in self.scope.actions:
            raise self._refusal(action, "on any service")

    def check_all(self, action: Action) -> None:
        """Raises ProblemError (403) where the key is not good for `action` on every service."""
        if not self.scope.covers_all(action):
            raise self._refusal(action, "on every service")

    def _refusal(self, action: Action, where: str) -> ProblemError:
        detail = f"This API key is not good for {action!r} {where}."
        return ProblemError(problem(HTTPStatus.FORBIDDEN, detail))


class Person(NamedTuple):
    """Somebody who has signed in."""

    name: str
    """Of the account."""
    role: str
    """As in Account."""
    csrf: str
    """The CSRF token: it is in each form that the person is shown, and must come back."""

    def may(self, needed: Role) -> bool:
        """Whether the role is `needed` or a higher one."""
        return includes(self.role, needed)

    def check(self, needed: Role) -> None:
        """Raises NotAllowed where the role is lower than `needed`."""
        if not self.may(needed):
            raise NotAllowed(needed, self.role)


def person_of(request: Request) -> Person | None:
    """Who is signed in, if anybody."""
    person: Person | None = getattr(request.state, "person", None)
    return person


async def signed_in(request: Request) -> Person:
    """Who is signed in. Raises NotSignedIn."""
    person = person_of(request)
    if person is None:
        raise NotSignedIn
    return person


async def calling(request: Request) -> Program:
    """The program that makes the request, as the guard has authenticated it."""
    program: Program = request.state.program
    return program


async def linked(request: Request) -> Acknowledgement:
    """What the acknowledge link of the request stands for, as the guard has read it."""
    acknowledgement: Acknowledgement = request.state.acknowledgement
    return acknowledgement


Linked = Annotated[Acknowledgement, Depends(linked)]
SignedIn = Annotated[Person, Depends(signed_in)]
Calling = Annotated[Program, Depends(calling)]
