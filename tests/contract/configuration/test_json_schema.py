"""The JSON Schema of configuration files: editors complete and check by it."""

import json
from pathlib import Path

import jsonschema_rs
import pytest
from click.testing import CliRunner
from hypothesis import given
from pydantic import JsonValue

from pager.adapters.configuration.documents import document_of
from pager.adapters.configuration.files import write_folder
from pager.adapters.configuration.json_schema import json_schema
from pager.cli import main
from pager.configuration.configuration import Configuration
from pager.configuration.managed import Managed, everything
from pager.oncall.directory import directory_of
from pager.oncall.people import Person
from unit.configuration.strategies import configurations

VALIDATOR = jsonschema_rs.Draft202012Validator(json_schema())


def test_it_is_a_schema() -> None:
    """By the rules of JSON Schema itself."""
    jsonschema_rs.meta.validate(json_schema())


@pytest.mark.proof
@given(configurations())
def test_every_document_is_right_by_it(configuration: Configuration) -> None:
    """Whatever Pager writes."""
    document = document_of(configuration, everything(configuration))
    assert not [str(error) for error in VALIDATOR.iter_errors(document.model_dump(mode="json"))]


@pytest.mark.parametrize(
    "document",
    [
        {"pepole": {}},
        {"people": None},
        {"people": {"Ada": {"contact_methods": [{"sms": 33612345678}]}}},
        {"people": {"Ada": {"contact_methods": [{"phone": "+33612345678"}]}}},
        {"teams": {"Database/x": []}},
        {"schedules": {"Database": {}}},
        {"services": {"orders-db": {"levels": [{"targets": [{"person": "Ada"}]}]}}},
        {"heartbeats": {"nightly": {"service": "orders-db", "interval": 600}}},
        {"heartbeats": {"nightly": {"service": "orders-db", "interval": "600"}}},
    ],
)
def test_what_is_wrong_at_a_glance_is_wrong_by_it(document: JsonValue) -> None:
    """As the files are read, so does the editor say it."""
    assert not VALIDATOR.is_valid(document)


def test_it_is_printed() -> None:
    """`pager schema`."""
    result = CliRunner().invoke(main, ["schema"])
    assert result.exit_code == 0
    assert json.loads(result.output) == json_schema()


def test_it_is_written_beside_the_files(tmp_path: Path) -> None:
    """So that an editor finds it without a network."""
    people = Configuration(directory_of([Person(name="Ada")]))
    write_folder(tmp_path, people, Managed(frozenset({"people"})))
    first, *_ = (tmp_path / "people.yaml").read_text().splitlines()
    file = first.removeprefix("# yaml-language-server: $schema=")
    assert json.loads((tmp_path / file).read_text()) == json_schema()
