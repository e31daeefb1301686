"""What real mail servers answer, and which of it says that a mailbox does not exist.

The answers are as servers gave them, in bounces that people published and in the sources and
manuals of the servers; only the addresses are others.
"""
# ruff: noqa: E501 - an answer is easier to read on one line

import pytest

from pager.adapters.channels.email.refusals import says_no_such_mailbox

# fmt: off
NO_SUCH_MAILBOX = [
    # Postfix
    "550 5.1.1 <ada@example.com>: Recipient address rejected: User unknown in local recipient table",
    "550 5.1.1 <ada@example.com>: Recipient address rejected: User unknown in relay recipient table",
    "550 5.1.1 <ada@example.com>: Recipient address rejected: User unknown in virtual mailbox table",
    "550 5.1.1 <ada@example.com>: Recipient address rejected: User unknown in virtual alias table",
    "550 <ada@example.com>: Recipient address rejected: User unknown in local recipient table",
    "550 5.1.1 <ada@example.com>: Recipient address rejected: undeliverable address: host mx.example.com[192.0.2.1] said: 550 5.1.1 <ada@example.com> User unknown (in reply to RCPT TO command)",
    "550 5.1.1 <ada@example.com>: Recipient address rejected: User unknown",
    # Sendmail
    "550 5.1.1 <ada@example.com>... User unknown",
    "550 5.0.0 <ada@example.com>... User unknown",
    "550 <ada@example.com>... User unknown",
    "550 ada... User unknown",
    "553 5.1.1 unknown or illegal user: ada@example.com",
    # Exim and cPanel
    "550 Unknown user",
    "550 No Such User Here",
    '550 "No Such User Here"',
    "550-5.1.1 No such user here\n550 5.1.1 No such user here",
    "550 User not found: ada@example.com",
    # qmail
    "550 sorry, no mailbox here by that name. (#5.1.1)",
    "511 sorry, no mailbox here by that name (#5.1.1 - chkuser)",
    # Dovecot, Cyrus, Courier, Zimbra, MDaemon, hMailServer, Domino
    "550 5.1.1 <ada@example.com> User doesn't exist: ada@example.com",
    "550 5.1.1 User does not exist - <ada@example.com>",
    "550 5.1.1 User unknown.",
    "550 <ada@example.com>, Recipient unknown",
    "550 ada@example.com... No such user",
    "550 5.1.1 Mailbox does not exist",
    # Exchange and Microsoft 365
    "550 5.1.1 RESOLVER.ADR.RecipNotFound; not found",
    "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient ada@example.com not found by SMTP address lookup",
    "550 5.1.1 User unknown",
    "550 5.1.1 unknown user",
    # Gmail
    "550-5.1.1 The email account that you tried to reach does not exist. Please try\n5.1.1 double-checking the recipient's email address for typos or\n5.1.1 unnecessary spaces. For more information, go to\n5.1.1  https://support.google.com/mail/?p=NoSuchUser y3si675602plr.1 - gsmtp",
    # Yahoo, AOL, iCloud, Zoho, mail.ru, QQ, 163, Comcast, Verizon, au, docomo, Orange, Mimecast …
    "554 delivery error: dd This user doesn't have a yahoo.com account (ada@yahoo.com) [0] - mta1061.mail.ne1.yahoo.com",
    "554 delivery error: dd This user doesn\u2019t have a yahoo.com account (ada@yahoo.com) [0]",
    "550 5.1.1 <ada@icloud.com>: user does not exist",
    "550 5.1.6 recipient no longer on server: ada@example.com",
    "550 Message was not accepted -- invalid mailbox.  Local mailbox ada@mail.ru is unavailable: user not found",
    "550 Mailbox not found. http://service.mail.qq.com/cgi-bin/help?subtype=1&&id=20022&&no=1000728",
    "550 Requested User Mailbox not found. No such user here.",
    "551 not our customer",
    "550 5.1.1 Not our Customer",
    "550 5.1.1 unknown or illegal alias: ada@example.com",
    "550 <ada@au.com>: User unknown",
    "550 Unknown user ada@docomo.ne.jp",
    "550 5.1.1 Adresse d au moins un destinataire invalide. Invalid recipient. OFR_416 [416]",
    "550 5.1.1 <ada@example.com>... Invalid recipient",
    "550 5.1.1 ada@example.com Email address could not be found, or was misspelled (G8)",
    "550 No such user - psmtp",
    "550 5.1.1 User Unknown",
    "550 5.1.1 user unknown (UserSearch)",
    "550 <ada@example.com>... User not exist",
    "550 No such recipient",
    "550 No such person at this address",
    "550 5.1.1 no such address here",
    "552 1 Requested mail action aborted, mailbox not found",
    "550 5.1.1 <relay.policy@blocked.example.com>: Recipient address rejected: User unknown",
]

TRY_AGAIN = [
    # who we are, and what we may do
    "550 relay not permitted",
    "550 relaying denied",
    "550 5.7.1 Unable to relay",
    "550 5.7.1 Unable to relay for ada@example.com",
    "550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain",
    "550 5.7.64 TenantAttribution; Relay Access Denied",
    "550 5.1.1 <ada@example.com>: Relay access denied",
    "554 5.7.1 <ada@example.com>: Relay access denied",
    "550 5.7.1 <ada@example.com>... Relaying denied",
    "550 5.7.1 Relaying denied. IP name lookup failed [192.0.2.254]",
    "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)",
    "553 sorry, relaying denied from your location [192.0.2.1] (#5.7.1)",
    "553 Relaying disallowed as <pager@example.com>",
    "550 5.7.1 Client does not have permissions to send as this sender",
    "550-Please turn on SMTP Authentication in your mail client.\nmail0.bemta0.messagelabs.com [198.51.100.21]:11111 is not permitted to\nrelay through this server without authentication.",
    "530 5.7.1 Authentication required",
    "530 SMTP authentication is required.",
    "530 5.7.0 Must issue a STARTTLS command first",
    "550 5.7.1 RESOLVER.RST.AuthRequired; authentication required",
    "550 you are not allowed to send mail to <ada@example.com>",
    "550 Delivery is not allowed to this address.",
    "554 Message rejected: Email address is not verified. The following identities failed the check",
    "535 5.7.8 Error: authentication failed",
    # what we are taken for
    "553 http://www.spamhaus.org/query/bl?ip=192.0.2.222",
    "550 5.7.1 Service unavailable; client [192.0.2.1] blocked using zen.spamhaus.org",
    "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using bl.spamcop.net",
    "550 5.7.606 Access denied, banned sending IP [198.51.100.222]. To request removal from this list please visit https://sender.office.com/",
    "550 5.7.511 Access denied, banned sender",
    "550 5.7.1 unknown user or blocked",
    "550 5.7.1 IP address blacklisted by recipient",
    "550 csi.mimecast.org Poor Reputation Sender.",
    "550 Rejected by header based Anti-Spoofing policy",
    "550 Administrative prohibition - envelope blocked",
    "550 Administrative prohibition",
    "550 SC-001 (SNT004-MC4F53) Unfortunately, messages from 192.0.2.137 weren't sent. Please contact your Internet service provider since part of their network is on our block list.",
    "554 IP=192.0.2.254 - A problem occurred. (Ask your postmaster for help or to contact neko@example.org to clarify.) (BL)",
    "550-The mail server could not deliver mail to ada@example.com.  The account or\ndomain may not exist, they may be blacklisted, or missing the proper dns\nentries.",
    "550 no reverse DNS",
    "550 5.7.1 Connections not accepted from servers without a valid sender domain. Fix reverse DNS for 203.0.113.22",
    "550-5.7.25 [192.0.2.202] The IP address sending this message does not have a PTR record setup",
    "550-5.7.26 Unauthenticated email from example.jp is not accepted due to domain's DMARC policy.",
    "550 5.7.509 Access denied, sending domain [EXAMPLE.JP] does not pass DMARC verification and has a DMARC policy of reject.",
    "550 5.7.0 Local Policy Violation",
    "554 5.7.1 <ada@example.com>: Recipient address rejected: Recipient address rejected for policy reasons",
    "550 5.7.1 <ada@example.com>: Recipient address rejected: Greylisted",
    "550 Denied by policy",
    "550 5.1.1 <ada@example.com> - 203.0.113.222 has been blocked",
    "550 5.1.1 RCP-P2 http://postmaster.facebook.com/response_codes?ip=192.0.2.135#rcp Refused due to recipient preferences",
    "554 5.7.1 Message content rejected, UBE, id=00000-22-225",
    "550-Mailbox unknown.  Either there is no mailbox associated with this\nname or you do not have authorization to see it.\n5.1.1 User unknown",
    "550 5.7.1 No such user!",
    "550 5.7.1 <ada@sfr.fr>: Recipient address rejected: User unknown",
    # how much, and when
    "554 5.2.122 The recipient has exceeded their limit for the number of messages they can receive per hour",
    "550-5.2.1 The user you are trying to contact is receiving mail at a rate that\n5.2.1 prevents additional messages from being delivered.",
    "550 5.4.5 Daily user sending quota exceeded",
    "552 5.2.2 Over quota",
    "552 5.2.2 Mailbox full",
    "552-5.2.2 The recipient's inbox is out of storage space",
    "550 5.2.2 <ada@example.com>... Mailbox Full",
    "550 5.1.1 <ada@example.com> user is over quota",
    "522 5.2.0 Delivery failed: Over quota",
    "552 Too many recipients",
    "552 Error: disk quota exceeded",
    "550 Ip frequency limited",
    "550 Connection frequency limited",
    "554 Too many connections",
    "550 5.7.1 <ada@example.com>: Recipient address rejected: User ada@example.com temporary locked. Please try again later!",
    "550 5.1.1 user unknown (temporary failure), try again later",
    "450 5.1.1 User unknown",
    "450 4.1.1 <ada@example.com>: Recipient address rejected: User unknown in local recipient table",
    "450 4.2.0 Greylisted, come back later",
    "421 4.7.0 Too many errors",
    "550 5.4.316 Message expired, connection refused",
    # a mailbox that is there, for all we know
    "550 5.2.1 The email account that you tried to reach is disabled.",
    "550-5.2.1 The email account that you tried to reach is inactive. For more\n5.2.1 information, go to",
    "550 5.2.1 <ada@example.com>... User Unknown",
    "525 5.7.13 Disabled recipient address",
    "550 Mailbox is frozen. See http://mail.i.ua/err/3/",
    "554 30 Sorry, your message to ada@yahoo.com cannot be delivered. This mailbox is disabled (554.30).",
    "550 5.1.1 <ada@icloud.com>: inactive email address",
    "550 5.5.0 Le compte du destinataire est bloque. The recipient account isblocked. LPN007_515",
    "551 User not local; please try <ada@example.org>",
    "551 User not local",
    # the sender, and the server's own trouble
    "550 Sender verify failed",
    "550-Verification failed for <pager@example.com>\nCalled:   192.0.2.1\nSent:     RCPT TO:<pager@example.com>\nResponse: 550 No such user here\nSender verify failed",
    "550 5.1.8 Sender address rejected: Domain not found",
    "553 5.1.8 <httpd@host1.example.jp>... Domain of sender address httpd@host1.example.jp does not exist",
    "553 5.1.7 Bad sender",
    "550 5.1.0 <bounce@mailer.example.com> sender rejected",
    "550 5.1.0 Sender denied",
    "550 Unrouteable address",
    "550 unrouteable domain",
    "550 5.1.2 <ada@example.com>: Recipient address rejected: Domain not found",
    "550 <ada@example.com>: Recipient address rejected: Domain not found",
    "550 Host unknown",
    "550 5.4.4 Invalid domain",
    "553 5.3.5 system config error",
    "550 5.1.1 <ada@example.com>: Recipient address rejected: unverified address: connect to mx.example.com[192.0.2.1]:25: Connection timed out",
    "550-Callout verification failed:\n550 5.1.1 User unknown",
    "550 User unknown (LDAP lookup failed)",
    "550 5.1.10 Recipient address has null MX",
    # words or codes that may mean anything
    "550 5.4.1 [ada@example.com]: Recipient address rejected: Access denied",
    "550 5.4.1 Recipient address rejected: Access denied. AS(201806281) [mail.protection.outlook.com]",
    "550 5.1.1 <ada@example.com>: Recipient address rejected: Access denied",
    "550 Requested action not taken: mailbox unavailable",
    "550 5.5.0 Requested action not taken: mailbox unavailable",
    "550 5.1.1 Requested action not taken: mailbox unavailable",
    "550 5.1.351 Remote server returned unknown recipient or mailbox unavailable -> 550 Unknown user ada@example.com",
    "550 #5.1.0 Address rejected.",
    "550 5.1.1 Address rejected",
    "550 5.1.1 <ada@example.com> recipient rejected.",
    "553 Invalid recipient ada@example.com (Mode: normal)",
    "550 Invalid Recipient",
    "550 Mailbox unavailable or access denied",
    "550 Rejected",
    "550 5.1.1",
    "550",
    "554 Transaction failed",
    "554 5.5.1 Error: no valid recipients",
    "553 sorry, this recipient is in my badrecipientto list (#5.7.1)",
    "553 Mailbox name not allowed",
    "501 5.1.3 Bad recipient address syntax",
    "503 Bad sequence of commands",
    "555 5.5.4 Unsupported option: BODY=8BITMIME",
    "550 5.1.1 Zugriff verweigert",
    "550 5.1.1 Acc\u00e8s refus\u00e9",
    "550 Benutzer unbekannt",
    "550 5.5.0 Service refuse. Veuillez essayer plus tard.",
    "550 mwinf5c04 ME Adresse IP source bloquee pour incident",
    "250 2.1.5 User unknown",
]
# fmt: on


def reply(answer: str) -> tuple[int, bytes]:
    """The answer as smtplib gives it."""
    return int(answer[:3]), answer[4:].encode()


@pytest.mark.parametrize("answer", NO_SUCH_MAILBOX)
def test_an_answer_whose_code_and_words_agree_is_proof(answer: str) -> None:
    """There is no such mailbox, and nothing hints at another reason."""
    assert says_no_such_mailbox(*reply(answer))


@pytest.mark.parametrize("answer", TRY_AGAIN)
def test_all_else_is_no_proof(answer: str) -> None:
    """Somebody may mend it while the incident runs; the page is tried again."""
    assert not says_no_such_mailbox(*reply(answer))


def test_a_reply_in_any_bytes_is_read() -> None:
    """A server of 1998 writes in any character set."""
    assert says_no_such_mailbox(550, b"5.1.1 User unknown \xe9\xff")
    assert not says_no_such_mailbox(550, b"\xff\xfe")


def test_there_are_more_than_a_hundred_answers() -> None:
    """Each of them once."""
    answers = NO_SUCH_MAILBOX + TRY_AGAIN
    assert len(set(answers)) == len(answers) > 150
