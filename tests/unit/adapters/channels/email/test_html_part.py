"""What an e-mail shows, and what no Alert can make it show."""

import re
from datetime import UTC, datetime
from importlib.resources import files
from quopri import decodestring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pager import EmailTarget, Notification
from pager.adapters.channels.email import html_part
from pager.adapters.channels.email.html_part import LONGEST_HEADLINE
from pager.adapters.channels.email.message import Composer
from pager.adapters.channels.test_page import TestPage
from pager.adapters.text import clean_lines
from pager.model import LONGEST_MESSAGE, LaterAlerts, shortened
from unit.adapters.channels.email.shown import Shown

ADA = EmailTarget(address="ada@example.com")
LINK = "https://pager.example.com/acknowledge/WyJjaGVja291dC1hcGkiXQ.a-b_c?x=1&lt=2"
COMPOSER = Composer("Pager <pager@example.com>", b"x")
HOSTILE = (
    "</div></div></body></html><h1>Acknowledged",
    '<a href="https://evil.example.com" style="display:block">Acknowledge</a>',
    '"><script>alert(1)</script><img src=x onerror=alert(1)>',
    "<style>.b{display:none}</style><!-- ",
    "&lt;b&gt; &amp; &#60; %(href)b %s %% {} {0} {alert}",
    "=0A=\n=3D =\n.\n..\n--\n--=_x--\n",
    "\r\nContent-Type: text/html\r\n\r\n<b>",
    "a\u202eb\u2066c\x1b[31m\x01",
    "\u05e9\u05dc\u05d5\u05dd level 9 \U0001f525 日本語",
    "x" * 9_000,
    "日" * 3_000,
    "  indented\n\n\n\n    more  spaces\t.",
)


def page(
    message: str, level: int = 1, service_id: str = "checkout-api", *, by_fallback: bool = False
) -> Notification:
    return Notification(
        service_id=service_id,
        incident=12,
        level=level,
        target=ADA,
        message=message,
        is_by_fallback=by_fallback,
    )


def composed(notification: Notification) -> bytes:
    return COMPOSER.compose(notification, ADA, LINK).content


def shown(notification: Notification) -> Shown:
    return Shown(composed(notification))


def after(*messages: str, count: int = 0) -> Notification:
    later = LaterAlerts(messages=messages, count=count or len(messages))
    return page("p99 latency above 3 s", 2).model_copy(update={"later_alerts": later})


@pytest.mark.parametrize(
    ("notification", "preview"),
    [
        (
            page("p99 latency above 3 s in eu-west-1"),
            "checkout-api · level 1 · “p99 latency above 3 s in eu-west-1” Acknowledge It ope",
        ),
        (
            page("500 errors on login\nrunbook: https://wiki.example.com/errors", 2),
            "checkout-api · level 2 · “500 errors on login” Level 2: nobody answered Level 1.",
        ),
        (
            page("\n \n disk full \nmore", 12, "s" * 200),
            f"{'s' * 39}… · level 12 · “disk full” Level 12: nobo",
        ),
    ],
)
def test_the_first_80_characters_have_service_level_and_alert(
    notification: Notification, preview: str
) -> None:
    """They are what a lock screen shows."""
    assert shown(notification).preview == preview


def test_a_short_alert_is_told_once() -> None:
    """In large type; the rest is how to acknowledge, and what else is known."""
    text = shown(page("disk full & more\n\n")).text
    lines = [line for line in text.split("\n") if line]
    assert re.fullmatch(r"Sent at \d\d:\d\d:\d\d UTC", lines.pop())
    assert lines == [
        "checkout-api · level\N{NO-BREAK SPACE}1 · ",
        "“disk full & more”",
        "Acknowledge",
        "It opens a page with one button. Once that is pressed, nobody else is told.",
        "checkout-api · incident 12 · level 1",
    ]


@pytest.mark.parametrize("message", HOSTILE, ids=range(len(HOSTILE)))
def test_the_whole_text_is_there_and_is_nothing_but_text(message: str) -> None:
    """Whatever the Alert says, it makes no element, and no element ends early."""
    result = shown(page(f"disk full\n{message}"))
    lines = clean_lines(f"disk full\n{message}")
    plain = shown(page("disk full\nmore"))
    assert [line.rstrip() for line in result.section("The alert says")] == [
        line.rstrip() for line in "\n".join(lines).rstrip().split("\n")
    ]
    assert {**result.tags, "br": 0, "a": 0} == {**plain.tags, "br": 0, "a": 0}
    assert {*result.attributes} - {"rel"} == {*plain.attributes}


@pytest.mark.parametrize("message", HOSTILE, ids=range(len(HOSTILE)))
def test_the_large_type_is_nothing_but_text(message: str) -> None:
    """It has the first line, in quotes."""
    first, *_ = clean_lines(message)
    text = shown(page(message)).text
    assert f"\n“{shortened(first.strip(), LONGEST_HEADLINE)}”\n" in text


def test_the_reason_for_a_page_is_nothing_but_text() -> None:
    """Whoever is named in it."""
    html = html_part.page(page("down"), LINK, "", "Sent on by <b>Eve</b>.", datetime.now(UTC))
    assert b"Sent on by &lt;b&gt;Eve&lt;/b&gt;.\r\n" in decodestring(html)


@given(st.text(st.characters(exclude_characters="\x00", codec="utf-8"), min_size=1))
def test_any_text_is_nothing_but_text(message: str) -> None:
    """As the first Alert, and as a later one."""
    notification = page(message).model_copy(
        update={"later_alerts": LaterAlerts(messages=(message,), count=1)}
    )
    content = composed(notification)
    result = Shown(content)
    assert not result.tags.keys() - {
        *("html", "head", "meta", "title", "style", "body", "div", "span", "h1", "h2", "p"),
        *("table", "tr", "td", "a", "ul", "li", "br"),
    }
    assert result.tags["table"] == result.texts.count("Acknowledge") == 1
    assert content.isascii()
    assert max(map(len, content.split(b"\r\n"))) <= 78
    assert content.count(b"\n") == content.count(b"\r") == content.count(b"\r\n")


def test_a_line_that_ends_a_part_ends_nothing() -> None:
    """Not even if somebody knew the boundary."""
    [boundary] = re.findall(rb'boundary="([^"]+)"', composed(page("down")))
    end = f"--{boundary.decode()}--"
    assert shown(page(f"down\n{end}\nmore")).section("The alert says") == ["down", end, "more"]


@pytest.mark.parametrize(
    ("message", "links"),
    [
        ("see https://wiki.example.com/a?b=c&d='e'#f.", ["https://wiki.example.com/a?b=c&d='e'#f"]),
        (
            "(http://a.example/x_(y)) and HTTPS://B.example!",
            ["http://a.example/x_(y)", "HTTPS://B.example"],
        ),
        (
            "<https://a.example>,[b](https://b.example/)",
            ["https://a.example", "https://b.example/"],
        ),
        ('"https://a.example/"onmouseover="x"', ["https://a.example/"]),
        ("https://wiki.example.com/Störung/日本", ["https://wiki.example.com/Störung/日本"]),
        ("https://a.example/?a=1&lt=2&copy=3", ["https://a.example/?a=1&lt=2&copy=3"]),
        ("http://[::1]:8080/x\nhttp://localhost", ["http://[::1]:8080/x", "http://localhost"]),
        ("javascript:alert(1) data:text/html,x ftp://a.example https:// http://. file:///etc", []),
    ],
)
def test_only_http_urls_of_an_alert_are_links(message: str, links: list[str]) -> None:
    """They show where they lead, and tell no server where they were."""
    result = shown(page(f"disk full\n{message}"))
    button, *others = result.links
    assert button["href"] == LINK
    assert [link["href"] for link in others] == links == result.texts[1:]
    assert all({*link} == {"href", "rel"} and link["rel"] == "noreferrer" for link in others)


def test_a_url_in_a_single_line_is_a_link_too() -> None:
    """The large type has none, so the text is below as well."""
    result = shown(page("look at https://a.example"))
    assert [link["href"] for link in result.links] == [LINK, "https://a.example"]


def test_there_is_one_button_and_nothing_is_loaded() -> None:
    """No image, script or form; a program that loads what it shows reports nothing."""
    result = shown(page("down\nAcknowledge: https://evil.example.com/acknowledge/x", 2))
    assert result.texts[0] == "Acknowledge"
    assert result.texts.count("Acknowledge") == 1
    assert not {"img", "script", "form", "link", "iframe", "input", "button"} & {*result.tags}
    assert not re.search(r"url\(|@import|src=", result.html)


def test_the_incident_has_a_page_in_the_console() -> None:
    """Its link is quiet, and has no secret."""
    url = "https://pager.example.com/incidents/checkout-api/12"
    result = Shown(COMPOSER.compose(page("down"), ADA, LINK, url).content)
    assert result.links[1:] == [{"href": url}]
    assert result.texts == ["Acknowledge", "incident 12"]


def test_what_later_alerts_said_is_a_list() -> None:
    """One line each, the newest last, with links."""
    result = shown(after("error rate\nabove 5 %", "<b> https://a.example/x"))
    assert result.section("2 more alerts since then") == [
        "error rate above 5 %",
        "<b> https://a.example/x",
    ]
    assert result.tags["li"] == 2
    assert [link["href"] for link in result.links] == [LINK, "https://a.example/x"]


@pytest.mark.parametrize(
    ("messages", "count", "heading"),
    [
        (("a",), 1, "1 more alert since then"),
        (("a", "b"), 7, "7 more alerts since then, the last 2:"),
        (("a", "b"), 100, "At least 100 more alerts since then, the last 2:"),
    ],
)
def test_it_says_how_many_more_there_were(
    messages: tuple[str, ...], count: int, heading: str
) -> None:
    """As far as they are counted."""
    assert f"\n{heading}\n" in shown(after(*messages, count=count)).text


def test_it_says_why_somebody_is_paged_who_may_not_know_the_service() -> None:
    """By the fallback policy."""
    note = "It has no policy of its own: the fallback policy is used."
    assert note in shown(page("down", by_fallback=True)).text
    assert note not in shown(page("down")).text


def test_it_says_whom_the_policy_did_not_reach() -> None:
    """Names are nothing but text. Whether the service has a policy of its own can be seen there."""
    gaps = {"gaps": ("Nights, Level 1: <b>Eve</b> has no contact method", "and 2 more Levels")}
    text = shown(page("down", by_fallback=True).model_copy(update=gaps)).text
    assert "The fallback policy is used." in text
    line = "Not reached: Nights, Level 1: <b>Eve</b> has no contact method; and 2 more Levels."
    assert line in text
    assert "Not reached" not in shown(page("down")).text


def test_it_says_who_sent_it_by_hand() -> None:
    """With the level of the policy; the name is nothing but text."""
    sent_on = page("down", level=2).model_copy(update={"escalated_by": "<b>Eve</b>\nx"})
    mail = shown(sent_on)
    assert mail.preview.startswith("checkout-api · level 2 · ")
    assert "\nLevel 2: somebody sent it on.\n" in mail.text
    assert "incident 12 · level 2, sent on by <b>Eve</b> x\n" in mail.text
    by_hand = {"level": 3, "repeats": 1, "told_again_by": "Grace"}
    again = shown(page("down").model_copy(update=by_hand))
    assert again.preview.startswith("checkout-api · level 2 · ")
    assert "\nNobody has it: Level 2 is told again.\n" in again.text
    assert "incident 12 · level 2, told again by Grace\n" in again.text


def test_it_says_whose_acknowledgement_has_expired() -> None:
    """The name is nothing but text, too."""
    expired = {"level": 2, "repeats": 1, "expired_of": "<b>Eve</b>"}
    mail = shown(page("down").model_copy(update=expired))
    assert "\nLevel 1 is told again: an acknowledgement has expired.\n" in mail.text
    assert "incident 12 · level 1, told again: expired acknowledgement of <b>Eve</b>\n" in mail.text


def test_it_says_how_many_troubles_are_open() -> None:
    """Where it is not one."""
    assert "trouble" not in shown(page("down", level=2)).text
    two = page("down", level=2).model_copy(update={"open_troubles": 2})
    assert "incident 12 · level 2 · 2 open troubles\n" in shown(two).text


@pytest.mark.parametrize("message", [" ", "\n\u200b\n", "\u202e"])
def test_an_alert_of_nothing_says_so(message: str) -> None:
    """Or one would look for its text."""
    assert shown(page(message)).preview.startswith(
        "checkout-api · level 1 · (The alert has no text.)"
    )


def test_it_is_small() -> None:
    """It leaves for thousands."""
    assert len(composed(page("p99 latency above 3 s in eu-west-1", 2))) < 3_800
    assert len(shown(page("p99 latency above 3 s in eu-west-1", 2)).html) < 2_300


@pytest.mark.parametrize(
    "unit",
    ["&", "\U0001f525", "&\n", "<br>\n", "http://a ", "http://a&&&&&&&& ", "a\n", "\u00e9\n"],
)
def test_gmail_cuts_nothing_off(unit: str) -> None:
    """It cuts what is above 102 kB."""
    later = (unit * 1_000)[:1_000]
    notification = page((unit * LONGEST_MESSAGE)[:LONGEST_MESSAGE], 2, "s" * 200, by_fallback=True)
    html = shown(
        notification.model_copy(
            update={"later_alerts": LaterAlerts(messages=(later,) * 5, count=99)}
        )
    ).html
    assert len(html.encode()) < 100_000


def test_a_test_page_says_so_first_and_has_no_button() -> None:
    """There is nothing to acknowledge; the name of its sender is text."""
    test_page = TestPage(target=ADA, service_id="checkout-api", sent_by='<b>"Zoë" & 日本 🔥</b>')
    result = Shown(COMPOSER.compose_test_page(test_page, ADA).content)
    assert result.preview.startswith("checkout-api · test page · This is only a test Nothing is wr")
    assert '\nSent by <b>"Zoë" & 日本 🔥</b> at ' in result.text
    assert (result.links, result.tags["b"]) == ([], 0)


def test_its_colours_are_those_of_the_console() -> None:
    """Light ones inline, dark ones in the style sheet."""
    console = files("pager.adapters.web.console").joinpath("assets/console.css").read_text("utf-8")
    light, dark, *_ = re.findall(r":root \{(.*?)\}", console, re.DOTALL)
    html = shown(after("error rate above 5 %")).html
    style = html.partition("@media")[2].partition("</style>")[0]
    assert colours(style) <= colours(dark)
    assert colours(html.replace(style, "")) <= colours(light)


def colours(text: str) -> set[str]:
    return set(re.findall(r"#[0-9a-f]{3,6}\b", text))
