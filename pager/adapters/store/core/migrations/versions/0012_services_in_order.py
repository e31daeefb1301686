"""Unhealthy services are in an index in the order of *Now*, with when their incidents began.

The indexes go by the text of what is stored: `core.stored_text` says how. Only the rows of
Unhealthy services are written here, so a large database is soon ready.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_HEALTHY = """substr(state, 1, 18) = '{"state":"healthy"'"""
_UNHEALTHY = """substr(state, 1, 20) = '{"state":"unhealthy"'"""
_NOT_HEALTHY = _HEALTHY.replace(" = ", " <> ")
_STAGE = f"""(CASE WHEN {_HEALTHY} THEN 'healthy'
WHEN NOT {_UNHEALTHY} OR begun_incident <> incident THEN 'unknown'
WHEN replace(state, '"escalation":{{"stage":"escalating"', '') <> state THEN 'escalating'
WHEN replace(state, '"escalation":{{"stage":"acknowledged"', '') <> state THEN 'acknowledged'
WHEN replace(state, '"escalation":{{"stage":"exhausted"', '') <> state THEN 'exhausted'
ELSE 'unknown' END)"""

_REST = (
    """replace(replace(policy, '{"type":"email","address":"', ''),"""
    """ '{"type":"sms","phone_number":"', '')"""
)
_UNKNOWN_POLICY = f"""(CASE WHEN policy IS NULL THEN 0
WHEN replace(policy, '"levels":[{{"targets":[{{"type":"', '') <> policy
AND replace({_REST}, '"type":', '') = {_REST} THEN 0
ELSE 1 END = 1)"""

_BEGINNINGS = f"""
UPDATE monitored_services SET begun_incident = incident, begun_at = coalesce(
  (SELECT min(decided_at) FROM decisions
   WHERE decisions.service_id = monitored_services.service_id
   AND decisions.incident = monitored_services.incident), 0)
WHERE {_NOT_HEALTHY}"""  # noqa: S608 - our own texts


def upgrade() -> None:
    """Add the columns and the indexes."""
    for name in ("begun_at", "begun_incident"):
        op.add_column(
            "monitored_services", sa.Column(name, sa.BigInteger, nullable=False, server_default="0")
        )
    connection = op.get_bind()
    connection.exec_driver_sql(_BEGINNINGS)
    connection.exec_driver_sql(
        "CREATE INDEX monitored_services_unhealthy ON monitored_services "
        f"({_STAGE}, begun_at, service_id) WHERE ({_NOT_HEALTHY})"
    )
    connection.exec_driver_sql(
        "CREATE INDEX monitored_services_healthy ON monitored_services (service_id) "
        f"WHERE ({_HEALTHY})"
    )
    op.create_index("api_keys_name", "api_keys", ["name"])
    connection.exec_driver_sql(
        "CREATE INDEX policy_edits_unknown ON policy_edits (service_id, id) "
        f"WHERE {_UNKNOWN_POLICY}"
    )
