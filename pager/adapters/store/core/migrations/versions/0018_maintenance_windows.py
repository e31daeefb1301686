"""Maintenance windows, what they meant for each decision, and a stage of their own in *Now*."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")

_HEALTHY = """substr(state, 1, 18) = '{"state":"healthy"'"""
_UNHEALTHY = """substr(state, 1, 20) = '{"state":"unhealthy"'"""
_NOT_HEALTHY = _HEALTHY.replace(" = ", " <> ")
_ESCALATING = """replace(state, '"escalation":{"stage":"escalating"', '') <> state"""
_STAGE = f"""(CASE WHEN {_HEALTHY} THEN 'healthy'
WHEN NOT {_UNHEALTHY} OR begun_incident <> incident THEN 'unknown'
WHEN {_ESCALATING} AND replace(state, '"notified":[]', '') <> state THEN 'maintenance'
WHEN {_ESCALATING} THEN 'escalating'
WHEN replace(state, '"escalation":{{"stage":"acknowledged"', '') <> state THEN 'acknowledged'
WHEN replace(state, '"escalation":{{"stage":"exhausted"', '') <> state THEN 'exhausted'
ELSE 'unknown' END)"""


def upgrade() -> None:
    """Create the table, add the column, and order *Now* by the new stage, too.

    A node of an older version writes no such column: for it, no service is in maintenance. It
    does not use the new index, so its *Now* is slower until it is upgraded.
    """
    op.create_table(
        "maintenance_windows",
        sa.Column("id", _Id, primary_key=True, autoincrement=True),
        sa.Column("service_id", sa.String(200), nullable=False),
        sa.Column("starts_at", sa.BigInteger, nullable=False),
        sa.Column("ends_at", sa.BigInteger, nullable=False),
        sa.Column("author", sa.Text),
        sa.Column("reason", sa.Text, nullable=False, server_default=""),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("ended_by", sa.Text),
        sqlite_autoincrement=True,
    )
    op.create_index("maintenance_windows_service", "maintenance_windows", ["service_id", "ends_at"])
    op.create_index("maintenance_windows_ends_at", "maintenance_windows", ["ends_at"])
    op.add_column("decisions", sa.Column("maintenance", sa.BigInteger))
    op.drop_index("monitored_services_unhealthy", "monitored_services")
    op.get_bind().exec_driver_sql(
        "CREATE INDEX monitored_services_unhealthy ON monitored_services "
        f"({_STAGE}, begun_at, service_id) WHERE ({_NOT_HEALTHY})"
    )
