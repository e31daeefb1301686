"""People as they are pasted: out of documents, mail programs and spreadsheets."""

import pytest

from pager.adapters.web.console.on_call.pasted_people import read_people

MAIL, PHONE = "ada@example.com", "+33612345678"


@pytest.mark.parametrize(
    ("line", "name", "targets"),
    [
        (f"Ada Lovelace, {MAIL}, +33 6 12 34 56 78", "Ada Lovelace", [MAIL, PHONE]),
        (f"Ada Lovelace {MAIL}", "Ada Lovelace", [MAIL]),
        (f"Ada Lovelace <{MAIL}>", "Ada Lovelace", [MAIL]),
        (f'"Lovelace, Ada" <{MAIL}>', "Lovelace, Ada", [MAIL]),
        (f"Ada\tLovelace\t{MAIL}\t0033 6 12 34 56 78", "Ada Lovelace", [MAIL, PHONE]),
        (f"- Ada Lovelace; {PHONE}; {MAIL}", "Ada Lovelace", [PHONE, MAIL]),
        (f"{MAIL} Ada", "Ada", [MAIL]),
        ("Ada Lovelace", "Ada Lovelace", []),
        (f"Zoë 日本, {MAIL}, {MAIL.upper()}", "Zoë 日本", [MAIL]),
        ("  Ada \u00a0 Lovelace\u200b,  ", "Ada Lovelace", []),
    ],
)
def test_a_line_is_a_person(line: str, name: str, targets: list[str]) -> None:
    """A name, and how they are reached, everywhere at once; nothing is verified."""
    [found] = read_people(line)
    assert found.person is not None, found.problem
    assert found.person.name == name
    assert [method.target.key for method in found.person.contact_methods] == targets
    assert not any(method.after or method.verified for method in found.person.contact_methods)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (MAIL, "A name is missing."),
        ("Ada, 06 12 34 56 78", "06 12 34 56 78 is not understood."),
        ("Ada, ada@", "ada@ is not understood."),
        ("Agent 7", "Agent 7 is not understood."),
        ("A/B, ada@example.com", "no slash"),
        ("A" * 101, "1 to 100 characters"),
        ("Ada, " + ", ".join(f"a{n}@x.org" for n in range(11)), "more than 10 addresses"),
    ],
)
def test_what_is_not_understood_is_nobody(line: str, problem: str) -> None:
    """Nothing is guessed, and the line stays as it was typed."""
    [found] = read_people(f"\n  {line}  \r\n")
    assert found.person is None
    assert found.line == line
    assert problem in found.problem


def test_each_line_is_read_for_itself() -> None:
    """Empty ones are nobody."""
    found = read_people("Ada, ada@example.com\n\n \nGrace\rLinus")
    assert [each.person.name for each in found if each.person] == ["Ada", "Grace", "Linus"]
