"""How a page of scenarios is rendered: everything in it is escaped, and it needs no other file."""

from collections.abc import Callable
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

HERE = Path(__file__).parent
STYLE = Markup((HERE / "page.css").read_text(encoding="utf-8"))  # noqa: S704 - our own


def environment(folder: Path, has_header: Callable[[list[list[str]]], bool]) -> Environment:
    """For the templates of that folder; `has_header` says whether a table has one."""
    jinja = Environment(
        loader=FileSystemLoader([folder, HERE]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    jinja.tests["headed"] = has_header
    return jinja
