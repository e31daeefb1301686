"""E-mail over SMTP: arrow 5."""
