"""Rate limits: how many test pages may be sent, to one Target and in all."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import NamedTuple

from pager.durations import in_words
from pager.errors import PagerError


class RateLimit(NamedTuple):
    """At most so many within a sliding window."""

    most: int
    within: timedelta

    def wait(self, ages: Iterable[timedelta]) -> timedelta:
        """How long until there may be one more; zero if there may be one now.

        `ages` say how long ago each of those before was, in any order.
        """
        newest = sorted(ages)[: self.most]
        if len(newest) < self.most:
            return timedelta(0)
        return max(self.within - newest[-1], timedelta(0))


WINDOW = timedelta(minutes=1)
"""Test pages that are older do not count."""

TEST_PAGES_TO_ONE = RateLimit(1, WINDOW)
"""To the same Target."""

TEST_PAGES_IN_ALL = RateLimit(10, WINDOW)
"""To all Targets together."""


class TooManyTestPages(PagerError):
    """There may be {to_one} test page to a Target and {most} in all within {span}: nothing was \
sent, try again in {retry_after}."""

    def __init__(self, retry_after: timedelta) -> None:
        """`retry_after` is when there may be another; shown in whole seconds, rounded up."""
        self.retry_after = timedelta(seconds=-(-retry_after // timedelta(seconds=1)))
        super().__init__(
            to_one=TEST_PAGES_TO_ONE.most,
            most=TEST_PAGES_IN_ALL.most,
            span=in_words(WINDOW),
            retry_after=in_words(self.retry_after),
        )


def check_test_page(target: str, earlier: Sequence[tuple[str, timedelta]]) -> None:
    """Check that a test page to `target` may be sent now. Raises TooManyTestPages.

    `earlier` are the test pages within the WINDOW before: to which Target, and how long ago.
    """
    wait = max(
        TEST_PAGES_IN_ALL.wait(age for _, age in earlier),
        TEST_PAGES_TO_ONE.wait(age for key, age in earlier if key == target),
    )
    if wait:
        raise TooManyTestPages(wait)
