"""What an edit of a policy was, where it was one of many: a copy, a replacement, a way back."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column. An older version writes none: an ordinary edit."""
    op.add_column("policy_edits", sa.Column("note", sa.Text))
