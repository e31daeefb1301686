"""Users of Opsgenie, with their contacts and notification rules, are people.

The notification rules for new alerts say what is told when. A rule that counts only for some alerts
counts for all here: a page too many is better than one too few.
"""

from collections.abc import Iterator, Mapping, Sequence

from pager.adapters.imports.contacts import Contact, Way, address_alone, dialled, methods_of
from pager.adapters.imports.export import Export
from pager.adapters.imports.fields import Fields
from pager.adapters.imports.imported import valid
from pager.adapters.imports.names import Names
from pager.adapters.imports.notes import Notes
from pager.adapters.imports.opsgenie.objects import duration
from pager.oncall.people import Person

People = Mapping[str, Person]
"""By the ids and the user names of users."""

WAYS: Mapping[str, Way] = {"email": "email", "sms": "sms", "voice": "voice"}
NEW_ALERT = "create-alert"


def people(export: Export, notes: Notes) -> People:
    """The people."""
    names = Names("person", notes)
    found: dict[str, Person] = {}
    for user in export.all("user"):
        id_, username = user.text("id"), user.text("username")
        name = names.give(id_, user.text("fullName") or username, username)
        user.place = f"person {name}"
        _pass_over(user)
        if user.flag("blocked", default=False):
            user.note("is blocked in Opsgenie, and can be paged here")
        if muted_until := user.text("mutedUntil"):
            user.note(f"is muted until {muted_until} in Opsgenie, and can be paged here")
        contacts = _contacts(user, export, id_, username)
        methods = methods_of(contacts, user.place, notes)
        person = valid(Person, user.place, notes, name=name, contact_methods=methods)
        if person is not None:
            found |= {called: person for called in (id_, username) if called}
    return found


def _pass_over(user: Fields) -> None:
    user.skip("verified", "role", "timeZone", "locale", "userAddress", "createdAt", "tags", "links")
    user.skip("details", "skypeUsername", "expandable")


def _contacts(user: Fields, export: Export, id_: str, username: str) -> list[Contact]:
    """How the user is told of new alerts."""
    lists = ("userContacts", "contacts")
    inner = [contact for name in lists if user.has(name) for contact in user.many(name)]
    listed = [_listed(one, user.place) for one in (*inner, *export.of("contact", id_))]
    usable = [contact for contact in listed if contact is not None]
    told = [*_steps(user, export, id_)]
    if told:
        _note_unused(user, usable, told)
        return told
    if usable:
        user.note("no rule for new alerts is in the files: all contacts are told at once")
        return usable
    return address_alone(user, "no contacts are in the files", username)


def _listed(contact: Fields, place: str) -> Contact | None:
    """A contact as it is listed; None where it takes no alerts."""
    contact.place = place
    contact.skip("id", "applyOrder", "default", "_parent")
    status = contact.one("status") if contact.has("status") else contact
    way, to = contact.text("method", "contactMethod"), contact.text("to")
    if not status.flag("enabled", default=True):
        contact.leave_out(f"{to}, which is disabled ({status.text('disabledReason') or 'by hand'})")
        return None
    status.skip("disabledReason")
    return _contact(contact, way, to)


def _contact(fields: Fields, way: str, to: str) -> Contact | None:
    if way in WAYS:
        return Contact(WAYS[way], to)
    fields.note(f"{to or way} is left out: Pager has no app on a phone", serious=True)
    return None


def _steps(user: Fields, export: Export, id_: str) -> Iterator[Contact]:
    """What the rules for new alerts tell, and when."""
    lists = ("notificationRules", "notification_rules")
    inner = [rule for name in lists if user.has(name) for rule in user.many(name)]
    for rule in (*inner, *export.of("notification rule", id_)):
        rule.place = user.place
        rule.skip("id", "order", "_parent", "username")
        name, what = rule.text("name"), rule.text("actionType")
        if what != NEW_ALERT:
            rule.leave_out(f"the notification rule {name!r}: Pager tells people of new alerts only")
        elif not rule.flag("enabled", default=True):
            rule.leave_out(f"the notification rule {name!r}, which is disabled")
        elif not rule.has("steps"):
            rule.note(f"the steps of the notification rule {name!r} are not in the files")
        else:
            _note_conditions(rule, name)
            yield from _told(rule.many("steps"), name)


def _note_conditions(rule: Fields, name: str) -> None:
    """Say what has no place here; a rule for all alerts has no condition."""
    criteria = rule.one("criteria")
    if criteria.text("type") not in {"", "match-all"} or rule.has("timeRestriction"):
        rule.note(f"the notification rule {name!r} was for some alerts or hours: it is for all")
        criteria.pass_over()
        rule.skip("timeRestriction")
    repeat = rule.one("repeat")
    if repeat.flag("enabled", default=False):
        rule.note(f"the notification rule {name!r} was repeated: it is not here", serious=True)
    repeat.skip("loopAfter")
    rule.skip("schedules", "notificationTime")


def _told(steps: Sequence[Fields], rule: str) -> Iterator[Contact]:
    for step in steps:
        step.skip("id", "_parent")
        contact = step.one("contact")
        contact.skip("id")
        way, to = contact.text("method"), contact.text("to")
        after = duration(step.one("sendAfter"), "timeAmount", "timeUnit")
        if not step.flag("enabled", default=True):
            step.leave_out(f"the step {way} {to} of {rule!r}, which is disabled")
        elif told := _contact(step, way, to):
            yield told._replace(after=after)


def _note_unused(user: Fields, listed: Sequence[Contact], told: Sequence[Contact]) -> None:
    """Contacts that no rule for new alerts has are not used here, either."""
    used = {_key(contact) for contact in told}
    for contact in listed:
        if _key(contact) not in used:
            user.note(f"{contact.to} is left out: no rule for new alerts tells it ({contact.way})")


def _key(contact: Contact) -> tuple[str, str]:
    to = contact.to.lower() if contact.way == "email" else dialled(contact.to).replace("-", "")
    return contact.way, to
