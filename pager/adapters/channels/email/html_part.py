"""A page as HTML, as e-mail programs show it.

Its first characters are what a lock screen, a watch and a list of mails show: the service, the
Level, and what the Alert says. There is no image, nothing is loaded, nobody learns who has read it.

What e-mail programs support differs (caniemail.com). So each element has its style inline: Gmail
drops the rest in some accounts. The colours of the dark mode are in `<style>`, for Apple Mail and
Outlook; others turn the light ones. The button is a table, because Outlook for Windows knows no
padding elsewhere, and lines end with `<br>`, because it does not know `white-space`.
"""

import re
from binascii import b2a_qp
from collections.abc import Iterable
from datetime import datetime
from html import escape

from pager.adapters.channels.alert_text import unreached_in_short, why_in_short
from pager.adapters.channels.code_message import CodeMessage
from pager.adapters.channels.test_page import TestPage
from pager.adapters.text import clean_lines, one_line
from pager.messages import Notification
from pager.model import MOST_LATER_ALERTS, LaterAlerts, shortened
from pager.words import troubles_of_page_in_words

LONGEST_HEADLINE = 120
"""Characters of the Alert's first line in large type, in quotes: it is no word of Pager's. Below
it the Alert stands in full."""

_LONGEST_SERVICE = 40
"""Characters of the service in the first line: a lock screen has room for the Alert, too."""

_LONGEST_WITH_LINKS = 40_000
"""Bytes. A text that is longer has its URLs as text: Gmail cuts a mail above 102 kB."""

_URL = re.compile(r"(https?://[\w\[][^\s<>\"]*)", re.IGNORECASE)
_AFTER_URL = ".,:;!?')]}"
"""A URL that ends with one of these has it from the sentence."""

# Colours and sizes are those of the console.
_HEAD = """\
<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<meta name="format-detection" content="telephone=no,date=no,address=no">
<title>
%(title)b
</title>
<style>
:root{color-scheme:light dark}
.p a{color:#1f5fd0}
@media (max-width:240px){h1{font-size:18px !important}}
@media (prefers-color-scheme:dark){
.p{background:#121317 !important;color:#eceef2 !important}
.p a{color:#7aa7ff}
.q{color:#a3abb8 !important}
.l{border-color:#2c2f37 !important}
.w{border-color:#ff6a5f !important;color:#ff6a5f !important}
.b,.p .b a{background:#7aa7ff !important;color:#071a3d !important}
}
</style></head>
<body class="p" style="margin:0;background:#fff;color:#16181d">
<div class="p" lang="en" role="article" style="max-width:560px;margin:0 auto;
padding:20px 16px;background:#fff;color:#16181d;font:15px/1.5 system-ui,
-apple-system,'Segoe UI',Roboto,sans-serif;word-break:break-word">
"""
_HEADLINE = """\
<h1 class="p" dir="auto" style="margin:0 0 4px;color:#16181d;font-size:24px;
line-height:1.3;font-weight:600">
%(headline)b
</h1>
"""
_TOP = f"""\
<div class="w" style="border-left:4px solid #c4271f;padding-left:12px;
color:#c4271f;font-weight:600">
%(step)b
{_HEADLINE}%(why)b
</div>
"""
_BUTTON = """\
<table role="presentation" cellpadding="0" cellspacing="0" width="100%%"
style="margin:20px 0 0"><tr><td class="b" align="center" bgcolor="#1f5fd0"
style="border-radius:6px;mso-padding-alt:12px"><a
%(href)b
style="display:block;padding:12px 4px;border-radius:6px;background:#1f5fd0;
color:#fff;font-size:18px;line-height:24px;font-weight:600;word-break:normal;
text-decoration:none">Acknowledge</a></td></tr></table>
<p class="q" style="margin:8px 0 0;font-size:13px;color:#5a616d">
It opens a page with one button. Once that is pressed, nobody else is told.
</p>
"""
_FACTS = """\
<p class="q l" style="margin:24px 0 0;padding:12px 0 0;font-size:13px;
border-top:1px solid #e1e4e9;color:#5a616d">
%(facts)b
</p></div></body></html>
"""
_NOTE = f"""\
<p class="q" style="margin:0;color:#5a616d">
%(step)b
</p>
{_HEADLINE}%(sentences)b
"""

_SECTION = """\
<h2 style="margin:24px 0 4px;font-size:15px;line-height:1.5;font-weight:600">{}</h2>\
<div class="l" dir="auto" style="border-left:3px solid #e1e4e9;padding-left:12px;\
white-space:pre-wrap">{}</div>"""
_SENTENCE = '<p style="margin:4px 0 0">{}</p>'
_LIST = '<ul style="margin:0;padding:0 0 0 20px"><li>{}</ul>'


def page(
    notification: Notification, link: str, incident_page: str, why: str, at: datetime
) -> bytes:
    """The page, in quoted-printable.

    `link` acknowledges it. `incident_page` is the URL of the incident, and `why` a sentence that
    says why this Level is paged; either may be empty. `at` is when it is sent, in whole seconds.
    """
    lines = clean_lines(notification.message)
    first_line = shortened(lines[0].strip(), LONGEST_HEADLINE) if lines else ""
    said = f"“{first_line}”" if lines else "(The alert has no text.)"
    service = shortened(notification.service_id, _LONGEST_SERVICE)
    step = f"{service} · level\N{NO-BREAK SPACE}{notification.policy_level}"
    return _PAGE % {
        b"title": _encoded(step),
        b"step": _encoded(f"{step}{_SEPARATOR}"),
        b"headline": _encoded(escape(said, quote=False)),
        b"why": _encoded(escape(why, quote=False)),
        b"href": _encoded(f'href="{escape(link)}"'),
        b"alerts": _encoded(_alert(lines, first_line) + _later_alerts(notification.later_alerts)),
        b"facts": _encoded(_facts(notification, incident_page, at)),
    }


def test_page(test_page: TestPage, at: datetime) -> bytes:
    """The test page, in quoted-printable; `at` is as above."""
    step = f"{shortened(test_page.service_id, _LONGEST_SERVICE)} · test page"
    sentences = (
        "Nothing is wrong, and there is nothing to acknowledge.",
        "The policy of this service names you: its pages would reach you like this.",
    )
    facts = f"{test_page.service_id}<br>{_sent(test_page.sent_by, at)}"
    return _note(step, "This is only a test", sentences, facts)


def code(message: CodeMessage, at: datetime) -> bytes:
    """The message with a code, in quoted-printable; `at` is as above."""
    step = f"Pager · a code for {escape(message.person, quote=False)}"
    return _note(step, message.readable_code, message.sentences, _sent(message.sent_by, at))


def _note(step: str, headline: str, sentences: Iterable[str], facts: str) -> bytes:
    """What is not about an incident: `step` and `facts` are HTML."""
    said = "".join(_SENTENCE.format(escape(sentence, quote=False)) for sentence in sentences)
    return _NOTE_PAGE % {
        b"title": _encoded(step),
        b"step": _encoded(f"{step}{_SEPARATOR}"),
        b"headline": _encoded(headline),
        b"sentences": _encoded(said),
        b"facts": _encoded(facts),
    }


def _sent(sent_by: str, at: datetime) -> str:
    return f"Sent by {escape(sent_by, quote=False)} at {at.time()} UTC"


# Only where a program shows the first lines as one: what an Alert says may begin with a number.
_SEPARATOR = '<span style="display:none"> · </span>'


def _alert(lines: list[str], first_line: str) -> str:
    """All that the Alert says, unless the large type has all of it."""
    text = "\n".join(lines).strip("\n")
    html = _linked(text)
    if text == first_line and "<a " not in html:
        return ""
    return _SECTION.format("The alert says", html)


def _later_alerts(later: LaterAlerts) -> str:
    """What later Alerts said, the newest last."""
    if not later.count:
        return ""
    at_least = "At least " if later.count >= MOST_LATER_ALERTS else ""
    heading = f"{at_least}{later.count} more alert{'s' if later.count > 1 else ''} since then"
    if later.left_out:
        heading += f", the last {len(later.messages)}:"
    text = _linked("\n".join(clean_lines("\n".join(map(one_line, later.messages)))))
    return _SECTION.format(heading, _LIST.format(text.replace("<br>", "<li>")))


def _facts(notification: Notification, incident_page: str, at: datetime) -> str:
    """What else is known, and when it was sent.

    The time also makes each mail end with something new: Gmail folds what it has shown before.
    """
    incident = f"incident {notification.incident}"
    if incident_page:
        incident = f'<a href="{escape(incident_page)}">{incident}</a>'
    step = f"{incident} · level {notification.policy_level}"
    if troubles := troubles_of_page_in_words(notification):
        step += f" · {troubles}"
    if why := why_in_short(notification):
        step += f", {escape(why, quote=False)}"
    note = ""
    if notification.is_by_fallback:
        # Where it has one that reaches nobody, the next line says so.
        whose = "The" if notification.gaps else "It has no policy of its own: the"
        note = f"{whose} fallback policy is used.<br>"
    if unreached := unreached_in_short(notification):
        note += f"Not reached: {escape(unreached, quote=False)}.<br>"
    return f"{notification.service_id} · {step}<br>{note}Sent at {at.time()} UTC"


def _linked(text: str) -> str:
    """The text as HTML, with its URLs as links, where that is not too long."""
    plain = escape(text, quote=False).replace("\n", "<br>")
    if "://" not in text:
        return plain
    # `split` with a group: every second part is a URL.
    parts = enumerate(_URL.split(text))
    html = "".join(
        _link(part) if is_url % 2 else escape(part, quote=False) for is_url, part in parts
    )
    linked = html.replace("\n", "<br>")
    return linked if len(linked.encode()) <= _LONGEST_WITH_LINKS else plain


def _link(url: str) -> str:
    """A link that shows where it leads, and tells nobody where it was."""
    end = url.rstrip(_AFTER_URL)
    after = url[len(end) :]
    if after.startswith(")") and end.count("(") > end.count(")"):
        end, after = f"{end})", after[1:]
    link = f'<a rel="noreferrer" href="{escape(end)}">{escape(end, quote=False)}</a>'
    return link + escape(after, quote=False)


def _encoded(text: str) -> bytes:
    """Whole lines of quoted-printable."""
    return b2a_qp(text.encode() + b"\r\n")


def _template(html: str) -> bytes:
    """Constant HTML that is encoded once; each value has a line of its own, and brings its end."""
    lines = html.removesuffix("\n").replace("\n", "\r\n")
    return _encoded(lines).replace(b")b\r\n", b")b")


_PAGE = _template(f"{_HEAD}{_TOP}{_BUTTON}%(alerts)b\n{_FACTS}")
_NOTE_PAGE = _template(_HEAD + _NOTE + _FACTS)
