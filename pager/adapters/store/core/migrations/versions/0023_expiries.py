"""A step may have two timers: its timeout, and the expiry of its Acknowledgement."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_KEY = ("service_id", "incident", "level", "is_expiry")


def upgrade() -> None:
    """Add the column, to the key, too; the timers that there are give timeouts.

    A node of an older version takes an expiry that it finds for a timeout, which changes nothing,
    and removes it: that Acknowledgement stays, as all did before.
    """
    column = sa.Column("is_expiry", sa.Boolean, nullable=False, server_default=sa.false())
    if op.get_bind().dialect.name == "postgresql":
        op.add_column("timers", column)
        op.drop_constraint("timers_pkey", "timers")
        op.create_primary_key("timers_pkey", "timers", list(_KEY))
        return
    op.rename_table("timers", "old_timers")
    op.drop_index("timers_due", "old_timers")
    op.create_table(
        "timers",
        sa.Column("service_id", sa.String(200)),
        sa.Column("incident", sa.BigInteger, autoincrement=False),
        sa.Column("level", sa.Integer, autoincrement=False),
        sa.Column("due_at", sa.BigInteger, nullable=False),
        sa.Column("unreachable", sa.Boolean, nullable=False, server_default=sa.false()),
        column,
        sa.PrimaryKeyConstraint(*_KEY),
    )
    op.create_index("timers_due", "timers", ["due_at"])
    columns = "service_id, incident, level, due_at, unreachable"
    op.execute(f"INSERT INTO timers ({columns}) SELECT {columns} FROM old_timers")  # noqa: S608 - our own names
    op.drop_table("old_timers")
