"""The API for people, teams, schedules and shared policies, and who is on call."""
