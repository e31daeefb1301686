"""Fair claims: the place of each page in its step, and which node has claimed it."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; what is claimed at this moment is so until its due time, as before."""
    op.add_column("outbox", sa.Column("position", sa.Integer, nullable=False, server_default="0"))
    op.add_column("outbox", sa.Column("claimed_by", sa.String(32)))
    claimed = sa.text("claimed_by IS NOT NULL")
    op.create_index(
        "outbox_claimed",
        "outbox",
        ["channel"],
        sqlite_where=claimed,
        postgresql_where=claimed,
    )
