"""The page that says which channels are set up, and how the others are."""

from fastapi import Request, Response

from pager.adapters.web.console.rendering import page

CHANNELS = (
    (
        "email",
        "E-mail",
        "Pages leave by a mail server of yours.",
        (
            "PAGER_SMTP_URL=smtp+starttls://USER:PASSWORD@mail.example.com:587",
            "PAGER_MAIL_FROM=Pager <pager@example.com>",
        ),
    ),
    (
        "sms",
        "SMS",
        "Pages leave by Twilio.",
        (
            "PAGER_TWILIO_ACCOUNT_SID=AC…",
            "PAGER_TWILIO_AUTH_TOKEN=…",
            "PAGER_SMS_FROM=+15005550006",
        ),
    ),
)
"""Of each channel its type, its name, what it needs, and the settings."""


async def channels(request: Request) -> Response:
    """Both channels."""
    return page(request, "channels.html", channels=CHANNELS)
