"""Where feature files are."""

import os
from pathlib import Path


def feature_files(folder: Path) -> list[Path]:
    """The files that are run: pytest-bdd leaves out those that are hidden."""
    return sorted(
        path
        for path in folder.rglob("*.feature")
        if not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )


def shown(path: Path) -> str:
    """`path` as a person reads it: from the working directory."""
    return Path(os.path.relpath(path)).as_posix()
