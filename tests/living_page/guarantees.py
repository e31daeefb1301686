"""The guarantees: what a document's tables promise, and the tests and scenarios that prove it.

`docs/guarantees.md` says it once; the living page shows it with the proofs themselves. A proof that
is not there is a lie, and stops the page.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token

from acceptance.specification import titles

TOP = Path(__file__).resolve().parents[2]
GUARANTEES = TOP / "docs" / "guarantees.md"


class Proof(NamedTuple):
    """A test or a scenario, named by its own sentence."""

    sentence: str
    file: str
    """From the top of the repository."""
    line: int
    """Where it begins; 0 where there is no such thing in the file."""
    source: str
    """A test as it is written; empty for a scenario, which the page has anyway."""


class Guarantee(NamedTuple):
    """One row of a table."""

    promise: str
    """As HTML: it is our own document."""
    proofs: tuple[Proof, ...]


class Promises(NamedTuple):
    """One table."""

    heading: str
    guarantees: tuple[Guarantee, ...]


def promises(document: Path = GUARANTEES) -> list[Promises]:
    """Every table of the document whose last column is called "proven by"."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse(document.read_text(encoding="utf-8"))
    starts = [number for number, token in enumerate(tokens) if token.type == "table_open"]
    tables = [_table(tokens[start:]) for start in starts]
    return [
        Promises(
            header[0].content,
            tuple(
                Guarantee(
                    markdown.renderInline(row[0].content),
                    tuple(_proofs(row[-1], document.parent)),
                )
                for row in rows
            ),
        )
        for header, *rows in tables
        if header[-1].content.casefold() == "proven by"
    ]


def _table(tokens: list[Token]) -> list[list[Token]]:
    """The cells, row by row, of the table that `tokens` begin with."""
    rows: list[list[Token]] = []
    for token in tokens:
        if token.type == "table_close":
            break
        if token.type == "tr_open":
            rows.append([])
        if token.type == "inline":
            rows[-1].append(token)
    return rows


def _proofs(cell: Token, folder: Path) -> Iterator[Proof]:
    """Where the links of a cell lead to: their text is the title, or the test's name in words."""
    for text, file in re.findall(r"\[([^\]]+)\]\(([^)]+)\)", cell.content):
        path = (folder / file).resolve()
        proof = _scenario if path.suffix == ".feature" else _test
        yield proof(text, path)


def _scenario(title: str, path: Path) -> Proof:
    is_there = (title, path.name) in titles() and path.exists()
    return Proof(title, _shown(path), int(is_there), "")


def _test(sentence: str, path: Path) -> Proof:
    name = "test_" + re.sub(r"\W+", "_", sentence.lower())
    source = path.read_text(encoding="utf-8") if path.exists() else ""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and node.name == name:
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            lines = "\n".join(source.splitlines()[first - 1 : node.end_lineno])
            return Proof(sentence, _shown(path), first, dedent(lines))
    return Proof(sentence, _shown(path), 0, "")


def _shown(path: Path) -> str:
    return path.relative_to(TOP).as_posix()
