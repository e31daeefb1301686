"""Prints the step catalogue: `tox -e steps`."""

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from acceptance.catalogue import KINDS, Entry, catalogue, nouns

TITLES = {
    "given": "Given: what is so",
    "when": "When: what happens",
    "then": "Then: what came of it",
}


def print_steps(console: Console) -> None:
    """Every sentence under the keywords it goes with, then what its nouns may be."""
    entries = catalogue()
    for kind in KINDS:
        console.rule(TITLES[kind], align="left", style="bold")
        for entry in entries:
            if entry.kind == kind:
                _print_entry(console, entry)
    console.rule("The nouns", align="left", style="bold")
    table = Table(box=None, show_header=False, pad_edge=False)
    for noun, values in nouns().items():
        table.add_row(Text(f"{{{noun}}}", style="cyan"), Text(", ".join(values)))
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
        step, table = entry.example.step, entry.example.table
        where = f"  {entry.example.chapter}:{entry.example.line}"
        console.print(Text(f"      {step.type.title()} {step.text}", style="green"), end="")
        console.print(Text(where, style="dim"), soft_wrap=True)
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        for row in table:
            cells = " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            console.print(Text(f"        | {cells} |", style="green"), soft_wrap=True)


if __name__ == "__main__":
    print_steps(Console(highlight=False))
