"""The text of an SMS: at most three segments, in GSM-7 or UTF-16."""

import unicodedata
from bisect import bisect_left

from pager.adapters.channels.alert_text import alerts_in_short, unreached_in_short
from pager.adapters.text import one_line, visible
from pager.messages import Notification
from pager.model import shortened
from pager.words import why_in_words

LONGEST_SERVICE_ID = 60
LONGEST_WHY = 60
LONGEST_UNREACHED = 80

# Three segments. No character is split between two, so each of the two seams may cost room: one
# unit where the largest character has two, and three for an emoji of two (a flag).
GSM_7_ROOM = 3 * 153 - 2 * 1
UTF_16_ROOM = 3 * 67 - 2 * 3

GSM_7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""Characters of GSM-7 (GSM 03.38) that take the room of one."""

GSM_7_EXTENSION = frozenset("^{}\\[~]|€")
"""Characters of GSM-7 that take the room of two."""

GSM_7_PUNCTUATION = str.maketrans(
    {
        "\N{LEFT SINGLE QUOTATION MARK}": "'",
        "\N{RIGHT SINGLE QUOTATION MARK}": "'",
        "\N{LEFT DOUBLE QUOTATION MARK}": '"',
        "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
        "\N{EN DASH}": "-",
        "\N{EM DASH}": "-",
        "\N{HORIZONTAL ELLIPSIS}": "...",
    }
)
"""What stands for punctuation that GSM-7 lacks."""


def sms_text(notification: Notification, link: str) -> str:
    r"""The page as an SMS: `Service checkout-api, Level 1\nAcknowledge: <link>\n> <message>`.

    The message comes last: whatever it says, the first link is ours.

    Where a later Alert said something else, the message is of the first and of the newest one. A
    page that somebody sent by hand says so, below the link: `Told again by Grace`. So does one
    whose policy has not reached somebody: `Not reached: Payments, Level 1: Ada has no …`.

    It takes three segments at most: the message is cut to what fits, the link is kept whole (a
    link that is too long on its own is kept whole too). One character that GSM-7 lacks makes a
    segment hold 67 characters instead of 153. So what has to be cut is written in GSM-7, without
    its accents and with `?` for what cannot be, where more of it can be read like that.
    """
    service = shortened(notification.service_id, LONGEST_SERVICE_ID, "...")
    by = " of the fallback policy" if notification.is_by_fallback else ""
    level = notification.policy_level
    why = _why(notification) + _unreached(notification)
    opening = f"Service {service}, Level {level}{by}\nAcknowledge: {link}\n{why}> "
    message = unicodedata.normalize("NFC", alerts_in_short(notification))
    if _fits(opening + message):
        return opening + message
    cuts = (_cut(opening, text) for text in (message, in_gsm_7(message)))
    return max(cuts, key=lambda text: len(text) - text.count("?"))


def _why(notification: Notification) -> str:
    """A line that says why the Level is told; nothing where it is just the next one."""
    text = in_gsm_7(one_line(visible(why_in_words(notification))))
    return f"{shortened(text[0].upper() + text[1:], LONGEST_WHY, '...')}\n" if text else ""


def _unreached(notification: Notification) -> str:
    """A line that says whom the policy did not reach; nothing where it reached everybody."""
    text = in_gsm_7(unreached_in_short(notification))
    return f"Not reached: {shortened(text, LONGEST_UNREACHED, '...')}\n" if text else ""


def _cut(opening: str, message: str) -> str:
    """As much of `message` as fits after the `opening`, with `...` where something is missing."""
    if _fits(opening + message):
        return opening + message

    def cut_at(length: int) -> str:
        return f"{opening}{message[:length].rstrip()}..."

    length = bisect_left(range(1, len(message)), x=True, key=lambda at: not _fits(cut_at(at)))
    while length > 0 and unicodedata.category(message[length]).startswith("M"):
        length -= 1  # what stands above or below a letter is not cut off from it
    return cut_at(length)


def _fits(text: str) -> bool:
    """Whether `text` takes three segments at most, counted as Twilio counts them."""
    if GSM_7.union(GSM_7_EXTENSION).issuperset(text):
        return len(text) + sum(c in GSM_7_EXTENSION for c in text) <= GSM_7_ROOM
    return len(text.encode("utf-16-le")) <= UTF_16_ROOM * 2


def in_gsm_7(text: str) -> str:
    """`text` without accents, with plain punctuation, and with `?` for what GSM-7 lacks still."""
    return "".join(map(_character, text.translate(GSM_7_PUNCTUATION)))


def _character(character: str) -> str:
    if character in GSM_7 or character in GSM_7_EXTENSION:
        return character
    # Canonical decomposition takes accents off; the other kind would make 12 of a half (U+00BD).
    letter = unicodedata.normalize("NFD", character)[0]
    return letter if letter in GSM_7 else "?"
