"""What a person reads of an import: what there is now, and what is not as it was."""

from collections.abc import Iterable, Iterator

from pager.adapters.imports.imported import Imported
from pager.adapters.imports.notes import Note
from pager.configuration.configuration import Configuration
from pager.counted import counted

NOUNS = (
    ("person", "people"),
    ("team", "teams"),
    ("schedule", "schedules"),
    ("policy", "policies"),
    ("service", "services"),
    ("heartbeat", "heartbeats"),
    ("integration", "integrations"),
)


def report(imported: Imported) -> str:
    """The report, in lines; the notes that cost pages come first."""
    serious = [note for note in imported.notes if note.serious]
    others = [note for note in imported.notes if not note.serious]
    return "\n".join(
        [
            f"{_counted(imported.configuration)}.",
            *_section("Somebody may not be paged who was:", serious),
            *_section("What else is not as it was:", others),
        ]
    )


def _counted(configuration: Configuration) -> str:
    directory = configuration.directory
    kinds = (
        directory.people,
        directory.teams,
        directory.schedules,
        directory.policies,
        configuration.services,
        configuration.heartbeats,
        configuration.integrations,
    )
    return ", ".join(
        counted(len(kind), one, many) for kind, (one, many) in zip(kinds, NOUNS, strict=True)
    )


def _section(title: str, notes: Iterable[Note]) -> Iterator[str]:
    """The notes under a title; what is said of several things is said once, with all of them."""
    places: dict[str, list[str]] = {}
    for note in notes:
        places.setdefault(note.text, []).append(note.place)
    if places:
        yield from ("", title)
    for text, about in places.items():
        yield f"- {'; '.join(about)}: {text}"
