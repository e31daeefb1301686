"""The tables. A change here needs a migration in `migrations/versions`; a test compares the two.

Times are whole milliseconds since 1970 (UTC): every database keeps them as they are.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    and_,
    false,
)

from pager.adapters.store.core.stored_text import HEALTHY, NOT_HEALTHY, STAGE, UNKNOWN_POLICY
from pager.adapters.store.dialects import partial_index
from pager.adapters.store.dialects.sqlite import ROW_ID

LARGEST_INT64 = 2**63 - 1
"""The largest number that a column can have, or be compared with."""

CLOSED, SERVED, BACKUP = "closed", "served", "backup"
"""The status of an installation: nobody serves it, a server does or did, or it is a backup."""

metadata = MetaData()

# One row: what tells this database from a copy of it (`core.installation`).
installation = Table(
    "installation",
    metadata,
    # Chosen at random, once.
    Column("name", String(40), primary_key=True),
    # How often it was restored from a backup.
    Column("epoch", BigInteger, nullable=False, server_default="0"),
    # It grows with each start and stop, on SQLite each minute too: an older copy has a smaller one.
    Column("serial", BigInteger, nullable=False, server_default="0"),
    Column("status", String(20), nullable=False, server_default=CLOSED),
    # What the database server calls this database: a dump that is restored elsewhere has another.
    Column("place", Text, nullable=False, server_default=""),
    # New incidents have larger numbers: those up to it may have been given out before a restore.
    Column("last_incident", BigInteger, nullable=False, server_default="0"),
    # Up to then the journal is in the table of incidents, whoever has written it.
    Column("incidents_until", BigInteger, nullable=False, server_default="0"),
)

# Every policy that a service ever had, until it is older than the retention: the last one counts.
policy_edits = Table(
    "policy_edits",
    metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True),
    Column("service_id", String(200), nullable=False),
    Column("edited_at", BigInteger, nullable=False),
    # Null where the policy was removed.
    Column("policy", Text),
    # Who edited; null before there were accounts.
    Column("author", Text),
    # What the edit was, where that is not plain from the policy: a copy, one of many.
    Column("note", Text),
    # The name of the shared policy that the service uses; null where the policy is its own.
    Column("uses", String(100)),
)
Index("policy_edits_service", policy_edits.c.service_id, policy_edits.c.id)
partial_index(
    "policy_edits_unknown", policy_edits.c.service_id, policy_edits.c.id, where=UNKNOWN_POLICY
)
partial_index(
    "policy_edits_uses",
    policy_edits.c.uses,
    policy_edits.c.service_id,
    policy_edits.c.id,
    where=policy_edits.c.uses.is_not(None),
)

# Every person, team, schedule and shared policy that there ever was, until it is older than the
# retention: the last one of each name counts.
on_call_edits = Table(
    "on_call_edits",
    metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True),
    # person, team, schedule, policy; or one of a newer version.
    Column("kind", String(20), nullable=False),
    Column("name", String(100), nullable=False),
    Column("edited_at", BigInteger, nullable=False),
    # JSON; null where it was removed.
    Column("value", Text),
    # Who edited; null where no key was needed.
    Column("author", Text),
    # What the edit was, where that is not plain from the value.
    Column("note", Text),
)
Index("on_call_edits_name", on_call_edits.c.kind, on_call_edits.c.name, on_call_edits.c.id)

# The properties that have to hold: every list of them that there ever was, until it is older than
# the retention. The last one counts.
property_edits = Table(
    "property_edits",
    metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True),
    Column("edited_at", BigInteger, nullable=False),
    # JSON.
    Column("value", Text, nullable=False),
    # Who edited; null where no key was needed.
    Column("author", Text),
    # What the edit was, where that is not plain from the value.
    Column("note", Text),
)

# What was found when a property was verified last.
property_verdicts = Table(
    "property_verdicts",
    metadata,
    Column("sentence", String(400), primary_key=True),
    Column("verified_at", BigInteger, nullable=False),
    # JSON.
    Column("verdict", Text, nullable=False),
    # Since when it was found violated each time; null where it was not.
    Column("violated_since", BigInteger),
    # The service for which an Alert says that it is violated; null where none does.
    Column("told", String(200)),
)

# One row: which night was verified, whichever node does it.
nightly_verifications = Table(
    "nightly_verifications",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    # When the last night that was verified, or is verified just now, was due.
    Column("night", BigInteger, nullable=False),
    # Until then a node is at work on it; 0 where it is done.
    Column("claimed_until", BigInteger, nullable=False),
)

# What a shared policy was when a decision was made on it: each once.
resolved_policies = Table(
    "resolved_policies",
    metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True),
    # The service whose policy it is, which may be the fallback.
    Column("service_id", String(200), nullable=False),
    # SHA-256 of the policy.
    Column("digest", String(64), nullable=False, unique=True),
    Column("policy", Text, nullable=False),
    # When a decision was made on it last.
    Column("used_at", BigInteger, nullable=False),
)
Index("resolved_policies_used_at", resolved_policies.c.used_at)

monitored_services = Table(
    "monitored_services",
    metadata,
    Column("service_id", String(200), primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("incident", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    # When the incident with the number `begun_incident` began: an older version writes neither.
    Column("begun_at", BigInteger, nullable=False, server_default="0"),
    Column("begun_incident", BigInteger, nullable=False, server_default="0"),
)
partial_index("monitored_services_healthy", monitored_services.c.service_id, where=HEALTHY)
# In the order of *Now*.
partial_index(
    "monitored_services_unhealthy",
    STAGE,
    monitored_services.c.begun_at,
    monitored_services.c.service_id,
    where=NOT_HEALTHY,
)

# The times at which a service may fail and nobody is notified.
maintenance_windows = Table(
    "maintenance_windows",
    metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True),
    Column("service_id", String(200), nullable=False),
    Column("starts_at", BigInteger, nullable=False),
    # The first moment that no longer belongs to it.
    Column("ends_at", BigInteger, nullable=False),
    # Who made it; null where no key was needed.
    Column("author", Text),
    Column("reason", Text, nullable=False, server_default=""),
    Column("created_at", BigInteger, nullable=False),
    # Who ended it early, or cancelled it; null where nobody did.
    Column("ended_by", Text),
    # As with API keys.
    sqlite_autoincrement=True,
)
Index(
    "maintenance_windows_service", maintenance_windows.c.service_id, maintenance_windows.c.ends_at
)
Index("maintenance_windows_ends_at", maintenance_windows.c.ends_at)

# The journal of what was decided: each change of a service, from version to version.
decisions = Table(
    "decisions",
    metadata,
    Column("service_id", String(200), primary_key=True),
    # The version that the decision led to: no two decisions can ever be made on one.
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("incident", BigInteger, nullable=False),
    Column("decided_at", BigInteger, nullable=False),
    Column("message", Text, nullable=False),
    # The policy that it was made under; null where there was none.
    Column("policy_edit", ROW_ID, ForeignKey("policy_edits.id", name="decisions_policy_edit")),
    # The version of the rules that decided; 1 where a node decided that knew no versions.
    Column("rules", Integer, nullable=False, server_default="1"),
    Column("after", Text, nullable=False),
    # Who sent the message; null where that was Pager's own timer, or before there were accounts.
    Column("author", Text),
    # For how many milliseconds the service was still to be in maintenance; null where it was not.
    Column("maintenance", BigInteger),
    # What the shared policy of `policy_edit` was then; null where the service has one of its own.
    Column(
        "resolved_policy",
        ROW_ID,
        ForeignKey("resolved_policies.id", name="decisions_resolved_policy"),
    ),
)
Index("decisions_policy_edit", decisions.c.policy_edit)
partial_index(
    "decisions_resolved_policy",
    decisions.c.resolved_policy,
    where=decisions.c.resolved_policy.is_not(None),
)
Index("decisions_decided_at", decisions.c.decided_at)

# One row for each incident that the journal has: what its decisions say, in short. An older version
# writes none; what is missing is added from the journal (`upkeep.incidents`).
incidents = Table(
    "incidents",
    metadata,
    Column("service_id", String(200), primary_key=True),
    Column("incident", BigInteger, primary_key=True, autoincrement=False),
    # Of the last decision that is in the row.
    Column("version", BigInteger, nullable=False),
    Column("begun_at", BigInteger, nullable=False),
    # When it was acknowledged first; null where it was not.
    Column("acknowledged_at", BigInteger),
    # Who acknowledged it last; null where nobody did, or gave no name.
    Column("acknowledged_by", Text),
    # Null while it runs.
    Column("ended_at", BigInteger),
    # escalating, acknowledged, exhausted, maintenance, over; or one of a newer version.
    Column("state", String(20), nullable=False),
    # The highest Level that was notified; 0 where none was.
    Column("level", Integer, nullable=False),
    # The first line of its first Alert, shortened.
    Column("title", Text, nullable=False),
)
Index("incidents_begun_at", incidents.c.begun_at)
partial_index("incidents_running", incidents.c.begun_at, where=incidents.c.ended_at.is_(None))

# What people have written down about an incident.
incident_notes = Table(
    "incident_notes",
    metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True),
    Column("service_id", String(200), nullable=False),
    Column("incident", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("author", Text, nullable=False),
    Column("text", Text, nullable=False),
    # The number of the alert that it is about; null where it is about the whole incident.
    Column("alert", BigInteger),
)
Index(
    "incident_notes_incident",
    incident_notes.c.service_id,
    incident_notes.c.incident,
    incident_notes.c.id,
)

# What decisions led to and what became of it: each effect once, with its last attempt.
outbox = Table(
    "outbox",
    metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True),
    Column("channel", String(20), nullable=False),
    Column("service_id", String(200), nullable=False),
    Column("incident", BigInteger, nullable=False),
    # Of the decision that led to it; 0 where that was before there was a journal.
    Column("version", BigInteger, nullable=False, server_default="0"),
    # The last line of defence: whatever else goes wrong, one page is in here once.
    Column("idempotency_key", Text, nullable=False),
    Column("effect", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    # Its place in its decision: the first page of each step goes before the second of any.
    Column("position", Integer, nullable=False, server_default="0"),
    # When it may be claimed: at once, or after a failure; while it is claimed, when its lease ends.
    # Null once it is settled for good.
    Column("due_at", BigInteger),
    # The node that has claimed it; null while nobody has.
    Column("claimed_by", String(32)),
    Column("status", String(20), nullable=False),
    Column("detail", Text, nullable=False),
    Column("settled_at", BigInteger),
    UniqueConstraint("idempotency_key", name="outbox_idempotency_key"),
)
partial_index("outbox_due", outbox.c.channel, outbox.c.due_at, where=outbox.c.due_at.is_not(None))
# In the order in which they are claimed.
partial_index(
    "outbox_turn",
    outbox.c.channel,
    outbox.c.attempt,
    outbox.c.position,
    outbox.c.due_at,
    outbox.c.id,
    where=and_(outbox.c.due_at.is_not(None), outbox.c.claimed_by.is_(None)),
)
partial_index("outbox_claimed", outbox.c.channel, where=outbox.c.claimed_by.is_not(None))
Index("outbox_incident", outbox.c.service_id, outbox.c.incident)

# What the pages of a decision say, where it is long: their rows in the outbox have its beginning.
page_texts = Table(
    "page_texts",
    metadata,
    Column("service_id", String(200), primary_key=True),
    # Of the decision, as in the outbox.
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("incident", BigInteger, nullable=False),
    # JSON: fields of a Notification, which replace those in the outbox.
    Column("text", Text, nullable=False),
)

# The journal of what was attempted: every attempt that ended, whoever made it.
attempts = Table(
    "attempts",
    metadata,
    Column("effect", ROW_ID, ForeignKey("outbox.id", name="attempts_effect"), primary_key=True),
    Column("attempt", Integer, primary_key=True, autoincrement=False),
    Column("ended_at", BigInteger, nullable=False),
    Column("status", String(20), nullable=False),
    Column("detail", Text, nullable=False),
    # When it was to be tried again; null where it was not.
    Column("retry_at", BigInteger),
)
Index("attempts_ended_at", attempts.c.ended_at)

# What providers reported later: of each copy of a page that they accepted, the last that counts.
delivery_reports = Table(
    "delivery_reports",
    metadata,
    Column(
        "effect", ROW_ID, ForeignKey("outbox.id", name="delivery_reports_effect"), primary_key=True
    ),
    # The provider's name for the copy.
    Column("receipt", String(100), primary_key=True),
    Column("reported_at", BigInteger, nullable=False),
    Column("status", String(20), nullable=False),
    Column("detail", Text, nullable=False),
    # Whether the Target does not exist.
    Column("is_for_good", Boolean, nullable=False, server_default=false()),
)

timers = Table(
    "timers",
    metadata,
    Column("service_id", String(200), primary_key=True),
    Column("incident", BigInteger, primary_key=True, autoincrement=False),
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("due_at", BigInteger, nullable=False),
    # Whether the Pager is given Unreachable and no timeout: every page of the step is given up.
    # A node of an older version gives a timeout, which leads to the same.
    Column("unreachable", Boolean, nullable=False, server_default=false()),
    # Whether the Pager is given AcknowledgementExpired: a step may have a timeout besides.
    Column("is_expiry", Boolean, primary_key=True, server_default=false()),
)
Index("timers_due", timers.c.due_at)

signing_keys = Table(
    "signing_keys",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("key", LargeBinary, nullable=False),
)

accounts = Table(
    "accounts",
    metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True),
    # In lower case: two accounts never look alike.
    Column("name", String(100), nullable=False, unique=True),
    Column("role", String(20), nullable=False),
    # Hashed by argon2; null until its owner has chosen one.
    Column("password", Text),
    # The OpenID identity (issuer and subject) of its owner; null before the first single sign-on.
    Column("identity", Text, unique=True),
    Column("created_at", BigInteger, nullable=False),
)

# Secrets are stored hashed (SHA-256 of 32 random bytes): nobody who reads them can sign in.
invitations = Table(
    "invitations",
    metadata,
    Column("secret_hash", String(64), primary_key=True),
    # The account whose password it sets; null for the link that makes the first account.
    Column("account", ROW_ID, ForeignKey("accounts.id", name="invitations_account")),
    Column("expires_at", BigInteger, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("secret_hash", String(64), primary_key=True),
    Column("account", ROW_ID, ForeignKey("accounts.id", name="sessions_account"), nullable=False),
    Column("device", String(200), nullable=False),
    Column("begun_at", BigInteger, nullable=False),
    Column("used_at", BigInteger, nullable=False),
)
Index("sessions_account", sessions.c.account)

# Addresses under which calendar programs read shifts, hashed likewise.
calendar_feeds = Table(
    "calendar_feeds",
    metadata,
    Column("secret_hash", String(64), primary_key=True),
    Column(
        "account", ROW_ID, ForeignKey("accounts.id", name="calendar_feeds_account"), nullable=False
    ),
    # Of whose shifts: a person or a schedule, and the name.
    Column("kind", String(20), nullable=False),
    Column("name", String(100), nullable=False),
    Column("created_at", BigInteger, nullable=False),
)
Index(
    "calendar_feeds_account",
    calendar_feeds.c.account,
    calendar_feeds.c.kind,
    calendar_feeds.c.name,
    unique=True,
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True),
    Column("name", String(100), nullable=False),
    Column("secret_hash", String(64), nullable=False, unique=True),
    # What the key may do, as JSON.
    Column("scope", Text, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("used_at", BigInteger),
    # SQLite would give a new key the number of one that was revoked, which may still be on a page.
    sqlite_autoincrement=True,
)
Index("api_keys_name", api_keys.c.name)

integrations = Table(
    "integrations",
    metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True),
    Column("name", String(100), nullable=False),
    Column("protocol", String(40), nullable=False),
    Column("secret_hash", String(64), nullable=False, unique=True),
    # How the service of an event is found, as JSON.
    Column("routing", Text, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    # The last request, without its key, and what became of it.
    Column("used_at", BigInteger),
    Column("last_request", Text, nullable=False, server_default=""),
    Column("last_outcome", Text, nullable=False, server_default=""),
    # As with API keys.
    sqlite_autoincrement=True,
)
Index("integrations_name", integrations.c.name)

# What jobs ping regularly: see `pager.heartbeats`.
heartbeats = Table(
    "heartbeats",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("service_id", String(200), nullable=False),
    Column("dedup_key", Text, nullable=False),
    # Both in milliseconds.
    Column("interval", BigInteger, nullable=False),
    Column("grace", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    # The last ping; null before the first.
    Column("pinged_at", BigInteger),
    # Since when its interval counts: the last ping, or the end of a gap after it.
    Column("counts_from", BigInteger),
    # Since when it stays away; null while it does not.
    Column("overdue_since", BigInteger),
    # When a worker must look at it: its deadline, or when its Alert is tried again that was not
    # taken. Null where there is nothing to do.
    Column("check_at", BigInteger),
)
partial_index(
    "heartbeats_check_at", heartbeats.c.check_at, where=heartbeats.c.check_at.is_not(None)
)
partial_index(
    "heartbeats_missing", heartbeats.c.name, where=heartbeats.c.overdue_since.is_not(None)
)

# One row: when Pager has listened to heartbeats, whichever node.
listening = Table(
    "listening",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("since", BigInteger, nullable=False),
    # A node says each second that it listens.
    Column("until", BigInteger, nullable=False),
    # When the period before ended; null where there was none.
    Column("gap_from", BigInteger),
)

# What senders who manage alerts of their own (Opsgenie's API) have raised. Whether an alert is open
# or acknowledged is not here: the state of its service says that.
alerts = Table(
    "alerts",
    metadata,
    Column("number", ROW_ID, primary_key=True, autoincrement=True),
    # A UUID.
    Column("id", String(36), nullable=False, unique=True),
    # No foreign key: an alert outlives an integration that is revoked.
    Column("integration", BigInteger, nullable=False),
    # What the sender calls it.
    Column("alias", Text, nullable=False),
    Column("service_id", String(200), nullable=False),
    Column("incident", BigInteger, nullable=False),
    # What the service calls it: see `model.DedupKey`.
    Column("dedup_key", String(255), nullable=False),
    Column("message", Text, nullable=False),
    Column("entity", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("priority", String(2), nullable=False),
    # A JSON array.
    Column("tags", Text, nullable=False),
    # The other fields, as JSON.
    Column("fields", Text, nullable=False),
    # How often it was raised.
    Column("times", BigInteger, nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("last_raised_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    # When its sender has closed it; null where it has not. The incident may be over all the same.
    Column("closed_at", BigInteger),
    Column("closed_by", Text),
    # Until when it is snoozed, and at which Level; null where it is not.
    Column("snoozed_until", BigInteger),
    Column("snoozed_level", Integer),
    # The number of an alert is never given to another one.
    sqlite_autoincrement=True,
)
Index("alerts_alias", alerts.c.integration, alerts.c.alias, alerts.c.number)
Index("alerts_incident", alerts.c.service_id, alerts.c.incident)
partial_index(
    "alerts_not_closed", alerts.c.integration, alerts.c.number, where=alerts.c.closed_at.is_(None)
)
partial_index("alerts_snoozed", alerts.c.snoozed_until, where=alerts.c.snoozed_until.is_not(None))

# What became of the requests of these senders, who ask for it later.
alert_requests = Table(
    "alert_requests",
    metadata,
    # A UUID.
    Column("id", String(36), primary_key=True),
    Column("integration", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("action", String(40), nullable=False),
    Column("is_success", Boolean, nullable=False),
    # What became of it, in a sentence.
    Column("status", Text, nullable=False),
    # The id and the alias of the alert; empty where there was none.
    Column("alert", String(36), nullable=False),
    Column("alias", Text, nullable=False),
)
Index("alert_requests_at", alert_requests.c.at)

# How often in a row a password was wrong, by the name that was given.
failed_logins = Table(
    "failed_logins",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", BigInteger, nullable=False),
)
Index("failed_logins_last_at", failed_logins.c.last_at)

# Codes that were sent to contact methods: as long as they count for how many may be sent.
verification_codes = Table(
    "verification_codes",
    metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True),
    # The name of whoever is reached there.
    Column("person", String(100), nullable=False),
    # The key of the Target.
    Column("target", String(400), nullable=False),
    Column("salt", String(43), nullable=False),
    # SHA-256 of salt and code.
    Column("code_hash", String(64), nullable=False),
    # The account of whoever let it be sent.
    Column("sent_by", String(100), nullable=False),
    Column("sent_at", BigInteger, nullable=False),
    # How often it was tried; as often as can be, once it was right.
    Column("tries", Integer, nullable=False),
)
Index("verification_codes_sent_at", verification_codes.c.sent_at)

# The audit log: what was done to accounts and API keys, and test pages. It keeps the name that its
# table got at first: to rename a table, a node of the version before would have to be stopped.
changes = Table(
    "changes",
    metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False),
    Column("author", Text, nullable=False),
    Column("action", String(40), nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", Text, nullable=False),
)
Index("changes_at", changes.c.at)

# Alerts that were refused: one row for each service (empty where none is known) and status.
refused_alerts = Table(
    "refused_alerts",
    metadata,
    Column("service_id", String(200), primary_key=True),
    # The HTTP status of the answer.
    Column("status", Integer, primary_key=True, autoincrement=False),
    Column("times", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    # Who sent the last of them: an API key's name, or an address.
    Column("sender", Text, nullable=False),
)
Index("refused_alerts_last_at", refused_alerts.c.last_at)
