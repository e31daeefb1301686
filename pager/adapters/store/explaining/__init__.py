"""Why somebody was paged, and why somebody was not: out of the journal and every past edit.

What was set up at a moment is found as far back as edits are kept.
"""
