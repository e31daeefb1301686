"""Where what is set up is written, as explanations say it."""

from pathlib import Path

import pytest

from pager.adapters.configuration.files import read_folder
from pager.adapters.configuration.sources import FileSources
from pager.model import FALLBACK

WRITTEN = """\
people:
  Ada: {}
teams:
  Database: [Ada]
schedules:
  Database:
    time_zone: Europe/Paris
    overrides:
      - {person: Ada, starts_at: 2027-01-18T09:00:00Z, ends_at: 2027-01-18T10:00:00Z}
      - {person: Ada, starts_at: 2027-01-19T09:00:00Z, ends_at: 2027-01-19T10:00:00Z}
policies:
  Database:
    levels: [{targets: [{team: Database}]}]
services:
  orders-db: {uses: Database}
fallback: {uses: Database}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one file."""
    (tmp_path / "pager.yaml").write_text(WRITTEN, encoding="utf-8")
    return tmp_path


def test_each_entry_and_policy_has_a_file_and_a_line(folder: Path) -> None:
    """Also the fallback, and each override of a schedule."""
    read = read_folder(folder)
    sources, directory = FileSources(read), read.configuration.directory
    entries = [sources.of_entry(entry) for entry in directory.entries]
    assert entries == ["pager.yaml:2", "pager.yaml:4", "pager.yaml:6", "pager.yaml:12"]
    assert sources.of_policy("orders-db") == "pager.yaml:15"
    assert sources.of_policy(FALLBACK) == "pager.yaml:16"
    schedule = directory.schedules["Database"]
    overrides = [sources.of_override(schedule, override) for override in schedule.overrides]
    assert overrides == ["pager.yaml:9", "pager.yaml:10"]


def test_files_know_no_marks(folder: Path) -> None:
    """Whether a contact method is verified is not written in them."""
    assert not FileSources(read_folder(folder)).has_marks
