"""The step catalogue as a pytest plugin, for the tests of a team's own on-call.

    pytest_plugins = ["pager.testing.plugin"]

in a conftest.py, and `scenarios("on-call.feature")` in a test module: the scenarios run against the
YAML files of the folder that `pager_configuration` names in the settings of pytest, from its root
on (the root itself, unless it is said).
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

import pytest

from pager.adapters.configuration.files import read_folder
from pager.adapters.configuration.texts import WrongFolder
from pager.configuration.configuration import Configuration
from pager.testing.sentences import VOCABULARY
from pager.testing.team.world import TeamWorld, names_of

pytest_plugins = [
    "pager.testing.running",
    "pager.testing.steps",
    "pager.testing.steps.properties",
]


class Subject(NamedTuple):
    """What is under test."""

    configuration: Configuration
    starts_at: datetime
    """The moment at which scenarios begin, unless they say when."""


SUBJECT = pytest.StashKey[Subject]()
"""Where whoever has read it already puts it, before the tests are run."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini("pager_configuration", "The folder of Pager's YAML files.", default=".")


@pytest.fixture(scope="session")
def subject(pytestconfig: pytest.Config) -> Subject:
    """What is under test; its names are those that steps may say."""
    found = pytestconfig.stash.get(SUBJECT, None) or _of_files(pytestconfig)
    VOCABULARY.use(names_of(found.configuration))
    return found


def _of_files(config: pytest.Config) -> Subject:
    folder = config.rootpath / config.getini("pager_configuration")
    try:
        return Subject(read_folder(folder).configuration, datetime.now(UTC))
    except WrongFolder as error:
        pytest.exit(str(error), returncode=pytest.ExitCode.USAGE_ERROR)


@pytest.fixture
def fresh_world(subject: Subject) -> Callable[[], TeamWorld]:
    """One more world of the same configuration."""
    return lambda: TeamWorld(*subject)


@pytest.fixture
def world(fresh_world: Callable[[], TeamWorld]) -> TeamWorld:
    """The world of a scenario."""
    return fresh_world()
