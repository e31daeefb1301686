"""A browser without a script: it fills in the form of a page, and presses its buttons."""

import re
from html import unescape
from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import urlencode

from fastapi.testclient import TestClient
from httpx2 import Response

CHOICES = ("checkbox", "radio")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def in_words(html: str) -> str:
    """What a page says, in one line."""
    main = html.partition("<main")[2].partition(">")[2]
    without_inline = re.sub(r"</?(a|code|span|strong|time)\b[^>]*>", "", main)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", without_inline))).strip()


class Control(NamedTuple):
    """A field or a button."""

    form: str
    id: str
    name: str
    value: str


class FormPage:
    """A page as it was answered, and what somebody does with it."""

    def __init__(self, client: TestClient, response: Response) -> None:
        """The next page is asked of `client`."""
        self._client = client
        self.response = response
        self._controls = _Controls()
        self._controls.feed(response.text)

    @property
    def text(self) -> str:
        """What the page says."""
        return in_words(self.response.text)

    @property
    def buttons(self) -> list[str]:
        """What is written on them, from top to bottom."""
        return [label for label, _ in self._controls.buttons]

    @property
    def focused(self) -> str | None:
        """The id of what has the focus at first."""
        return self._controls.focused

    def value(self, id_: str) -> str:
        """What stands in a field."""
        [field] = [field for field in self._controls.fields if field.id == id_]
        return field.value

    def fill(self, **fields: str) -> "FormPage":
        """Type into fields, by their id (with _ for -)."""
        typed = {id_.replace("_", "-"): value for id_, value in fields.items()}
        known = self._controls.fields
        assert typed.keys() <= {field.id for field in known}, typed
        self._controls.fields = [
            field._replace(value=typed.get(field.id, field.value)) for field in known
        ]
        return self

    def press(self, label: str) -> "FormPage":
        """Press the button on which that stands; the page that this leads to."""
        [button] = [button for found, button in self._controls.buttons if found == label]
        return self._send(button)

    def enter(self, form: str) -> "FormPage":
        """Press Enter in a field of that form: a browser takes the form's first button then."""
        return self._send(self._controls.first[form])

    def _send(self, button: Control) -> "FormPage":
        action = self._controls.actions[button.form] or self.response.url.path
        fields = [
            (control.name, control.value)
            for control in [*self._controls.fields, button]
            if control.form == button.form and control.name
        ]
        response = self._client.post(
            action, content=urlencode(fields), headers=FORM, follow_redirects=True
        )
        return FormPage(self._client, response)


class _Controls(HTMLParser):
    """What a page consists of, as far as its reader can use it."""

    def __init__(self) -> None:
        super().__init__()
        self.actions: dict[str, str] = {}
        self.fields: list[Control] = []
        self.buttons: list[tuple[str, Control]] = []
        self.first: dict[str, Control] = {}
        self.focused: str | None = None
        self._form = ""
        self._button: tuple[Control, str | None] | None = None
        self._label = ""
        self._is_hidden = False
        self._area: Control | None = None
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if "autofocus" in given:
            self.focused = given.get("id")
        if tag == "form":
            self._form = given.get("id", f"form {len(self.actions)}")
            self.actions[self._form] = given.get("action", "")
        named = Control(
            given.get("form", self._form),
            given.get("id", ""),
            given.get("name", ""),
            given.get("value", ""),
        )
        if tag == "input" and not (given.get("type") in CHOICES and "checked" not in given):
            self.fields.append(named)
        if tag == "textarea":
            self._area, self._text = named, ""
        if tag == "button":
            self.first.setdefault(named.form, named)
            self._button = (named, given.get("aria-label"))
            self._is_hidden = "aria-hidden" in given
            self._label = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = ""
        if tag == "textarea" and self._area is not None:
            # The line break after its tag is none of its text.
            self.fields.append(self._area._replace(value=self._text.removeprefix("\n")))
            self._area = None
        if tag == "button" and self._button is not None:
            control, label = self._button
            if not self._is_hidden:
                self.buttons.append((label or re.sub(r"\s+", " ", self._label).strip(), control))
            self._button = None

    def handle_data(self, data: str) -> None:
        self._label += data
        self._text += data
