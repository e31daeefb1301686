"""What people and programs read of the store: status, incidents, journal, *Now*, gauges.

Each takes a `Readable`, and reads all that it returns in one snapshot. What takes a `Connection` is
for other modules in here: it is part of their snapshot.
"""
