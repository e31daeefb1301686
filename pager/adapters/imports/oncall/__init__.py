"""Grafana OnCall, which is archived: what its API v1 tells of an organisation."""
