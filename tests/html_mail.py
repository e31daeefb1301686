"""The HTML part of a mail."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default


def html_of(content: bytes) -> str:
    """The HTML part of a mail. Fails where the mail is not well-formed."""
    message = message_from_bytes(content, policy=default)
    assert isinstance(message, EmailMessage)
    parts = list(message.walk())
    types = [part.get_content_type() for part in parts]
    assert types == ["multipart/alternative", "text/plain", "text/html"]
    assert [part.defects for part in parts] == [[], [], []]
    html = parts[-1].get_payload(decode=True)
    assert isinstance(html, bytes)
    return html.decode().replace("\r\n", "\n")
