"""The examples of CI for a configuration repository: each command in them can be run."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from ruamel.yaml import YAML

from pager.cli import main

EXAMPLES = sorted((Path(__file__).parents[3] / "docs" / "ci").glob("*.yml"))


def commands(text: str) -> Iterator[list[str]]:
    """The words of each `pager …` in it."""
    for line in re.findall(r"\bpager ((?:plan|apply|verify|export)\b[^|\n]*)", text):
        yield shlex.split(line)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_each_command_of_an_example_has_its_options(example: Path) -> None:
    """And the file is YAML, in which each job verifies, plans, applies or compares."""
    text = example.read_text(encoding="utf-8")
    assert YAML(typ="safe").load(text)
    found = list(commands(text.partition("\njobs:")[2] or text))
    assert {words[0] for words in found} == {"verify", "plan", "apply"}
    for name, *arguments in found:
        command = main.get_command(click.Context(main), name)
        assert command is not None
        known = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in arguments if word.startswith("-")} <= known
    assert any(words == ["plan", ".", "--exit-code"] for words in found)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_an_example_installs_no_program_of_somebody_else(example: Path) -> None:
    """PyPI's "pager" is another one, and these jobs hold keys."""
    installed = re.findall(r"pip install (.+)", example.read_text(encoding="utf-8"))
    assert {*installed} == {'"pager[verify] @ $INSTALL_FROM"'}


def test_there_are_examples() -> None:
    """Of GitHub and of GitLab."""
    assert [path.name for path in EXAMPLES] == ["github.yml", "gitlab.yml"]
