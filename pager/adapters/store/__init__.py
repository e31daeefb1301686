"""The SQL store, on SQLite or PostgreSQL.

- `dialects`: where the two databases differ.
- `core`: the database with its one writer, the schema and its migrations, codecs, clock and locks.
- `ports`: the ports of the domain (policies, services, outbox, timer).
- `access`: accounts, sessions, API keys and the audit log.
- `views`: what people and programs read.
- `upkeep`: audit, retention and the probe.
"""
