"""How pages leave, by the settings: e-mail, SMS, or the terminal in their place."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack

from rich.console import Console

from pager.adapters.channels.email.mail import SmtpMail
from pager.adapters.channels.email.process import MailSetup
from pager.adapters.channels.email.server import SmtpServer
from pager.adapters.channels.sms.status_callbacks import PATH, StatusCallbacks, why_not_called
from pager.adapters.channels.sms.twilio import TwilioAccount, TwilioSms
from pager.adapters.channels.terminal import TerminalPages
from pager.adapters.store.views.channels_of_policies import PageChannel
from pager.lease import Lease
from pager.messages import Notification
from pager.settings import Settings

AcknowledgeLink = Callable[[Notification], str]
SETTINGS: dict[PageChannel, str] = {
    "email": "PAGER_SMTP_URL, PAGER_MAIL_FROM",
    "sms": "PAGER_TWILIO_ACCOUNT_SID, PAGER_TWILIO_AUTH_TOKEN, PAGER_SMS_FROM",
}
"""What sets up each channel."""
NAMES: dict[PageChannel, str] = {"email": "e-mail", "sms": "SMS"}
"""What people call the channels."""


def unset_channels(settings: Settings) -> tuple[PageChannel, ...]:
    """The channels that are not set up."""
    is_set_up: dict[PageChannel, bool] = {
        "email": settings.smtp_url is not None,
        "sms": settings.twilio_account_sid is not None,
    }
    return tuple(channel for channel, is_set in is_set_up.items() if not is_set)


def unset_warnings(unset: Sequence[PageChannel]) -> list[str]:
    """A sentence for the terminal on each channel that is not set up, with its settings."""
    return [
        f"Nobody is paged by {NAMES[channel]}: it is not set up ({SETTINGS[channel]})."
        for channel in unset
    ]


def open_mail(
    console: Console,
    acknowledge_link: AcknowledgeLink,
    setup: MailSetup | None,
    stack: ExitStack,
) -> SmtpMail | TerminalPages:
    """E-mail, until `stack` is closed."""
    if setup is None:
        return TerminalPages(console, acknowledge_link, "e-mail is not set up")
    mail = setup.mail()
    stack.callback(mail.close)
    return mail


def mail_setup(settings: Settings, public_url: str, keys: Sequence[bytes]) -> MailSetup | None:
    """What it takes to send e-mail; None where it is not set up."""
    if settings.smtp_url is None or settings.mail_from is None:
        return None
    return MailSetup(
        SmtpServer.from_url(settings.smtp_url.get_secret_value()),
        settings.mail_from,
        public_url,
        keys,
        Lease(settings.lease).first_timeout,
        settings.mail_relays,
    )


def status_callbacks(settings: Settings, keys: Sequence[bytes]) -> StatusCallbacks | None:
    """What Twilio is given for its delivery reports; None where it cannot call this server."""
    token, public_url = settings.twilio_auth_token, settings.public_url
    if token is None or public_url is None or why_not_called(public_url) is not None:
        return None
    return StatusCallbacks(public_url, token.get_secret_value(), keys)


def delivery_note(settings: Settings) -> str | None:
    """A sentence on whether it is known which SMS are delivered."""
    if settings.twilio_account_sid is None:
        return None
    if settings.public_url is None:
        why: str | None = "Twilio needs a URL that it can call (PAGER_PUBLIC_URL)"
    else:
        why = why_not_called(settings.public_url)
    if why is None:
        return f"Twilio reports to {settings.public_url}{PATH}/… which SMS are delivered."
    return f"Which SMS are delivered is not known: {why}."


def open_sms(
    settings: Settings,
    console: Console,
    acknowledge_link: AcknowledgeLink,
    callbacks: StatusCallbacks | None,
    stack: ExitStack,
) -> TwilioSms | TerminalPages:
    """SMS, until `stack` is closed."""
    sid, token, sender = (
        settings.twilio_account_sid,
        settings.twilio_auth_token,
        settings.sms_from,
    )
    if sid is None or token is None or sender is None:
        return TerminalPages(console, acknowledge_link, "SMS is not set up")
    account = TwilioAccount(sid, token.get_secret_value(), settings.twilio_url)
    sms = TwilioSms(
        account,
        sender,
        acknowledge_link,
        Lease(settings.lease).first_timeout,
        status_callback=None if callbacks is None else callbacks.url,
    )
    stack.callback(sms.close)
    return sms
