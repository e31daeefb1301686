"""The state diagram, laid out by Graphviz: an arrow for each rule that changes something.

Rules that differ in their message alone share an arrow.
"""

import re
import subprocess
from collections.abc import Iterator, Sequence
from textwrap import wrap

from living_page.rules import Rule
from npm import installed, node

GRAPHVIZ = "@viz-js/viz@3.31.0"

LAYOUT = """
import { instance } from '@viz-js/viz';
import { readFileSync } from 'node:fs';
const graphviz = await instance();
process.stdout.write(graphviz.renderString(readFileSync(0, 'utf8'), { format: 'svg' }));
"""

STYLE = """
  graph [bgcolor=transparent, nodesep=0.6, ranksep=0.7, fontname="Helvetica"]
  node [shape=box, style=rounded, fontname="Helvetica", fontsize=15, margin="0.25,0.15"]
  edge [fontname="Helvetica", fontsize=12, arrowsize=0.7]
"""


def diagram(rules: Sequence[Rule]) -> str:
    """The rules that change something as an SVG; the style sheet has its colours.

    Raises NoNode where there is no Node.js to lay it out.
    """
    svg = subprocess.run(
        [*node().node, "--input-type=module", "--eval", LAYOUT],
        input=graph([rule for rule in rules if rule.outcome.changes]),
        capture_output=True,
        check=True,
        cwd=installed(GRAPHVIZ),
        encoding="utf-8",
    ).stdout
    return svg[svg.index("<svg") :]


def graph(rules: Sequence[Rule]) -> str:
    """In Graphviz's language: a node for each state, an arrow for what each rule does."""
    states = dict.fromkeys(state for rule in rules for state in (rule.state, rule.outcome.becomes))
    nodes = [f'  "{state}" [class="{_class(state)}", label="{_lines(state)}"]' for state in states]
    messages: dict[Rule, list[str]] = {}
    for rule in rules:
        messages.setdefault(rule._replace(message=""), []).append(rule.message)
    arrows = [
        f'  "{rule.state}" -> "{rule.outcome.becomes}" [label="{"".join(_label(rule, names))}"]'
        for rule, names in messages.items()
    ]
    return "\n".join(["digraph {", STYLE, *nodes, *arrows, "}"])


def _class(state: str) -> str:
    return re.sub("[^a-z]+", "-", state.lower())


def _lines(state: str) -> str:
    return state.replace(", ", r"\n")


def _label(rule: Rule, messages: Sequence[str]) -> Iterator[str]:
    """The messages, the condition and the effects: each on a line, aligned left."""
    yield from (rf" {message}\l" for message in messages)
    if rule.guard:
        yield from (rf"   {line}\l" for line in wrap(f"if {rule.guard}", 40))
    for effect in rule.outcome.effects:
        first, *more = wrap(effect, 40)
        yield rf"   → {first}\l"
        yield from (rf"      {line}\l" for line in more)
