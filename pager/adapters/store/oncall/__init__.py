"""People, teams, schedules and shared policies: edited, and as they were.

How the directory is read for a step is in `ports.directory`.
"""
