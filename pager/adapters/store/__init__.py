"""The SQL store, on SQLite or PostgreSQL."""
