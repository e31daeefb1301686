"""Unreachable steps: a timer that gives Unreachable to the Pager, and no timeout."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; the timers that there are give timeouts."""
    column = sa.Column("unreachable", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("timers", column)
