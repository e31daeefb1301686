"""The step catalogue on a terminal."""

from collections.abc import Sequence

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from pager.testing.catalogue import KINDS, Entry, nouns
from pager.testing.tables import aligned

TITLES = {
    "given": "Given: what is so at the beginning",
    "when": "When: what happens",
    "then": "Then: what came of it (a Then sees only what the Whens caused)",
}


def print_steps(console: Console, entries: Sequence[Entry]) -> None:
    """Every sentence under the keywords it goes with, then what its nouns may be."""
    used = {noun for entry in entries for noun in entry.nouns}
    for kind in KINDS:
        console.rule(TITLES[kind], align="left", style="bold")
        for entry in entries:
            if entry.kind == kind:
                _print_entry(console, entry)
    console.rule("The nouns", align="left", style="bold")
    table = Table(box=None, show_header=False, pad_edge=False)
    for noun, values in nouns().items():
        if noun not in used:
            continue
        table.add_row(Text(f"{{{noun}}}", style="cyan"), Text(", ".join(values) or "none"))
    console.print(table)
    console.print(
        "\n[may be left out], (one / another). And and But go on with the keyword above them.",
        markup=False,
    )


def _print_entry(console: Console, entry: Entry) -> None:
    sentence = Text(f"{entry.kind.title()} {entry.sentence}", style="bold")
    sentence.highlight_regex(r"\{\w+\}", "cyan")
    console.print(sentence, soft_wrap=True)
    if entry.note:
        console.print(Padding(Text(entry.note), (0, 0, 0, 6)))
    if entry.example is not None:
        step = entry.example.step
        where = f"  {entry.example.chapter}:{step.line}"
        console.print(Text(f"      {step.type.title()} {step.text}", style="green"), end="")
        console.print(Text(where, style="dim"), soft_wrap=True)
        for row in aligned(step.table):
            console.print(Text(f"        {row}", style="green"), soft_wrap=True)
