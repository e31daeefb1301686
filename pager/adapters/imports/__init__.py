"""Configurations of other pagers, from what their APIs export.

Each pager has a room: what its exports are called, and what each part of them is in Pager. All of
it is pure: parsed JSON goes in, a `Configuration` and notes come out. Nothing is lost silently:
`fields` knows what nobody has read.
"""
