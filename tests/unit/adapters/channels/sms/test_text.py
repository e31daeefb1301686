"""The text of an SMS: what fits into three segments, and always the link."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pager import Notification, SmsTarget
from pager.adapters.channels.sms.text import sms_text

LINK = "https://pager.example.com/a/checkout-api.1.c2lnbmF0dXJl"
ADA = SmsTarget(phone_number="+33612345678")


def page(
    message: str = "p99 above 3 s", service_id: str = "checkout-api", level: int = 1
) -> Notification:
    return Notification(service_id=service_id, incident=1, level=level, target=ADA, message=message)


GSM_03_38 = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ"
    " !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
).replace("\x1b", "")
GSM_03_38_EXTENSION = "\f^{}\\[~]|€"


def segments(text: str) -> int:
    """Count segments by filling them one after the other, as a phone network does."""
    if set(text) <= set(GSM_03_38 + GSM_03_38_EXTENSION):
        sizes = [2 if c in GSM_03_38_EXTENSION else 1 for c in text]
        alone, each = 160, 153
    else:
        sizes = [2 if ord(c) > 0xFFFF else 1 for c in text]
        alone, each = 70, 67
    if sum(sizes) <= alone:
        return 1
    count, used = 1, 0
    for size in sizes:
        if used + size > each:
            count, used = count + 1, 0
        used += size
    return count


URL_CHARACTERS = st.sampled_from(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._/:?#@!$&'()*+,;=%"
)
LINKS = st.text(URL_CHARACTERS, max_size=230).map("https://pager.test/".__add__)
SERVICE_IDS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:@+-]{0,199}", fullmatch=True)
MESSAGES = st.one_of(
    st.text(min_size=1, max_size=1_000),
    st.text(GSM_03_38 + GSM_03_38_EXTENSION, min_size=1, max_size=1_000),
    st.builds(
        "".join,
        st.lists(
            st.sampled_from(["e", "^", "é", "e\u0302", "ô", "界", "🔥", "🏳️‍🌈", "?", " ", "\n"]),
            min_size=100,
            max_size=500,
        ),
    ),
).filter(lambda message: "\0" not in message)


@given(message=MESSAGES, service_id=SERVICE_IDS, link=LINKS, level=st.integers(1, 100))
@example(message="^" * 500, service_id="s", link="https://pager.test/", level=1)
@example(message="🔥" * 500, service_id="s", link="https://pager.test/", level=1)
@example(
    message="🔥" * 500, service_id="s" * 200, link="https://pager.test/" + "x" * 230, level=100
)
def test_a_page_takes_three_segments_at_most_and_has_the_whole_link(
    message: str, service_id: str, link: str, level: int
) -> None:
    """Whatever the Alert says, the Target can acknowledge it."""
    text = sms_text(page(message, service_id, level), link)
    assert segments(text) <= 3
    assert re.fullmatch(
        rf"Service [^\s,]+, Level {level}\nAcknowledge: {re.escape(link)}\n> .*", text
    )


@given(message=MESSAGES, service_id=SERVICE_IDS, link=LINKS, by=st.text(min_size=1, max_size=320))
@example(
    message="x" * 500, service_id="s" * 200, link="https://pager.test/" + "x" * 230, by="^" * 99
)
def test_a_page_that_somebody_sent_by_hand_has_the_whole_link_first(
    message: str, service_id: str, link: str, by: str
) -> None:
    """And three segments, whatever the name is."""
    by_hand = {"level": 2, "repeats": 1, "told_again_by": by}
    text = sms_text(page(message, service_id).model_copy(update=by_hand), link)
    assert segments(text) <= 3
    assert re.match(
        rf"Service [^\s,]+, Level 1\nAcknowledge: {re.escape(link)}\nTold again by.*\n> ", text
    )


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"escalated_by": "Grace"}, "Sent on by Grace"),
        ({"told_again_by": "Grace", "repeats": 1}, "Told again by Grace"),
        (
            {"told_again_by": "Łukasz\nhttp://example.com/x", "repeats": 1},
            "Told again by ?ukasz http://example.com/x",
        ),
        ({"told_again_by": "x" * 60, "repeats": 1}, f"Told again by {'x' * 43}..."),
        ({"expired_of": "Grace", "repeats": 1}, "Told again: expired acknowledgement of Grace"),
        ({"begun_again": 1, "repeats": 1}, "Told again: nobody has answered"),
    ],
)
def test_a_page_says_why_its_level_is_told(change: dict[str, object], line: str) -> None:
    """On a line below the link; a name is cut, and never makes the SMS longer than GSM-7 does."""
    text = sms_text(page(level=2).model_copy(update=change), LINK)
    level = 2 - bool(change.get("repeats"))
    assert text == (
        f"Service checkout-api, Level {level}\nAcknowledge: {LINK}\n{line}\n> p99 above 3 s"
    )


@given(message=MESSAGES, service_id=SERVICE_IDS, link=LINKS, gap=st.text(max_size=300))
def test_a_page_says_whom_the_policy_did_not_reach(
    message: str, service_id: str, link: str, gap: str
) -> None:
    """On a line below the link, in three segments."""
    gaps = {"gaps": (f"Nächte: {gap}", "and 2 more Levels")}
    text = sms_text(page(message, service_id).model_copy(update=gaps), link)
    assert segments(text) <= 3
    assert re.match(
        rf"Service [^\s,]+, Level 1\nAcknowledge: {re.escape(link)}\nNot reached: Nächte:.*\n> ",
        text,
    )


@given(
    message=st.text(GSM_03_38.replace(" ", "").replace("\n", "").replace("\r", ""), min_size=500),
    service_id=SERVICE_IDS,
    link=LINKS,
)
def test_a_page_has_as_much_of_the_message_as_fits(
    message: str, service_id: str, link: str
) -> None:
    """Three segments are filled, but for the place where two characters of double size may end."""
    assert len(sms_text(page(message, service_id), link)) == 3 * 153 - 2


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("p99 above 3 s", "p99 above 3 s"),
        ("disk full 🔥 …", "disk full 🔥 …"),
        ("two\nlines\r\n\tand  a tab", "two lines and a tab"),
        ("wakeup\a and \x1b[31mcolour\x1b[0m", "wakeup and [31mcolour[0m"),
        ("gro\u0308\u00dfer als \u200b\u202e3", "größer als 3"),
    ],
)
def test_what_fits_is_sent_as_it_is_in_one_line(message: str, expected: str) -> None:
    """Only invisible characters and line ends are not for a phone's screen."""
    text = sms_text(page(message), LINK)
    assert text == f"Service checkout-api, Level 1\nAcknowledge: {LINK}\n> {expected}"


@pytest.mark.parametrize("before", ["", "x", "xx", "xxx", "xxxx"])
def test_a_long_message_is_cut(before: str) -> None:
    """The cut shows, and leaves no space in front of it."""
    text = sms_text(page(before + "word " * 100), LINK)
    assert re.search(r"word w?o?r?d?\.\.\.$", text)
    assert segments(text) == 3


def test_a_long_message_loses_its_accents_rather_than_half_of_it() -> None:
    """A single ê would make each segment hold 67 characters instead of 153."""
    text = sms_text(page("Le délai est dépassé à la tête … l\u2019hôte ½ 🔥 " + "x" * 150), LINK)
    assert "Le délai est dépassé à la tete ... l'hote ? ? xxx" in text
    assert text.endswith("xxx")


def test_a_long_message_in_a_script_that_gsm_7_lacks_stays_readable() -> None:
    """A message of question marks would say nothing."""
    text = sms_text(page("磁盘已满" * 100), LINK)
    assert "\n> 磁盘已满磁盘已满" in text
    assert text.endswith("...")
    assert len(text) == 3 * 67 - 6


def test_a_message_without_accents_is_as_long_as_it_was_before_its_accents() -> None:
    """Nothing is cut from a message that fits once it is in GSM-7."""
    text = sms_text(page("ê" * 300), LINK)
    assert text.endswith(f"\n> {'e' * 300}")


@pytest.mark.parametrize("before", ["", "x"])
def test_a_cut_does_not_part_a_letter_from_its_marks(before: str) -> None:
    """A letter without its vowel sign is another letter."""
    text = sms_text(
        page(before + "\N{DEVANAGARI LETTER KA}\N{DEVANAGARI VOWEL SIGN I}" * 200), LINK
    )
    assert text.endswith("\N{DEVANAGARI VOWEL SIGN I}...")


def test_a_long_service_id_leaves_room_for_the_message() -> None:
    """The service can be told by its beginning, and the link names it."""
    text = sms_text(page("p99 above 3 s", "checkout-api." + "x" * 187), LINK)
    assert text == (
        f"Service checkout-api.{'x' * 44}..., Level 1\nAcknowledge: {LINK}\n> p99 above 3 s"
    )


def test_a_link_that_is_too_long_is_kept_whole() -> None:
    """A page without its link could not be acknowledged; one of four segments can."""
    link = "https://pager.test/" + "x" * 500
    assert sms_text(page(), link) == f"Service checkout-api, Level 1\nAcknowledge: {link}\n> ..."
