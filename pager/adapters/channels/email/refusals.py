"""Which answers of a mail server say that a mailbox does not exist.

Servers answer 550 and 5.1.1 to all sorts of things: that we may not relay, that a limit is reached,
that our address is on a list. An operator can mend those while the incident runs. So an answer is
proof only if its codes and its words agree, and nothing in it hints at another reason. All else is
tried again: to try a dead mailbox again costs nothing, to give up a living one costs the page.
"""

import re

# RFC 3463: 5.1.1 no such mailbox, 5.1.6 moved; 5.1.10 at Microsoft: not found. 5.0.0 and 5.1.0 say
# nothing more than 550 does.
_CODES_THAT_SAY_SO = {"5.1.1", "5.1.6", "5.1.10"}
_CODES_THAT_LEAVE_IT_OPEN = {"5.0.0", "5.1.0"}

_MAILBOX = r"(user|recipient|mailbox|account|address)"

_WORDS_THAT_SAY_SO = re.compile(
    rf"\b(unknown|no such|non-?existent|unrecognized) (local )?{_MAILBOX}"
    r"|\bno such (alias|person|member|customer)|\bunknown or illegal (alias|user)"
    rf"|\b{_MAILBOX}( name)?( is| was)? (unknown|not known|not found|not exist)\b"
    rf"|\b{_MAILBOX}\b[^.:;]{{0,40}} (does not|doesn't|did not|didn't|no longer) exists?\b"
    rf"|\b{_MAILBOX} (could not be|cannot be|can't be|no longer) (found|known|on server)"
    rf"|\bno (mailbox|account) (here )?by that name|\bnot a (valid|known) {_MAILBOX}"
    r"|\bnot our (user|customer)|\bdoesn't have an? \S+ account|\brecip(ient)?notfound"
)

_WORDS_THAT_AGREE = re.compile(rf"\binvalid {_MAILBOX}|\bbad {_MAILBOX}")
"""Enough only beside a code that says so: they may mean the form of the address."""

_OTHER_REASONS = re.compile(
    # us: who we are, and what we may do
    r"relay(?! recipient)|denied|permi[ts]|allow|authori|authent|prohibit|polic|restrict|prefer"
    r"|login|\btls\b|encrypt"
    # what we are taken for
    r"|block|black|listed|spam|abus|banned|reputation|filter|virus|content|\bip\b|refus"
    r"|unsolicited|bulk|complain"
    # how much, and when
    r"|limit|quota|exceed|\bfull\b|\brate\b|too many|too large|frequen|gr[ea]ylist"
    r"|again|later|tempor|time|busy|unverified|moment|retry|minute|hour|wait|throttl"
    # a mailbox that is there
    r"|disabled|suspend|inactiv|locked|frozen|moved|migrat"
    # the sender, the domain, the server's own trouble
    r"|sender|mail from|verif|\bspf\b|dkim|dmarc|\bdns\b|null mx|mx record|\bptr\b|reverse|rout"
    r"|domain|\bhost (name )?not|connect|ldap|database|internal|config|\bmay\b|might"
    r"|directory|backend|fail|maintenance|unreachable|service"
)

_ENHANCED_CODE = re.compile(r"(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?!\.?\d)")
_ADDRESSES = re.compile(r"https?://\S+|\S*@\S*")
"""What they are called by says nothing: blocked@example.com."""


def says_no_such_mailbox(code: int, text: bytes) -> bool:
    """Whether a reply, to RCPT or what follows it, proves that the one recipient does not exist."""
    if code // 100 != 5:  # noqa: PLR2004 - for good, in SMTP
        return False
    words = text.decode(errors="replace").lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    words = " ".join(_ADDRESSES.sub(" ", words).split())
    codes = set(_ENHANCED_CODE.findall(words))
    if not codes <= _CODES_THAT_SAY_SO | _CODES_THAT_LEAVE_IT_OPEN:
        return False
    says_so = _WORDS_THAT_SAY_SO.search(words) or (
        codes & _CODES_THAT_SAY_SO and _WORDS_THAT_AGREE.search(words)
    )
    return bool(says_so) and not _OTHER_REASONS.search(words)
