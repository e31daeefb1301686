"""What keeps it well: audit, retention, probe."""
