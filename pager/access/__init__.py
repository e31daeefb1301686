"""The rules of access: who may do what, how often and how long. Pure, like the domain.

Nothing here knows where accounts, sessions and keys are stored, or what time it is: rows and
durations come in as arguments. `pager.adapters.store.access` has the rows, and asks these rules.
"""
