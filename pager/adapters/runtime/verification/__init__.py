"""Verifies properties in a running server: of a draft before it counts, and each night."""
