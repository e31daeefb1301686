"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create policies, services, outbox, timers and signing keys."""
    op.create_table(
        "escalation_policies",
        sa.Column("service_id", sa.String(200), primary_key=True),
        sa.Column("policy", sa.Text, nullable=False),
    )
    op.create_table(
        "monitored_services",
        sa.Column("service_id", sa.String(200), primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("incident", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
    )
    op.create_table(
        "outbox",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer, "sqlite"),
            primary_key=True,
            autoincrement=True,
        ),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("service_id", sa.String(200), nullable=False),
        sa.Column("incident", sa.BigInteger, nullable=False),
        sa.Column("idempotency_key", sa.Text, nullable=False),
        sa.Column("effect", sa.Text, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("due_at", sa.BigInteger),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("settled_at", sa.BigInteger),
        sa.UniqueConstraint("idempotency_key", name="outbox_idempotency_key"),
    )
    op.create_index(
        "outbox_due",
        "outbox",
        ["channel", "due_at"],
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index("outbox_incident", "outbox", ["service_id", "incident"])
    op.create_table(
        "timers",
        sa.Column("service_id", sa.String(200), primary_key=True),
        sa.Column("incident", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("level", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("due_at", sa.BigInteger, nullable=False),
    )
    op.create_index("timers_due", "timers", ["due_at"])
    op.create_table(
        "signing_keys",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("key", sa.LargeBinary, nullable=False),
    )
