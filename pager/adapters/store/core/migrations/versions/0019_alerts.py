"""Alerts of senders who manage them by Opsgenie's API, and what became of their requests."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create the tables. A note that an older version writes is about the whole incident."""
    op.create_table(
        "alerts",
        sa.Column("number", _Id, primary_key=True, autoincrement=True),
        sa.Column("id", sa.String(36), nullable=False, unique=True),
        sa.Column("integration", sa.BigInteger, nullable=False),
        sa.Column("alias", sa.Text, nullable=False),
        sa.Column("service_id", sa.String(200), nullable=False),
        sa.Column("incident", sa.BigInteger, nullable=False),
        sa.Column("dedup_key", sa.String(255), nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("entity", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("priority", sa.String(2), nullable=False),
        sa.Column("tags", sa.Text, nullable=False),
        sa.Column("fields", sa.Text, nullable=False),
        sa.Column("times", sa.BigInteger, nullable=False),
        sa.Column("opened_at", sa.BigInteger, nullable=False),
        sa.Column("last_raised_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.Column("closed_at", sa.BigInteger),
        sa.Column("closed_by", sa.Text),
        sa.Column("snoozed_until", sa.BigInteger),
        sa.Column("snoozed_level", sa.Integer),
        sqlite_autoincrement=True,
    )
    op.create_index("alerts_alias", "alerts", ["integration", "alias", "number"])
    op.create_index("alerts_incident", "alerts", ["service_id", "incident"])
    for name, columns, where in (
        ("alerts_not_closed", ["integration", "number"], "closed_at IS NULL"),
        ("alerts_snoozed", ["snoozed_until"], "snoozed_until IS NOT NULL"),
    ):
        condition = sa.text(where)
        op.create_index(name, "alerts", columns, sqlite_where=condition, postgresql_where=condition)
    op.create_table(
        "alert_requests",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("integration", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("is_success", sa.Boolean, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("alert", sa.String(36), nullable=False),
        sa.Column("alias", sa.Text, nullable=False),
    )
    op.create_index("alert_requests_at", "alert_requests", ["at"])
    op.add_column("incident_notes", sa.Column("alert", sa.BigInteger))
