"""Alerts of senders who manage them by Opsgenie's API: what their rows have, and how they are kept.

Whether an alert is open or acknowledged is in no row: the state of its Monitored Service says that.
"""
