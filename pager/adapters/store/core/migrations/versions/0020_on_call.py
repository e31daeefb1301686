"""People, teams, schedules and shared policies, and which service uses which shared policy."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")

_REST = (
    """replace(replace(policy, '{"type":"email","address":"', ''),"""
    """ '{"type":"sms","phone_number":"', '')"""
)
_UNKNOWN_POLICY = f"""(CASE WHEN policy IS NULL OR uses IS NOT NULL THEN 0
WHEN replace(policy, '"levels":[{{"targets":[{{"type":"', '') <> policy
AND replace({_REST}, '"type":', '') = {_REST} THEN 0
ELSE 1 END = 1)"""


def upgrade() -> None:
    """Create the tables, and add the columns: no service uses a shared policy yet.

    An older version cannot read the policy of a service that does, and says so.
    """
    op.create_table(
        "on_call_edits",
        sa.Column("id", _Id, primary_key=True, autoincrement=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("edited_at", sa.BigInteger, nullable=False),
        sa.Column("value", sa.Text),
        sa.Column("author", sa.Text),
        sa.Column("note", sa.Text),
    )
    op.create_index("on_call_edits_name", "on_call_edits", ["kind", "name", "id"])
    op.create_table(
        "resolved_policies",
        sa.Column("id", _Id, primary_key=True, autoincrement=True),
        sa.Column("service_id", sa.String(200), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False, unique=True),
        sa.Column("policy", sa.Text, nullable=False),
        sa.Column("used_at", sa.BigInteger, nullable=False),
    )
    op.create_index("resolved_policies_used_at", "resolved_policies", ["used_at"])
    op.add_column("policy_edits", sa.Column("uses", sa.String(100)))
    _add_resolved_policy()
    for name, table, columns, where in (
        ("policy_edits_uses", "policy_edits", ["uses", "service_id", "id"], "uses IS NOT NULL"),
        (
            "decisions_resolved_policy",
            "decisions",
            ["resolved_policy"],
            "resolved_policy IS NOT NULL",
        ),
    ):
        condition = sa.text(where)
        op.create_index(name, table, columns, sqlite_where=condition, postgresql_where=condition)
    op.drop_index("policy_edits_unknown", "policy_edits")
    op.get_bind().exec_driver_sql(
        "CREATE INDEX policy_edits_unknown ON policy_edits (service_id, id) "
        f"WHERE {_UNKNOWN_POLICY}"
    )


def _add_resolved_policy() -> None:
    """In SQL: Alembic adds a foreign key after its column, and SQLite only with it."""
    connection = op.get_bind()
    type_ = _Id.compile(dialect=connection.dialect)
    connection.exec_driver_sql(
        f"ALTER TABLE decisions ADD COLUMN resolved_policy {type_} "
        "CONSTRAINT decisions_resolved_policy REFERENCES resolved_policies (id)"
    )
