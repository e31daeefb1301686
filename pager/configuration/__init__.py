"""Configuration as code: all that people set up, as one value that can be compared and tested.

People, teams, schedules, policies, heartbeats and integrations, whether they come out of files, of
a server or of another pager's export. Pure: it reads no file, no clock and no database.
"""
