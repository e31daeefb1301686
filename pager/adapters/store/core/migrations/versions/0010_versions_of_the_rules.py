"""The version of the rules that each decision was made by."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What was decided until now, and by older nodes from now on, was decided by version 1."""
    op.add_column("decisions", sa.Column("rules", sa.Integer, nullable=False, server_default="1"))
