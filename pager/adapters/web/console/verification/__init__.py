"""Checks, as people call properties: their page, and drafts that are verified before they count."""
