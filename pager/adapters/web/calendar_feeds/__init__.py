"""Calendar feeds: the shifts of a person or of a schedule, for any calendar program."""
