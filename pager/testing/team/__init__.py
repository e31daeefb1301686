"""A team's own on-call under test: its configuration as a world, and the run of `pager verify`."""
