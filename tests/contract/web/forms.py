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
    """The text of the main part of a page, in one line."""
    main = html.partition("<main")[2].partition(">")[2]
    without_inline = re.sub(r"</?(a|code|span|strong|time)\b[^>]*>", "", main)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", without_inline))).strip()


def heading(html: str) -> str:
    """The main heading of a page."""
    [text] = re.findall(r"<h1[^>]*>(.*?)</h1>", html, re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", text))).strip()


class Control(NamedTuple):
    """A field or a button."""

    form: str
    id: str
    name: str
    value: str


class FormPage:
    """A page, and what a person can do with it."""

    def __init__(self, client: TestClient, response: Response) -> None:
        """`client` sends the forms of the page."""
        self._client = client
        self.response = response
        self._controls = _Controls()
        self._controls.feed(response.text)

    @property
    def text(self) -> str:
        """What the page says, in one line."""
        return in_words(self.response.text)

    @property
    def is_saved(self) -> bool:
        """Whether the page comes right after a save, and says so."""
        has_status = 'role="status"' in self.response.text
        return "saved" in self.response.url.params and has_status

    @property
    def buttons(self) -> list[str]:
        """The labels of the buttons, from top to bottom."""
        return [label for label, _ in self._controls.buttons]

    @property
    def focused(self) -> str | None:
        """The id of the element that has the focus at first."""
        return self._controls.focused

    def value(self, id_: str) -> str:
        """The value of a field."""
        [field] = [field for field in self._controls.fields if field.id == id_]
        return field.value

    def value_of(self, name: str) -> str:
        """The value of the last field of that name, which may be hidden."""
        return [field for field in self._controls.fields if field.name == name][-1].value

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
        """Press the button with that label; the page that follows."""
        [button] = [button for text, button in self._controls.buttons if text == label]
        return self._send(button)

    def press_enter(self, form: str) -> "FormPage":
        """Press Enter in a field of that form: browsers press the form's first button then."""
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


def opened(browser: TestClient, path: str) -> FormPage:
    """The page there, as that browser shows it."""
    return FormPage(browser, browser.get(path))


class _Controls(HTMLParser):
    """The forms of a page, with their fields and buttons."""

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
        self._select: Control | None = None
        self._is_first_option = False
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if "autofocus" in attributes:
            self.focused = attributes.get("id")
        if tag == "form":
            self._form = attributes.get("id", f"form {len(self.actions)}")
            self.actions[self._form] = attributes.get("action", "")
        control = Control(
            attributes.get("form", self._form),
            attributes.get("id", ""),
            attributes.get("name", ""),
            attributes.get("value", ""),
        )
        is_choice = attributes.get("type") in CHOICES
        if tag == "input" and (not is_choice or "checked" in attributes):
            self.fields.append(control)
        if tag == "textarea":
            self._area, self._text = control, ""
        if tag == "select":
            self._select = control._replace(value="")
            self.fields.append(self._select)
        if tag == "option" and self._select and ("selected" in attributes or self._is_first_option):
            self.fields[-1] = self._select._replace(value=control.value)
        self._is_first_option = tag == "select"
        if tag == "button":
            self.first.setdefault(control.form, control)
            self._button = (control, attributes.get("aria-label"))
            self._is_hidden = "aria-hidden" in attributes
            self._label = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = ""
        if tag == "select":
            self._select = None
        if tag == "textarea" and self._area is not None:
            # The line break right after the tag is not part of the text.
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
