"""Runs every scenario of every feature file; a new file is picked up by itself."""

from pytest_bdd import scenarios

scenarios(".")
