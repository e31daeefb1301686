"""Delivery reports: what became of a page after its provider had accepted it."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "delivery_reports",
        sa.Column(
            "effect",
            sa.BigInteger().with_variant(sa.Integer, "sqlite"),
            sa.ForeignKey("outbox.id", name="delivery_reports_effect"),
            primary_key=True,
        ),
        sa.Column("receipt", sa.String(100), primary_key=True),
        sa.Column("reported_at", sa.BigInteger, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("is_for_good", sa.Boolean, nullable=False, server_default=sa.false()),
    )
