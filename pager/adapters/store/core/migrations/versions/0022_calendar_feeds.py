"""Calendar feeds: the addresses, hashed, under which calendar programs read shifts."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "calendar_feeds",
        sa.Column("secret_hash", sa.String(64), primary_key=True),
        sa.Column(
            "account",
            _Id,
            sa.ForeignKey("accounts.id", name="calendar_feeds_account"),
            nullable=False,
        ),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
    )
    op.create_index(
        "calendar_feeds_account", "calendar_feeds", ["account", "kind", "name"], unique=True
    )
