"""An e-mail from the standard input, which is handed over to the server by HTTP."""

import os
from http import HTTPStatus
from typing import BinaryIO, NamedTuple

import httpx2

from pager.access.integrations import key_in_address

DONE, UNKNOWN_ADDRESS, LATER = os.EX_OK, os.EX_NOUSER, os.EX_TEMPFAIL

LARGEST_SENT = 1024 * 1024
"""Bytes: the server reads no more. The text of an e-mail comes before its attachments."""

ANSWERED_WITHIN = 60.0
"""Seconds. The mail server sends an e-mail again that was not answered."""


class Outcome(NamedTuple):
    """How it went."""

    status: int
    """Of the process, by sysexits.h: that is what mail servers understand."""
    reason: str = ""


def hand_over(url: str, address: str, stdin: BinaryIO) -> Outcome:
    """Send the e-mail in `stdin` to the integration with that address, of the server at `url`."""
    content = stdin.read(LARGEST_SENT)
    while stdin.read(LARGEST_SENT):
        pass  # a mail server may take it for an error if the rest is not read
    key = key_in_address(address)
    if not key:
        return Outcome(UNKNOWN_ADDRESS, f"{address[:100]!r} is no address of an integration.")
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "message/rfc822"}
    path = "/integrations/v1/email"
    try:
        # No proxy: it is on this machine, or near it.
        with httpx2.Client(base_url=url, timeout=ANSWERED_WITHIN, trust_env=False) as http:
            answer = http.post(path, content=content, headers=headers)
    except httpx2.HTTPError as error:
        return Outcome(LATER, f"Pager cannot be reached at {url}: {error}")
    if answer.is_success:
        return Outcome(DONE)
    if answer.status_code == HTTPStatus.UNAUTHORIZED:
        return Outcome(UNKNOWN_ADDRESS, "No integration for e-mail has this address.")
    return Outcome(LATER, f"Pager answered {answer.status_code}: {answer.text[:500]}")
