"""Properties that have to hold, what was found when they were verified, and when that is due."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "property_edits",
        sa.Column("id", _Id, primary_key=True, autoincrement=True),
        sa.Column("edited_at", sa.BigInteger, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("author", sa.Text),
        sa.Column("note", sa.Text),
    )
    op.create_table(
        "property_verdicts",
        sa.Column("sentence", sa.String(400), primary_key=True),
        sa.Column("verified_at", sa.BigInteger, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("violated_since", sa.BigInteger),
        sa.Column("told", sa.String(200)),
    )
    op.create_table(
        "nightly_verifications",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("night", sa.BigInteger, nullable=False),
        sa.Column("claimed_until", sa.BigInteger, nullable=False),
    )
