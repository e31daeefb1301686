"""The SQL store: what is kept, on SQLite or PostgreSQL, and how it is read."""
