"""A table of incidents, and one of the notes about them.

The tables are empty at first. The server adds what the journal has while it serves, a part at a
time (`store.upkeep.incidents`): so a start takes no longer, however large the journal is.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create the tables."""
    op.add_column(
        "installation",
        sa.Column("incidents_until", sa.BigInteger, nullable=False, server_default="0"),
    )
    op.create_table(
        "incidents",
        sa.Column("service_id", sa.String(200), primary_key=True),
        sa.Column("incident", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("begun_at", sa.BigInteger, nullable=False),
        sa.Column("acknowledged_at", sa.BigInteger),
        sa.Column("acknowledged_by", sa.Text),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("level", sa.Integer, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
    )
    op.create_index("incidents_begun_at", "incidents", ["begun_at"])
    running = sa.text("ended_at IS NULL")
    op.create_index(
        "incidents_running",
        "incidents",
        ["begun_at"],
        sqlite_where=running,
        postgresql_where=running,
    )
    op.create_table(
        "incident_notes",
        sa.Column("id", _Id, primary_key=True, autoincrement=True),
        sa.Column("service_id", sa.String(200), nullable=False),
        sa.Column("incident", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_index("incident_notes_incident", "incident_notes", ["service_id", "incident", "id"])
