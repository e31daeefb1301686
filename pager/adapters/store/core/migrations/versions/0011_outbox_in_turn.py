"""An index in the order in which pages are claimed: a claim reads no more than it takes."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index."""
    waiting = sa.text("due_at IS NOT NULL AND claimed_by IS NULL")
    op.create_index(
        "outbox_turn",
        "outbox",
        ["channel", "attempt", "position", "due_at", "id"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
