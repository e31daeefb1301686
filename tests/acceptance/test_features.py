"""Runs every scenario of every feature file; a new file is picked up by itself."""

import pytest
from pytest_bdd import scenarios

pytestmark = pytest.mark.usefixtures("world")  # so that `--store` can say over which

scenarios(".")
