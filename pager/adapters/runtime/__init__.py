"""What runs: the inbox that messages come in by, the workers that carry out what was committed."""
