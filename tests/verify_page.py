"""Writes the sentences of the step catalogue into docs/verify.md: `python -m verify_page`."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import acceptance.nouns  # noqa: F401 - some names, so that sentences can be read
from pager.testing import steps
from pager.testing.catalogue import KINDS, Entry, catalogue
from pager.testing.steps import properties

PAGE = Path(__file__).parents[1] / "docs" / "verify.md"
BEGIN, END = "<!-- steps -->\n", "<!-- /steps -->\n"


def page() -> str:
    """The page as it should be."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    return f"{before}{BEGIN}\n{''.join(_lines())}\n{END}{after}"


def _lines() -> Iterator[str]:
    modules = (*steps.pytest_plugins, properties.__name__)
    for module in modules:
        import_module(module)
    entries = catalogue()
    yield "| | sentence | |\n| --- | --- | --- |\n"
    for kind in KINDS:
        for module in modules:
            yield from (_row(one) for one in entries if (one.kind, one.module) == (kind, module))


def _row(entry: Entry) -> str:
    note = " ".join(entry.note.split())
    return f"| {entry.kind.title()} | `{entry.sentence}` | {note} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
