"""Mail over SMTP: arrow 5 of the brief."""
