"""The store: SQLAlchemy Core, for SQLite and PostgreSQL."""
