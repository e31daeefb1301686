"""A mail server that takes its time, as real ones do: pages are under way when things go wrong."""

import asyncio
import random

from aiosmtpd.smtp import SMTP, Envelope, Session

from contract.channels.smtp_server import MailServer

LONGEST = 0.35
"""Seconds, before it takes a message, and as many before it says so."""


class SlowMailServer(MailServer):
    """Between taking a message and saying so is where a page can be doubled."""

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Take it, between two waits."""
        await asyncio.sleep(random.uniform(0, LONGEST))
        reply = await super().handle_DATA(server, session, envelope)
        await asyncio.sleep(random.uniform(0, LONGEST))
        return reply
