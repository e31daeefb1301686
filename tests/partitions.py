"""A PostgreSQL database whose big tables are hash-partitioned, as if spread over shards."""

from sqlalchemy import Connection, Table, UniqueConstraint

from databases import engine_of
from pager.adapters.store.core import schema

PARTITIONS = 4
BY_SERVICE = (
    schema.policy_edits,
    schema.monitored_services,
    schema.decisions,
    schema.outbox,
    schema.page_texts,
    schema.timers,
)
BY_EFFECT = (schema.attempts, schema.delivery_reports)


def partition(url: str) -> None:
    """Replace the tables of an empty database by partitioned ones.

    What stands in the way is taken away, and docs/scale.md lists it: a unique constraint must
    contain the column by which a table is partitioned, and nothing can refer to a part of one.
    """
    with engine_of(url) as engine, engine.begin() as connection:
        _drop_foreign_keys(connection)
        for table in BY_SERVICE:
            _replace(connection, table, "service_id")
        for table in BY_EFFECT:
            _replace(connection, table, "effect")


def _drop_foreign_keys(connection: Connection) -> None:
    """Those to tables whose primary key has another column now."""
    for table in schema.metadata.sorted_tables:
        for key in table.foreign_key_constraints:
            if key.referred_table in BY_SERVICE:
                _execute(connection, f"ALTER TABLE {table.name} DROP CONSTRAINT {key.name}")


def _replace(  # type: ignore[explicit-any]  # it is the default of Table's type parameter
    connection: Connection, table: Table, column: str
) -> None:
    name = table.name
    _execute(connection, f"ALTER TABLE {name} RENAME TO plain")
    for identity in (each for each in table.primary_key.columns if each.autoincrement is True):
        # It would go with the table that it belongs to.
        _execute(connection, f"ALTER SEQUENCE {name}_{identity.name}_seq OWNED BY NONE")
    _execute(
        connection,
        f"CREATE TABLE {name} (LIKE plain INCLUDING DEFAULTS) PARTITION BY HASH ({column})",
    )
    _execute(connection, "DROP TABLE plain")
    primary = [each.name for each in table.primary_key.columns]
    _execute(connection, f"ALTER TABLE {name} ADD PRIMARY KEY ({_with(column, primary)})")
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint):
            columns = _with(column, [each.name for each in constraint.columns])
            _execute(connection, f"ALTER TABLE {name} ADD UNIQUE ({columns})")
    for number in range(PARTITIONS):
        values = f"FOR VALUES WITH (MODULUS {PARTITIONS}, REMAINDER {number})"
        _execute(connection, f"CREATE TABLE {name}_{number} PARTITION OF {name} {values}")
    for index in table.indexes:
        index.create(connection)


def _with(column: str, columns: list[str]) -> str:
    return ", ".join(columns if column in columns else [column, *columns])


def _execute(connection: Connection, statement: str) -> None:
    connection.exec_driver_sql(statement)
