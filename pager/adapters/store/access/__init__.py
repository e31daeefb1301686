"""Accounts, sessions, invitations, API keys and the audit log, as rows."""
