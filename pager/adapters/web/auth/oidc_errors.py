"""Why a single sign-on did not succeed: a sentence for the person, and a reason for the log."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
from authlib.integrations.httpx_client import OAuthError
from joserfc.errors import JoseError

from pager.errors import PagerError
from pager.model import shortened

LONGEST_REASON = 300
"""Characters."""


class SignOnFailed(PagerError):
    """Single sign-on did not succeed: {reason}"""

    def __init__(self, reason: str) -> None:
        """`reason` is for the log: it holds no secret, and may hold what a stranger has sent."""
        super().__init__(reason=reason)
        self.reason = reason


class SignOnExpired(SignOnFailed):
    """You began to sign in too long ago, or in another browser. Sign in again."""


class SignOnRefused(SignOnFailed):
    """Your single sign-on did not let you in. Try again. If it happens again, ask an \
administrator: the reason is in Pager's log."""


class ProviderUnavailable(SignOnFailed):
    """Your single sign-on does not answer. Try again in a minute, or sign in with a password."""


class InvalidIdToken(SignOnFailed):
    """Pager cannot trust what your single sign-on says about you, so you are not signed in. Ask \
an administrator: the reason is in Pager's log."""


@contextmanager
def errors_as_sign_on_failed() -> Iterator[None]:
    """Raise each error of the provider, or of its connection, as a SignOnFailed."""
    try:
        yield
    except (httpx2.HTTPError, TimeoutError) as error:
        raise ProviderUnavailable(reason_of(error)) from error
    except OAuthError as error:
        raise SignOnRefused(reason_of(error)) from error
    except (JoseError, ValueError, RecursionError) as error:
        raise InvalidIdToken(reason_of(error)) from error


def reason_of(cause: object) -> str:
    """A reason for the log: one line of ASCII, cut."""
    kind = f"{type(cause).__name__}: " if isinstance(cause, Exception) else ""
    return kind + shortened(ascii(str(cause)), LONGEST_REASON, "...")
