"""The tables. A change here needs a migration in `migrations/versions`; a test compares the two.

Times are whole milliseconds since 1970 (UTC): every database keeps them as they are.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()

# SQLite counts up by itself in an INTEGER key only.
_Id = BigInteger().with_variant(Integer, "sqlite")

escalation_policies = Table(
    "escalation_policies",
    metadata,
    Column("service_id", String(200), primary_key=True),
    Column("policy", Text, nullable=False),
)

monitored_services = Table(
    "monitored_services",
    metadata,
    Column("service_id", String(200), primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("incident", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("channel", String(20), nullable=False),
    Column("service_id", String(200), nullable=False),
    Column("incident", BigInteger, nullable=False),
    # The last line of defence: whatever else goes wrong, one page is in here once.
    Column("idempotency_key", Text, nullable=False),
    Column("effect", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    # When it may be claimed: at once, after a failure, or after the lease of a relay that died.
    # Null once it is settled for good.
    Column("due_at", BigInteger),
    Column("status", String(20), nullable=False),
    Column("detail", Text, nullable=False),
    Column("settled_at", BigInteger),
    UniqueConstraint("idempotency_key", name="outbox_idempotency_key"),
)
Index(
    "outbox_due",
    outbox.c.channel,
    outbox.c.due_at,
    sqlite_where=outbox.c.due_at.is_not(None),
    postgresql_where=outbox.c.due_at.is_not(None),
)
Index("outbox_incident", outbox.c.service_id, outbox.c.incident)

timers = Table(
    "timers",
    metadata,
    Column("service_id", String(200), primary_key=True),
    Column("incident", BigInteger, primary_key=True, autoincrement=False),
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("due_at", BigInteger, nullable=False),
)
Index("timers_due", timers.c.due_at)

signing_keys = Table(
    "signing_keys",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("key", LargeBinary, nullable=False),
)
