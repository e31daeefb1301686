"""Opsgenie's Alert API (v2), for senders that go on with another URL and another key."""
