"""The generated parts of docs/clients: `PYTHONPATH=tests python -m clients_pages` writes them.

A part begins with a comment, such as `<!-- lines pagerduty -->`, and ends with `<!-- end -->`:

- `lines PROTOCOL` or `lines PROTOCOL SENDER`: what to paste, as the console shows it;
- `table PROTOCOL`: what is served of its endpoints and fields;
- `run NAME`: what a client has sent; `python -m clients.record` writes these.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from pager.access.integrations import PROTOCOLS, ProtocolName
from pager.adapters.web.intake.setup_texts import SETUPS, filled

PAGES = Path(__file__).parents[1] / "docs" / "clients"
PART = re.compile(
    r"(<!-- (?P<kind>\w+) (?P<name>[^\n]*?) -->\n)(?P<text>.*?)(<!-- end -->)", re.DOTALL
)
INTAKE = "pager.adapters.web.intake"
TABLES = {
    "ENDPOINTS": "endpoint",
    "FIELDS": "field",
    "LEGACY_FIELDS": "field of legacy alerting",
    "MAINTENANCE_FIELDS": "field of a maintenance window",
}
KEY, PUBLIC_URL, MAIL_DOMAIN = "KEY", "https://pager.example.com", "pager.example.com"


def pages() -> Sequence[Path]:
    """Every page."""
    return sorted(PAGES.glob("*.md"))


def replaced(page: str, parts: Mapping[str, Callable[[str], str]]) -> str:
    """The text of a page whose parts of these kinds are written anew, each from its name."""

    def part(found: re.Match[str]) -> str:
        make = parts.get(found["kind"])
        text = found["text"] if make is None else make(found["name"])
        return f"{found[1]}{text}{found[5]}"

    return PART.sub(part, page)


def lines(name: str) -> str:
    """The lines to paste: of all senders of a protocol, or of one."""
    protocol, _, sender = name.partition(" ")
    known = _protocol(protocol)
    return "".join(
        f"\n{setup.sender}, {setup.where}:\n\n```\n"
        f"{filled(setup.text, known, KEY, PUBLIC_URL, MAIL_DOMAIN)}\n```\n"
        for setup in SETUPS[known]
        if sender in setup.sender
    )


def table(protocol: str) -> str:
    """What Pager does with each endpoint and field."""
    module = _module(protocol)
    if module is None:
        return "\nThis version of Pager does not take it.\n"
    return "".join(
        f"\n| {title} | Pager |\n| --- | --- |\n"
        + "".join(
            _row(name, use, _notes(module, table)) for name, use in getattr(module, table).items()
        )
        for table, title in TABLES.items()
        if hasattr(module, table)
    )


def _notes(module: ModuleType, table: str) -> Mapping[str, str]:
    """What the names of a table mean; a table may have notes of its own."""
    notes: Mapping[str, str] = getattr(module, f"{table}_NOTES", getattr(module, "NOTES", {}))
    return notes


def _row(name: str, use: str, notes: Mapping[str, str]) -> str:
    note = f": {notes[name]}" if name in notes else ""
    return f"| `{name}` | {use}{note} |\n"


def _module(protocol: str) -> ModuleType | None:
    """The module of a protocol; of one that is a package, the module `protocol` in it."""
    name = f"{INTAKE}.{protocol.replace('-', '_')}"
    if find_spec(name) is None:
        return None
    module = import_module(name)
    return import_module(f"{name}.protocol") if hasattr(module, "__path__") else module


def _protocol(name: str) -> ProtocolName:
    [protocol] = [known for known in PROTOCOLS if known == name]
    return protocol


GENERATED: Mapping[str, Callable[[str], str]] = {"lines": lines, "table": table}


def write(parts: Mapping[str, Callable[[str], str]]) -> None:
    """Write the parts of these kinds of all pages."""
    for page in pages():
        page.write_text(replaced(page.read_text("utf-8"), parts), "utf-8", newline="\n")


if __name__ == "__main__":
    write(GENERATED)
