"""SMS through Twilio: arrow 6."""
