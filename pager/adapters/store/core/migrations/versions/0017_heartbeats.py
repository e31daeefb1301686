"""Heartbeats, and when Pager has listened to them."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "heartbeats",
        sa.Column("name", sa.String(100), primary_key=True),
        sa.Column("service_id", sa.String(200), nullable=False),
        sa.Column("dedup_key", sa.Text, nullable=False),
        sa.Column("interval", sa.BigInteger, nullable=False),
        sa.Column("grace", sa.BigInteger, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("pinged_at", sa.BigInteger),
        sa.Column("counts_from", sa.BigInteger),
        sa.Column("overdue_since", sa.BigInteger),
        sa.Column("check_at", sa.BigInteger),
    )
    for name, column, is_in_it in (
        ("heartbeats_check_at", "check_at", sa.text("check_at IS NOT NULL")),
        ("heartbeats_missing", "name", sa.text("overdue_since IS NOT NULL")),
    ):
        op.create_index(
            name, "heartbeats", [column], sqlite_where=is_in_it, postgresql_where=is_in_it
        )
    op.create_table(
        "listening",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.Column("gap_from", sa.BigInteger),
    )
