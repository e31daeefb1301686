"""The names of people, teams, schedules and shared policies: what everything else finds them by."""

from typing import Annotated

from pydantic import StringConstraints

LONGEST_NAME = 100
"""Characters."""

Name = Annotated[
    str,
    StringConstraints(
        min_length=1,
        max_length=LONGEST_NAME,
        # No slash: a name is one segment of a path. No space at either end: nobody sees it there.
        pattern=r"^[^\s/\x00-\x1f\x7f](?:[^/\x00-\x1f\x7f]*[^\s/\x00-\x1f\x7f])?$",
    ),
]
"""As people write it: "Ada Lovelace", "Database, nights". It may have no slash."""
