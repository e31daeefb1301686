"""Lists of Targets as people paste them: what is read, and what is left out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pager.adapters.web.console.pasted_targets import Pasted, read_targets
from pager.adapters.web.console.typed_targets import target_of

ADA, GRACE, PHONE = "ada@example.com", "grace@example.com", "+33 6 12 34 56 78"


def texts(typed: str) -> list[str]:
    """The Targets that are read."""
    return [target.text for target in read_targets(typed)]


@pytest.mark.parametrize(
    "typed",
    [
        f"{ADA}\n{GRACE}",
        f"\n\n  {ADA}\t\n\n{GRACE}\n",
        f"{ADA}, {GRACE},",
        f"{ADA};{GRACE};",
        f"{ADA}\t{GRACE}",
        f"{ADA} {GRACE}",
        f"{ADA} / {GRACE}",
        f"- {ADA}\n- {GRACE}",
        f"* {ADA}\n•{GRACE}",
        f"1. {ADA}\n2) {GRACE}",
        f"[ ] {ADA}\n[x] {GRACE}",
        f"<{ADA}>, <{GRACE}>",
        f"mailto:{ADA}\nmailto:{GRACE}",
        f"Ada Lovelace <{ADA}>, Grace Hopper <{GRACE}>",
        f'"Lovelace, Ada" <{ADA}>; "Hopper, Grace" <{GRACE}>',
        f"Lovelace, Ada <{ADA}>; Hopper, Grace <{GRACE}>",
        f"Ada Lovelace\t{ADA}\nGrace Hopper\t{GRACE}",
        f"Ada Lovelace {ADA}\nGrace Hopper ({GRACE})",
        f"Ada: {ADA}\nGrace: {GRACE}",
        f"Ada - {ADA}\n{GRACE} - primary",
        f"<mailto:{ADA}>, Grace <mailto:{GRACE}>",
        f"'{ADA}', '{GRACE}'.",
        f"{ADA} and {GRACE}",
        f"\u200b{ADA}\u00a0\u2028{GRACE}\ufeff",
        f"{ADA}\r{GRACE}",
    ],
)
def test_lists_of_addresses_are_understood(typed: str) -> None:
    """Out of mail programs, spreadsheets, documents and chats."""
    assert texts(typed) == [ADA, GRACE]


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        (PHONE, [PHONE]),
        ("+33612345678, +4930123456", ["+33612345678", "+4930123456"]),
        ("+33612345678 +4930123456", ["+33612345678", "+4930123456"]),
        ("tel:+33612345678", ["+33612345678"]),
        ("phone +1 (415) 555-2671", ["+1 (415) 555-2671"]),
        ("1) +1 (415) 555-2671", ["+1 (415) 555-2671"]),
        ("+33612345678 / +4930123456", ["+33612345678", "+4930123456"]),
        ("Grace: +33 6 12 34 56 78", [PHONE]),
        ("+33 6 12 34 56 78 (Grace)", [PHONE]),
        ("Grace +33 (0)6 12 34 56 78", ["+33 (0)6 12 34 56 78"]),
        ("0033612345678", ["+33612345678"]),
        ("00 33 6 12 34 56 78", [PHONE]),
        ("+49 30/123 456", ["+49 30 123 456"]),
        ("\u202a+33\u00a06\u201112\u2011345678\u202c", ["+33 6-12-345678"]),
        (f"{ADA} {PHONE}", [ADA, PHONE]),
        (f"Ada Lovelace <{ADA}> {PHONE}", [ADA, PHONE]),
        (f"Ada\t{ADA}\t{PHONE}", [ADA, PHONE]),
        (f"{PHONE}\n{ADA}", [PHONE, ADA]),
    ],
)
def test_phone_numbers_are_understood(typed: str, read: list[str]) -> None:
    """As people write them, also beside addresses."""
    assert texts(typed) == read


@pytest.mark.parametrize(
    "typed",
    [
        "ada",
        "Ada Lovelace",
        "ada@",
        "ada @example.com",
        "0612345678",
        "+33612345678 ext. 5",
        "2nd phone +33612345678",
        "ada2 or ada@example.com",
        '"><script>alert(1)</script>',
        "<script@example.com",
        '"ada',
        "-",
        "+",
        "<>",
    ],
)
def test_what_is_not_understood_stays_as_it_is(typed: str) -> None:
    """Nothing is guessed: the model says what is wrong with it."""
    assert read_targets(typed) == [Pasted(typed)]


@pytest.mark.parametrize("typed", ["", " \n\t", ",;", "\n,\n", "\u200b"])
def test_nothing_is_no_target(typed: str) -> None:
    """However it is separated."""
    assert read_targets(typed) == []


def test_what_is_left_out_is_told() -> None:
    """Names and labels, not bullets or separators."""
    typed = f'1. "Lovelace, Ada" <{ADA}>; Grace Hopper {GRACE}\n- Edsger: {PHONE}\n{ADA}'
    assert read_targets(typed) == [
        Pasted(ADA, "Lovelace, Ada"),
        Pasted(GRACE, "Grace Hopper"),
        Pasted(PHONE, "Edsger"),
        Pasted(ADA),
    ]


@pytest.mark.parametrize(
    "typed",
    [
        ADA,
        "ADA@Example.com",
        "a.b+c@[192.0.2.7]",
        "+33612345678",
        "o'brien@example.com",
        "'ada'@example.com",
        "sales/eu@example.com",
        "-ada@example.com",
        "1.ada@example.com",
        "o@example.com",
        "émile@exämple.com",
        "a\u200cb@example.com",
        "a@b@example.com",
    ],
)
def test_what_was_read_is_read_again_as_the_same(typed: str) -> None:
    """The page shows the list tidied up, and reads it again."""
    assert texts("\n".join(texts(typed))) == texts(typed) == [typed]


@given(st.text("abc019!#$%&'*+/=?^_`{|}~.-", min_size=1, max_size=12), st.sampled_from(["", "x "]))
def test_every_address_that_the_model_takes_is_read_as_it_is(local: str, name: str) -> None:
    """Alone and beside a name: a policy that is opened and saved stays what it was."""
    address = f"{local}@example.com"
    if target_of(address) is not None:
        assert texts(address) == [address]
        assert texts(f"{name}<{address}>") == [address]
        assert texts(f"{ADA}\n{address}") == [ADA, address]


@pytest.mark.parametrize("typed", ["<" * 30_000, '"' * 30_000, "+ " * 15_000, "a@ " * 10_000])
def test_a_long_list_takes_no_long_time(typed: str) -> None:
    """Each character is looked at a few times at the most."""
    assert read_targets(typed)
