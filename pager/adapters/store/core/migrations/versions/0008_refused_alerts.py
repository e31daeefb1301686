"""Alerts that were refused, for people to see."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "refused_alerts",
        sa.Column("service_id", sa.String(200), primary_key=True),
        sa.Column("status", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("times", sa.BigInteger, nullable=False),
        sa.Column("last_at", sa.BigInteger, nullable=False),
        sa.Column("sender", sa.Text, nullable=False),
    )
    op.create_index("refused_alerts_last_at", "refused_alerts", ["last_at"])
