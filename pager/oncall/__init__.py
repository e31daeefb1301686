"""Who is on call: people, teams, schedules, and the policies that name them.

A second pure domain beside the first one. It knows the model, reads no clock and does no I/O: a
moment is an argument, and time zones are data. What it gives to the first one is a plain Escalation
Policy as it is at one moment (`policy_at.policy_now`); `decide` knows nothing else of it.
"""
