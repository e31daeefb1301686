"""`pager receive-mail`, into which a mail server pipes e-mails: its exit status is what counts."""

from pathlib import Path

import pytest

from system.program import run

EMAIL = "Subject: It burns\n\nIt really does.\n"
ADDRESS = f"{'0' * 32}@pager.example.com"


@pytest.mark.parametrize(
    ("arguments", "settings", "status", "reason"),
    [
        (["nobody@pager.example.com"], {}, 67, "is no address of an integration"),
        ([], {}, 67, "is no address of an integration"),
        (["--server", "http://127.0.0.1:9", ADDRESS], {}, 75, "cannot be reached"),
        ([ADDRESS], {"PAGER_LISTEN": "127.0.0.1:9"}, 75, "cannot be reached"),
        ([], {"PAGER_LISTEN": "127.0.0.1:9", "ORIGINAL_RECIPIENT": ADDRESS}, 75, "reached"),
        ([ADDRESS], {"PAGER_LISTEN": "nowhere"}, 75, "PAGER_LISTEN"),
    ],
)
def test_an_email_is_returned_only_where_nobody_has_its_address(
    tmp_path: Path, arguments: list[str], settings: dict[str, str], status: int, reason: str
) -> None:
    """Whatever else is wrong may be mended: the mail server keeps the e-mail."""
    ended, output = run(tmp_path, "receive-mail", *arguments, typed=EMAIL, **settings)
    assert (ended, reason in output) == (status, True)
