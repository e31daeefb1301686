"""The test module of `pager verify` for the properties that stand in the files."""

from collections.abc import Callable
from functools import cache

import pytest

from pager.errors import PagerError
from pager.testing.expect import Unmet
from pager.testing.plugin import SUBJECT, Subject
from pager.testing.steps.properties import expect_to_hold, why_not_verified
from pager.testing.team.world import address_book
from pager.verify import THIRTEEN_MONTHS, Outlook, read_property, verdict


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test for each property."""
    sentences = metafunc.config.stash[SUBJECT].configuration.properties
    metafunc.parametrize("sentence", sentences, ids=map(str, range(len(sentences))))


@pytest.fixture(scope="module")
def ahead(pytestconfig: pytest.Config) -> Callable[[], Outlook]:
    """The thirteen months from the start, which are computed once for all properties."""
    configuration, start = pytestconfig.stash[SUBJECT]
    return cache(lambda: Outlook(configuration, start, start + THIRTEEN_MONTHS))


def test_property(sentence: str, subject: Subject, ahead: Callable[[], Outlook]) -> None:
    """It holds at every moment of thirteen months."""
    try:
        found = verdict(ahead(), read_property(sentence))
    except PagerError as error:  # it names somebody who is not there
        raise Unmet(why_not_verified(error, subject.configuration)) from error
    book = address_book(subject.configuration.directory)
    expect_to_hold(found, book)
