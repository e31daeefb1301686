"""A journal: every edit of a policy, every decision, every attempt."""

import sqlalchemy as sa
from alembic import op

from pager.adapters.store.core.clock import database_clock

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create the tables, and let each policy that is there be an edit made now."""
    edits = op.create_table(
        "policy_edits",
        sa.Column("id", _Id, primary_key=True, autoincrement=True),
        sa.Column("service_id", sa.String(200), nullable=False),
        sa.Column("edited_at", sa.BigInteger, nullable=False),
        sa.Column("policy", sa.Text),
    )
    op.create_index("policy_edits_service", "policy_edits", ["service_id", "id"])
    policies = sa.table("escalation_policies", sa.column("service_id"), sa.column("policy"))
    kept = sa.select(policies.c.service_id, database_clock(), policies.c.policy)
    op.execute(sa.insert(edits).from_select(["service_id", "edited_at", "policy"], kept))
    op.drop_table("escalation_policies")
    op.create_table(
        "decisions",
        sa.Column("service_id", sa.String(200), primary_key=True),
        sa.Column("version", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("incident", sa.BigInteger, nullable=False),
        sa.Column("decided_at", sa.BigInteger, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column(
            "policy_edit", _Id, sa.ForeignKey("policy_edits.id", name="decisions_policy_edit")
        ),
        sa.Column("after", sa.Text, nullable=False),
    )
    op.create_index("decisions_policy_edit", "decisions", ["policy_edit"])
    op.create_index("decisions_decided_at", "decisions", ["decided_at"])
    op.add_column("outbox", sa.Column("version", sa.BigInteger, nullable=False, server_default="0"))
    op.create_table(
        "attempts",
        sa.Column("effect", _Id, sa.ForeignKey("outbox.id", name="attempts_effect")),
        sa.Column("attempt", sa.Integer, autoincrement=False),
        sa.Column("ended_at", sa.BigInteger, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("retry_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("effect", "attempt"),
    )
    op.create_index("attempts_ended_at", "attempts", ["ended_at"])
