"""Users of Grafana OnCall, with their personal notification rules, are people.

Its API tells nobody's phone number, but only whether there is one: so they are reached by e-mail,
and a note says who was called or had SMS.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta

from pager.adapters.imports.contacts import Contact, Way, address_alone, methods_of
from pager.adapters.imports.export import Export
from pager.adapters.imports.fields import Fields
from pager.adapters.imports.imported import valid
from pager.adapters.imports.names import Names
from pager.adapters.imports.notes import Notes
from pager.oncall.people import Person

People = Mapping[str, Person]
"""By the ids of users."""

WAYS: Mapping[str, Way] = {
    "notify_by_email": "email",
    "notify_by_sms": "sms",
    "notify_by_phone_call": "voice",
}


def people(export: Export, notes: Notes) -> People:
    """The people."""
    rules: dict[str, list[Fields]] = {}
    for rule in export.all("notification rule"):
        rules.setdefault(rule.text("user_id"), []).append(rule)
    names = Names("person", notes)
    found: dict[str, Person] = {}
    for user in export.all("user"):
        id_, address = user.text("id"), user.text("email")
        name = names.give(id_, user.text("username") or address, address)
        user.place = f"person {name}"
        user.skip("grafana_id", "slack", "role", "timezone", "is_phone_number_verified")
        contacts = [*_told(user, rules.pop(id_, []), address)]
        if not contacts:
            why = "no rule of theirs tells an address that is in the files"
            contacts = address_alone(user, why, address)
        methods = methods_of(contacts, user.place, notes)
        person = valid(Person, user.place, notes, name=name, contact_methods=methods)
        if person is not None:
            found[id_] = person
    for rule in (rule for left in rules.values() for rule in left):
        rule.leave_out("its user is not in the files")
    return found


def names_of(users: Collection[str], people: People, fields: Fields) -> tuple[str, ...]:
    """The names of these users of an object. Notes say who is not here."""
    for user in users:
        if user not in people:
            fields.note(f"user {user} is left out: it was not imported", serious=True)
    return tuple(people[user].name for user in users if user in people)


def _told(user: Fields, rules: list[Fields], address: str) -> Iterator[Contact]:
    """What the default rules tell, one after the other, and when."""
    number = user.text("verified_phone_number", "phone_number")
    after = timedelta(0)
    for rule in sorted(rules, key=lambda one: one.number("position")):
        rule.place = user.place
        rule.skip("id", "position")
        kind, seconds = rule.text("type"), timedelta(seconds=rule.number("duration"))
        if rule.flag("important", default=False):
            rule.leave_out(f"the important rule {kind}: Pager has one list of rules for everything")
        elif kind == "wait":
            after += seconds
        elif kind not in WAYS:
            rule.leave_out(f"the rule {kind}, which Pager does not have", serious=True)
        elif WAYS[kind] == "email":
            yield Contact("email", address, after)
        elif number:
            yield Contact(WAYS[kind], number, after)
        else:
            why = "the API tells no phone number. Add it, or see that they do"
            rule.leave_out(f"the rule {kind}: {why}", serious=True)
