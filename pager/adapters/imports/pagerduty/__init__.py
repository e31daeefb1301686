"""PagerDuty: what its REST API v2 tells of an account."""
