"""Where the databases differ: `sqlite` and `postgresql` each have all that is special to one."""

import re

from sqlalchemy import URL, ColumnElement, Compiled, Connection, Index, Table, make_url
from sqlalchemy.exc import ArgumentError

from pager.adapters.store.dialects.dialect import Dialect, Insert
from pager.adapters.store.dialects.postgresql import Postgresql
from pager.adapters.store.dialects.sqlite import Sqlite

EXPECTED_URL = "expected sqlite:///pager.db or postgresql+psycopg://user:password@host/name"

# By the name that SQLAlchemy has for each.
DIALECTS: dict[str, Dialect] = {"sqlite": Sqlite(), "postgresql": Postgresql()}


def database_url(text: str) -> URL:
    """The URL of a database that Pager can work on. Raises ValueError, which says what can be.

    Its message has nothing of the URL in it: a wrong one may have the password anywhere.
    """
    try:
        url = make_url(_with_one_host(text))
    except (ArgumentError, ValueError):  # not chained: it quotes what it could not read
        raise ValueError(EXPECTED_URL) from None
    # As Heroku and other platforms write it: postgres://…
    url = url.set(drivername=re.sub("^postgres(?=$|[+])", "postgresql", url.drivername))
    dialect = DIALECTS.get(url.get_backend_name())
    if dialect is None:
        raise ValueError(EXPECTED_URL)
    try:
        return dialect.check_url(url)
    except ValueError as error:
        raise ValueError(f"{error}; {EXPECTED_URL}") from error


def _with_one_host(text: str) -> str:
    """The URL as SQLAlchemy takes several hosts with ports: libpq has them separated by commas."""
    several = re.fullmatch(
        r"(\w[^:/]*://(?:[^@]*@)?)([^/?@]+:[^/?@]*,[^/?@]+)(/[^?]*)?(?:\?(.*))?", text
    )
    if several is None:
        return text
    start, hosts, path, query = several.groups(default="")
    options = [query, *(f"host={host}" for host in hosts.split(","))]
    return f"{start}{path}?{'&'.join(filter(None, options))}"


def dialect_of_url(url: URL) -> Dialect:
    """The dialect of the database that the URL leads to."""
    return DIALECTS[url.get_backend_name()]


def dialect_of(target: Connection | Compiled) -> Dialect:
    """The dialect of the database that is connected, or that a statement is compiled for."""
    return DIALECTS[target.dialect.name]


def partial_index(
    name: str, *columns: ColumnElement[str] | ColumnElement[int], where: ColumnElement[bool]
) -> Index:
    """An index of the rows in `where`."""
    return Index(name, *columns, sqlite_where=where, postgresql_where=where)


def insert_if_new(  # type: ignore[explicit-any]  # it is the default of Table's type parameter
    connection: Connection, table: Table
) -> Insert:
    """An INSERT that does nothing, and returns no row, where a row has the same key."""
    return dialect_of(connection).insert(table).on_conflict_do_nothing()
