"""The step catalogue: the sentences that a scenario about somebody's on-call is written with.

It is a pytest plugin, and so is each file of it.
"""

pytest_plugins = [
    "pager.testing.steps.messages",
    "pager.testing.steps.outcomes",
    "pager.testing.steps.reached",
    "pager.testing.steps.surroundings",
]
