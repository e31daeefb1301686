"""The test module of `pager verify`: every scenario in the folder that pytest-bdd was given."""

from pytest_bdd import scenarios

scenarios(".")
