"""Maintenance of a database: audit, retention, and the probe of readiness checks."""
