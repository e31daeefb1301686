"""A newcomer sets up who is on call, in a browser, at a person's pace: twelve people, a team, two
schedules, and a policy that forty services use; until an alert pages whoever is on call.

`PYTHONPATH=tests python -m first_on_call` prints each step, and when it was done. The person types
five letters a second, takes two seconds to find what to press next, and pastes two lists that they
have already: the people, and the services.
"""

from collections.abc import Iterator, Sequence

from contract.channels.smtp_server import MailServer
from first_page import Person, walk
from system.test_people import NAME, PASSWORD

FIRST_LINE = ("Ada Lovelace", "Grace Hopper", "Edsger Dijkstra", "Barbara Liskov")
SECOND_LINE = ("Alan Turing", "Donald Knuth", "Jean Bartik", "Ken Thompson")
AT_NIGHT = ("Frances Allen", "Tony Hoare", "Margaret Hamilton", "Linus Torvalds")
EVERYBODY = (*FIRST_LINE, *SECOND_LINE, *AT_NIGHT)
SERVICES = tuple(f"{shop}-{part}" for shop in ("basket", "billing", "checkout", "orders")
                 for part in ("api", "db", "cache", "queue", "mailer", "search", "images", "jobs",
                              "reports", "webhooks"))  # fmt: skip


def address(name: str) -> str:
    """Their e-mail address."""
    return f"{name.partition(' ')[0].lower()}@example.com"


def pasted(names: Sequence[str]) -> str:
    """As they stand in the list of staff: a name, an address and a phone number a line."""
    lines = (f"{name}, {address(name)}, +336123456{n:02}" for n, name in enumerate(names))
    return "\n".join(lines)


def steps(person: Person, link: str, mail: MailServer) -> Iterator[str]:
    """Do each step, and say which it was."""
    person.page.goto(link)
    person.type("Name", NAME)
    person.type("Password", PASSWORD)
    person.press("Create the account")
    yield "open the link that the first start prints, choose a name and a password"
    person.press("Add the people", "link")
    person.paste("One person a line", pasted(EVERYBODY))
    person.press("Add them")
    yield "paste twelve people with e-mail and phone"
    person.press("a team", "link")
    person.type("Name of the team", "Leads")
    person.press("Make the team")
    for name in FIRST_LINE[:3]:
        person.tick(name)
    person.press("Save")
    yield "make a team of three"
    make_schedule(person, "First line", FIRST_LINE)
    yield "make a schedule: weekly, handover on Monday at 09:00"
    make_schedule(person, "Second line", SECOND_LINE)
    person.press("Edit", "link")
    person.press("Add a layer that counts first")
    person.type("Name of the rotation", "Nights")
    person.type("Add people", "\n".join(AT_NIGHT))
    person.choose("Hours", "Nights and weekends")
    person.press("Save")
    yield "make a second one, with a layer for nights and weekends"
    person.press("Policies", "link")
    person.type("Name of the policy", "Payments")
    person.press("Choose whom it names")
    for level, name in enumerate(("First line", "Second line", "Leads"), start=1):
        if level > 1:
            person.press("Add a level")
        person.type(f"A name to add to level {level}", name)
        person.press(f"Add to level {level}")
    person.press("Save")
    yield "make a policy: the first line, then the second line, then the team"
    person.press("Let services use it", "link")
    person.paste("Services", "\n".join(SERVICES))
    person.press("Show what it overwrites")
    person.press("Use it for 40 services")
    yield "let forty services use it"
    person.press("Now", "link")
    person.press("checkout-api", "link")
    person.unfold("Raise an alert")
    person.type("What is wrong?", "This is only a try")
    person.press("Raise the alert")
    [page] = mail.wait_for_messages(1)
    # Whoever is first in the row has the week in which the schedule is made.
    assert page.recipients == [address(FIRST_LINE[0])]
    yield "raise an alert at one of them: whoever is on call has the page"


def make_schedule(person: Person, name: str, names: Sequence[str]) -> None:
    """In which they take turns week by week."""
    person.press("On call", "link")
    person.press("New schedule", "link")
    person.type("Name", name)
    person.type("Who takes turns", ", ".join(names))
    person.press("Make the schedule")


if __name__ == "__main__":
    walk(steps)
