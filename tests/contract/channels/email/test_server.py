"""The SMTP server, out of its URL."""

import pytest

from pager.adapters.channels.email.server import SmtpServer


class TestServerUrl:
    """smtp://, smtps:// and smtp+starttls://."""

    @pytest.mark.parametrize(
        ("url", "server"),
        [
            ("smtp://mail.example.com", SmtpServer("mail.example.com", 25, "none")),
            ("smtps://mail.example.com/", SmtpServer("mail.example.com", 465, "tls")),
            ("SMTP+STARTTLS://Mail.Example.com", SmtpServer("mail.example.com", 587, "starttls")),
            ("smtp://mail.example.com:2525", SmtpServer("mail.example.com", 2525, "none")),
            ("smtp://[2001:db8::1]:26", SmtpServer("2001:db8::1", 26, "none")),
            (
                "smtps://ada:s3cret@mail.example.com",
                SmtpServer("mail.example.com", 465, "tls", "ada", "s3cret"),
            ),
            (
                "smtp+starttls://ada%40example.com:p%2Fa%3Ass%25@mail.example.com:25",
                SmtpServer("mail.example.com", 25, "starttls", "ada@example.com", "p/a:ss%"),
            ),
            ("smtp://ada:s3cret@localhost", SmtpServer("localhost", 25, "none", "ada", "s3cret")),
            ("smtp://ada:s3cret@127.0.0.2", SmtpServer("127.0.0.2", 25, "none", "ada", "s3cret")),
            ("smtp://ada:s3cret@[::1]:25", SmtpServer("::1", 25, "none", "ada", "s3cret")),
        ],
    )
    def test_says_where_the_server_is_and_how_to_log_in(self, url: str, server: SmtpServer) -> None:
        """Ports have defaults, user and password are percent-decoded, hosts may be IPv6."""
        assert SmtpServer.from_url(url) == server

    @pytest.mark.parametrize(
        ("url", "expected"),
        [
            ("", "looks like"),
            ("mail.example.com:25", "looks like"),
            ("smtp:mail.example.com", "looks like"),
            ("http://s3cret@mail.example.com", "looks like"),
            ("smtp://", "looks like"),
            ("smtp://ada:s3cret@", "looks like"),
            ("smtp://mail.example.com/s3cret", "looks like"),
            ("smtp://mail.example.com?s3cret", "looks like"),
            ("smtp://mail.example.com#s3cret", "looks like"),
            ("smtps://ada:s3/cret@mail.example.com", "percent-encoded"),
            ("smtps://ada:12#s3cret@mail.example.com", "percent-encoded"),
            ("smtps://ada:s3cret[@mail.example.com", "percent-encoded"),
            ("smtp://mail.example.com:s3cret", "looks like"),
            ("smtp://mail.example.com:65536", "looks like"),
            ("smtp://mail.example.com:0", "from 1 to 65535"),
            ("smtp://s3 cret", "host name"),
            ("smtps://s3cret@mail.example.com", "a user and a password, or neither"),
            ("smtps://ada:@mail.example.com", "a user and a password, or neither"),
            ("smtps://:s3cret@mail.example.com", "a user and a password, or neither"),
            ("smtps://ada:s3cret%C3%A9@mail.example.com", "printable ASCII"),
            ("smtps://ada:s3cret%00@mail.example.com", "printable ASCII"),
            ("smtp://ada:s3cret@mail.example.com", r"smtp\+starttls"),
            ("smtp://ada:s3cret@192.0.2.1", r"smtp\+starttls"),
        ],
    )
    def test_that_is_wrong_is_refused_without_being_shown(self, url: str, expected: str) -> None:
        """One sentence says what was expected; whatever was given might be a password."""
        with pytest.raises(ValueError, match=expected) as refusal:
            SmtpServer.from_url(url)

        sentence = str(refusal.value)
        assert sentence.endswith(".")
        assert "s3" not in sentence
        assert refusal.value.__cause__ is refusal.value.__context__ is None

    def test_shows_no_password_when_it_is_printed(self) -> None:
        """Neither in a log nor in a traceback."""
        assert "s3cret" not in repr(SmtpServer.from_url("smtps://ada:s3cret@mail.example.com"))
