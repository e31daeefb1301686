"""The test module of `pager verify` for the properties that stand in the files."""

import pytest

from pager.errors import PagerError
from pager.testing.expect import Unmet
from pager.testing.plugin import SUBJECT, Subject
from pager.testing.steps.properties import expect_to_hold
from pager.testing.team.world import address_book
from pager.verify import THIRTEEN_MONTHS, verify


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test for each property."""
    sentences = metafunc.config.stash[SUBJECT].configuration.properties
    metafunc.parametrize("sentence", sentences, ids=map(str, range(len(sentences))))


def test_property(sentence: str, subject: Subject) -> None:
    """It holds at every moment of thirteen months."""
    start = subject.starts_at
    try:
        [verdict] = verify(subject.configuration, [sentence], start, start + THIRTEEN_MONTHS)
    except PagerError as error:  # it names somebody who is not there
        raise Unmet(str(error)) from error
    book = address_book(subject.configuration.directory)
    expect_to_hold(verdict, book)
