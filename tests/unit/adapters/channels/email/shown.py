"""What an e-mail program makes of the HTML part of a mail."""

from collections import Counter
from html.parser import HTMLParser

from html_mail import html_of

VOID = {"meta", "br"}
UNSHOWN = {"head"}


class Shown(HTMLParser):
    """Reads the HTML part: elements, links, and text as it is shown."""

    def __init__(self, content: bytes) -> None:
        """`content` is the whole mail."""
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: Counter[str] = Counter()
        self.links: list[dict[str, str | None]] = []
        self.texts: list[str] = []
        """What stands in each link."""
        self.open: list[str] = []
        self.text = ""
        """What can be read, with a line feed for each line and block."""
        self.html = html_of(content)
        self.feed(self.html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Count it, and remember a link."""
        self.tags[tag] += 1
        self.attributes.update(name for name, _ in attrs)
        if tag == "a":
            self.links.append(dict(attrs))
            self.texts.append("")
        elif tag != "span":
            self.text += "\n"
        if tag not in VOID | {"li"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Fails where elements are not nested."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Text of the page."""
        if UNSHOWN & {*self.open}:
            return
        self.text += data
        if "a" in self.open:
            self.texts[-1] += data

    @property
    def preview(self) -> str:
        """What a lock screen shows."""
        return " ".join(self.text.split())[:80]

    def section(self, heading: str) -> list[str]:
        """The lines of the section with that heading."""
        text = self.text.partition(f"\n{heading}\n")[2]
        return text.partition("\ncheckout-api · incident")[0].strip("\n").split("\n")
