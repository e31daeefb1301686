"""Everything that people set up, read as one value and applied in one transaction."""
