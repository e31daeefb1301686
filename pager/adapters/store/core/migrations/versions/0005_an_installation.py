"""An installation: what tells a database from a copy of it."""

import uuid

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table with its one row."""
    table = op.create_table(
        "installation",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("epoch", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("serial", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("status", sa.String(20), nullable=False, server_default="closed"),
        sa.Column("place", sa.Text, nullable=False, server_default=""),
        sa.Column("last_incident", sa.BigInteger, nullable=False, server_default="0"),
    )
    op.execute(sa.insert(table).values(name=str(uuid.uuid4())))
