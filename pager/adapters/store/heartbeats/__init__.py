"""The rows of heartbeats, and when Pager has listened: the rules of `pager.heartbeats`, as SQL.

All times are of one clock, the database's. A test compares all this with the rules.
"""
