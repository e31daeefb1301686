"""How long sessions and invitations last, and how often their use is noted."""

from datetime import timedelta

SESSION_IDLE = timedelta(days=3)
"""A session ends when it was not used for so long."""

SESSION_LONGEST = timedelta(days=14)
"""A session ends so long after its beginning, however it is used."""

INVITATION = timedelta(hours=24)
"""The link of an invitation works for so long."""

USE_NOTED_EVERY = timedelta(minutes=1)
"""The last use of a session or an API key is stored this often at most: a request must not wait for
a write, and a page that renews itself every few seconds must not cause one each time."""


def session_is_over(since_begun: timedelta, since_used: timedelta) -> bool:
    """Whether a session has ended by itself, so long after its beginning and its last use."""
    return since_begun >= SESSION_LONGEST or since_used >= SESSION_IDLE


def is_use_to_be_noted(since_noted: timedelta | None) -> bool:
    """Whether a use now is to be noted; `since_noted` is None if none was noted before."""
    return since_noted is None or since_noted >= USE_NOTED_EVERY
