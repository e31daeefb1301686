"""Twilio's error codes: what each says, and which of them say that the number does not exist.

An error is evidence, not proof. A page is given up only where Twilio says that no SMS can ever
reach this number (NO_SUCH_NUMBER). Everything else may be over in a minute, or an operator can
repair it at Twilio while the incident runs, so the page is tried again. To try a dead number again
costs nothing; to give up costs the page. A code that is not in the table is tried again, too.
"""

import re

NO_SUCH_NUMBER = frozenset(
    {
        21211,  # Twilio knows by its form that no such number can exist
        21217,  # the same, of another check
        21614,  # Twilio looked the number up: it is not a mobile one
        21635,  # Twilio looked the number up: it is a landline
    }
)
"""Not among them, because each may be true of a number that can be reached:

- 21610: its owner has replied STOP, and can reply START.
- 21214, 30003: the phone is switched off, or has no signal.
- 30005: "unknown, and may no longer exist" is also said of a phone that was off for long, or whose
  number is moved to another carrier.
- 30006: "landline or unreachable carrier" is one of the two.
"""

INVALID_STATUS_CALLBACK = 21609
"""Twilio does not call the URL that we gave for its reports."""

MEANINGS = {
    # Our account, as Twilio sees it.
    20003: "Twilio does not accept the account SID with this auth token",
    20005: "the Twilio account is not active",
    20404: "Twilio does not know the account SID",
    20429: "too many requests to Twilio at once",
    20500: "Twilio has an internal error",
    20503: "Twilio is not available",
    # The request that creates the message.
    21211: "there can be no such phone number",
    21212: "the sender is no valid number or name",
    21214: "the number cannot be reached",
    21217: "this is not a valid phone number",
    21401: "this is not a phone number for SMS",
    21408: "SMS to this country are not enabled in the Twilio account",
    21606: "the sender cannot send SMS",
    21607: "the sender is not a number of the Twilio account",
    21608: "a trial account of Twilio sends to verified numbers only",
    21609: "Twilio does not accept the URL for delivery reports",
    21610: "the owner of the number has replied STOP; START allows SMS again",
    21611: "too many SMS of this sender are waiting at Twilio",
    21612: "this sender cannot reach this number",
    21614: "this is not the number of a mobile phone",
    21617: "the text is too long",
    21635: "this is the number of a landline",
    21703: "the Messaging Service has no sender",
    21704: "the Messaging Service has no sender for this number",
    21705: "there is no such Messaging Service",
    # What becomes of the message afterwards.
    30001: "too many SMS were waiting",
    30002: "the Twilio account was suspended",
    30003: "the phone is switched off or has no signal",
    30004: "the number does not accept this message, or blocks it",
    30005: "the carrier does not know the phone; the number may no longer exist",
    30006: "a landline, or a carrier that cannot be reached",
    30007: "the carrier or Twilio has filtered the message as unwanted",
    30008: "the carrier gives no reason",
    30009: "a part of the message is missing",
    30010: "the message costs more than the account's limit",
    30011: "the number receives no MMS in this country",
    30017: "the carrier's network is congested",
    30018: "the carrier wants the sender to be registered first",
    30019: "the message is too large for the carrier",
    30022: "the campaign of the sender has reached its rate (US A2P 10DLC)",
    30023: "the campaign of the sender has reached its daily limit (US A2P 10DLC)",
    30024: "the carrier does not know the numeric sender",
    30027: "the daily limit of T-Mobile is reached",
    30032: "the toll-free number of the sender is not verified",
    30033: "the campaign of the sender is suspended (US A2P 10DLC)",
    30034: "the sender is not registered for the United States (US A2P 10DLC)",
    30035: "the campaign of the sender is not registered (US A2P 10DLC)",
    30036: "the message waited longer than it was valid",
    30037: "outgoing messages are disabled in the Twilio account",
    30038: "a password in the message was filtered",
    30039: "Twilio has taken the messages for a loop",
    30040: "the carrier wants the sender to be registered first",
    30410: "a provider of Twilio did not answer in time",
    30450: "Twilio has blocked the message as fraud (SMS pumping protection)",
    30500: "Twilio has an internal error",
    # Other channels of a Messaging Service (WhatsApp, RCS).
    63003: "the channel cannot find the number",
    63005: "the channel does not accept the content",
    63007: "the sender is not set up for this channel",
    63013: "the message breaks a rule of the channel",
    63015: "a sandbox: the number has not joined it",
    63016: "outside the window of WhatsApp, which wants a template",
    63018: "the rate limit of the channel is reached",
    63024: "the channel cannot send to this number",
    63032: "the channel limits messages to this number",
    63038: "the daily limit of the Twilio account is reached",
}
"""In plain words, for the operator. A delivery report has the number of its error only."""


def error_in_words(code: int) -> str:
    """The error as an operator reads it: its number, which can be looked up, and its meaning."""
    meaning = MEANINGS.get(code)
    return f"Twilio error {code}" + (f": {meaning}" if meaning else "")


def number_of(text: str) -> int | None:
    """The code that `text` is; None where it is none."""
    return int(text) if re.fullmatch("[0-9]{4,6}", text) else None
