"""Adapters: one file or folder each, named after what it talks to."""
