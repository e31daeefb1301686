"""Which file says what of a document, and the texts of the files that are to say it."""

import json
import re
from collections.abc import Iterable, Mapping

from pydantic import JsonValue, ValidationError

from pager.adapters.configuration.documents import DOCUMENT, ConfigurationDocument
from pager.adapters.configuration.json_schema import MODELINE
from pager.adapters.configuration.yaml_edits import edited
from pager.adapters.configuration.yaml_parts import CannotEdit
from pager.adapters.configuration.yaml_text import block
from pager.adapters.configuration.yaml_values import WrongYaml, read_yaml

Kinds = dict[str, JsonValue]
"""What a file says of each kind, in plain values."""

_HEAD = re.compile(r"(?:[ \t]*(?:#.*)?\n)*")
"""The comments above everything."""

HOMES = {"fallback": "services"}
"""A new entry goes to the file of its kind; the fallback policy to that of the services."""


def texts_of(document: ConfigurationDocument, texts: Mapping[str, str]) -> dict[str, str]:
    """The texts of the files so that they say the document, where `texts` are those that there are.

    Only the files that change are returned; one that would say nothing has no text. What the
    document says nothing of stays.
    """
    before = {file: said for file, text in texts.items() if (said := _said(text)) is not None}
    after: dict[str, Kinds] = {file: {} for file in before}
    for kind, wanted in _plain(document).items():
        there = {file: said[kind] for file, said in before.items() if kind in said}
        for file, share in _shares(kind, wanted, there, texts).items():
            after.setdefault(file, {})[kind] = share
    for file, said in before.items():
        after[file] |= {kind: one for kind, one in said.items() if getattr(document, kind) is None}
    return {
        file: _text(texts.get(file, ""), before.get(file, {}), said)
        for file, said in after.items()
        if said != before.get(file)
    }


def _plain(document: ConfigurationDocument) -> Kinds:
    return document.model_dump(mode="json")


def _said(text: str) -> Kinds | None:
    """What a file says, as we would write it; None where it says nothing."""
    value = read_yaml(text).value
    return None if value is None else _plain(DOCUMENT.validate_json(json.dumps(value)))


def _shares(
    kind: str, wanted: JsonValue, there: Mapping[str, JsonValue], files: Iterable[str]
) -> dict[str, JsonValue]:
    """What each file is to say of a kind: what it says already, and one of them what is new."""
    home = _home(kind, there, files)
    if kind == "fallback":
        return {home: wanted}
    entries = _entries(wanted)
    shares = {
        file: {name: entries[name] for name in _entries(said) if name in entries}
        for file, said in there.items()
    }
    known = {name for share in shares.values() for name in share}
    new = {name: one for name, one in entries.items() if name not in known}
    shares[home] = {**shares.get(home, {}), **new}
    return {
        file: [*share.values()] if isinstance(wanted, list) else share
        for file, share in shares.items()
        if share or (not entries and file == home)
    }


def _entries(said: JsonValue) -> Kinds:
    """The entries of a kind by their names; of a list, each is its own name."""
    if isinstance(said, list):
        return {str(one): one for one in said}
    return said if isinstance(said, dict) else {}


def _home(kind: str, there: Mapping[str, JsonValue], files: Iterable[str]) -> str:
    """The file that new entries go to: the only one with that kind, or the one with its name."""
    name = f"{HOMES.get(kind, kind)}.yaml"
    if len(there) == 1 and (kind in HOMES or name not in files):
        return next(iter(there))
    return name


def _text(text: str, before: Kinds, after: Kinds) -> str:
    if not after:
        return ""
    windows = "\r\n" in text
    text = text.replace("\r\n", "\n") or MODELINE
    text = _edited(text, before, after) if before else f"{text}{block(after)}\n"
    return text.replace("\n", "\r\n") if windows else text


def _edited(text: str, before: Kinds, after: Kinds) -> str:
    try:
        new = edited(text, before, after)
        if _said(new) == after:
            return new
    except (CannotEdit, WrongYaml, ValidationError):
        pass
    # An alias may mean what is to be changed in one place, and not in the other.
    head = _HEAD.match(text)
    return f"{head[0] if head else ''}{block(after)}\n"
