"""Opsgenie, whose service ends on 2027-04-05: what its REST API tells of an account."""
