"""Where feature files are."""

from pathlib import Path


def feature_files(folder: Path) -> list[Path]:
    """The files that are run: pytest-bdd leaves out those that are hidden."""
    return sorted(
        path
        for path in folder.rglob("*.feature")
        if not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )


def shown(path: Path) -> str:
    """`path` as a person reads it: from the working directory, where it is in it."""
    path, here = path.resolve(), Path.cwd()
    return (path.relative_to(here) if path.is_relative_to(here) else path).as_posix()
