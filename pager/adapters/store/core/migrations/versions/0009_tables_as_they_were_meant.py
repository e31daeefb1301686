"""Revisions 0002 and 0003 were edited after they were written: what the first ones made is mended.

A database of that time has a table `attempts` with a number of its own, no column `outbox.version`
(so that every write failed), or `api_keys` that gives a number a second time. One that was made by
0002 and 0003 as they are now stays as it is.
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Mend what is not as it was meant."""
    connection = op.get_bind()
    inspector = sa.inspect(connection)
    if "id" in {column["name"] for column in inspector.get_columns("attempts")}:
        _remake_attempts()
    if "version" not in {column["name"] for column in inspector.get_columns("outbox")}:
        new = sa.Column("version", sa.BigInteger, nullable=False, server_default="0")
        op.add_column("outbox", new)
        _set_versions(connection)
    if connection.dialect.name == "sqlite":
        text = sa.text("SELECT sql FROM sqlite_master WHERE name = 'api_keys'")
        if "AUTOINCREMENT" not in str(connection.scalar(text)).upper():
            _remake_api_keys()


def _remake_attempts() -> None:
    """The same attempts, by effect and number; of two with the same number, the last one."""
    op.rename_table("attempts", "old_attempts")
    op.drop_index("attempts_effect", "old_attempts")
    op.drop_index("attempts_ended_at", "old_attempts")
    if op.get_bind().dialect.name == "postgresql":
        # Names of indexes are unique in the whole database, and the new table needs this one.
        op.execute("ALTER INDEX attempts_pkey RENAME TO old_attempts_pkey")
    op.create_table(
        "attempts",
        sa.Column("effect", _Id, sa.ForeignKey("outbox.id", name="attempts_effect")),
        sa.Column("attempt", sa.Integer, autoincrement=False),
        sa.Column("ended_at", sa.BigInteger, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("retry_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("effect", "attempt"),
    )
    op.create_index("attempts_ended_at", "attempts", ["ended_at"])
    columns = "effect, attempt, ended_at, status, detail, retry_at"
    op.execute(
        f"INSERT INTO attempts ({columns}) SELECT {columns} FROM old_attempts WHERE id IN "  # noqa: S608 - our own names
        "(SELECT max(id) FROM old_attempts GROUP BY effect, attempt)"
    )
    op.drop_table("old_attempts")


def _set_versions(connection: sa.Connection) -> None:
    """Give each effect the version of its decision: the first one that reached its Level."""
    decisions = sa.table(
        "decisions", *map(sa.column, ("service_id", "version", "incident", "after"))
    )
    outbox = sa.table(
        "outbox", *map(sa.column, ("service_id", "incident", "effect", "id", "version"))
    )
    reached: dict[tuple[str, int, int], int] = {}
    for row in connection.execute(sa.select(decisions).order_by(decisions.c.version)):
        level = json.loads(row.after).get("level")
        if level is not None:
            reached.setdefault((row.service_id, row.incident, level), row.version)
    for row in connection.execute(sa.select(outbox)).all():
        step = (row.service_id, row.incident, json.loads(row.effect)["level"])
        if step in reached:
            change = sa.update(outbox).where(outbox.c.id == row.id)
            connection.execute(change.values(version=reached[step]))


def _remake_api_keys() -> None:
    """The same keys, in a table that gives no number a second time."""
    op.rename_table("api_keys", "old_api_keys")
    op.create_table(
        "api_keys",
        sa.Column("id", _Id, primary_key=True, autoincrement=True),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("secret_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("used_at", sa.BigInteger),
        sqlite_autoincrement=True,
    )
    columns = "id, name, secret_hash, scope, created_by, created_at, used_at"
    op.execute(f"INSERT INTO api_keys ({columns}) SELECT {columns} FROM old_api_keys")  # noqa: S608 - our own names
    op.drop_table("old_api_keys")
