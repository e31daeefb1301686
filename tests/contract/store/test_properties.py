"""Properties in the store, on both databases."""

from functools import partial

import pytest
from sqlalchemy import Connection, insert

from pager.adapters.store.core.clock import database_clock
from pager.adapters.store.core.codecs import Unreadable
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.schema import property_edits
from pager.adapters.store.properties.properties import PropertiesChanged, SqlProperties
from pager.configuration.properties import Properties

WITHIN = Properties(properties=("somebody is reached within 10 minutes",))
BOTH = Properties(properties=(*WITHIN.properties, "no Level is empty"))


@pytest.fixture
def properties(either_database: Database) -> SqlProperties:
    """None yet."""
    return SqlProperties(either_database)


def test_properties_have_a_version(properties: SqlProperties) -> None:
    """0 before the first edit; a higher one after each, and the same where nothing changed."""
    assert properties.versioned() == (Properties(), 0)
    assert properties.put(Properties()) == 0
    first = properties.put(WITHIN, "ada", expected=0)
    assert properties.put(WITHIN, "grace", expected=first) == first
    second = properties.put(BOTH, "grace", expected=first)
    assert second > first
    assert properties.versioned() == (BOTH, second)
    with pytest.raises(PropertiesChanged, match=f"at version {second}, and this edit"):
        properties.put(WITHIN, expected=first)
    assert properties.versioned().sentences == BOTH.properties


def test_every_edit_of_properties_is_kept(properties: SqlProperties) -> None:
    """With its author and its note."""
    properties.put(BOTH, "ada", note="pager apply")
    properties.put(WITHIN, "grace")
    newest, oldest = properties.history(9)
    assert (newest.author, newest.properties, newest.note) == ("grace", WITHIN, "")
    assert (oldest.author, oldest.properties, oldest.note) == ("ada", BOTH, "pager apply")
    assert properties.history(9, before=newest.version) == [oldest]


def test_properties_of_a_newer_version(
    either_database: Database, properties: SqlProperties
) -> None:
    """Fields that are not known here are kept, and what cannot be read says so."""
    of_newer = '{"properties":["no Level is empty"],"severity":"high"}'
    for value in (of_newer, '["no Level is empty"]'):
        edit = insert(property_edits).values(edited_at=database_clock(), value=value)
        either_database.write(partial(Connection.execute, statement=edit))
        if value == of_newer:
            stored, version = properties.versioned()
            assert stored.properties == ("no Level is empty",)
            assert properties.put(stored) == version
    with pytest.raises(Unreadable, match="the properties"):
        properties.versioned()
    assert [edit.properties is None for edit in properties.history(9)] == [True, False]
