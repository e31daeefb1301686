"""Verifies properties in a running server: of drafts, after edits, and each night."""
