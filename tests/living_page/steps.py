"""Prints the step catalogue of Pager's own specification: `tox -e steps`."""

from importlib import import_module

from rich.console import Console

from acceptance.specification import chapters
from pager.testing.catalogue import catalogue
from pager.testing.catalogue_text import print_steps
from pager.testing.steps import pytest_plugins as shared

OUR_OWN = ("acceptance.steps", "acceptance.policy_steps", "acceptance.schedule_steps")

if __name__ == "__main__":
    for module in (*shared, *OUR_OWN):
        import_module(module)
    print_steps(Console(highlight=False), catalogue(chapters()))
