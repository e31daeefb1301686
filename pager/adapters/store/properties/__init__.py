"""The properties that have to hold: edited, and what was found when they were verified."""
