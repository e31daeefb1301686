"""Users of PagerDuty, with their contact methods and notification rules, are people.

The rules for high urgency say what is told when: what is of low urgency escalates nowhere.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from pager.adapters.imports.contacts import Contact, Way, address_alone, methods_of
from pager.adapters.imports.export import Export
from pager.adapters.imports.fields import Fields
from pager.adapters.imports.imported import valid
from pager.adapters.imports.names import Names
from pager.adapters.imports.notes import Notes
from pager.adapters.imports.pagerduty.objects import pass_over_links, reference, summary
from pager.oncall.people import Person

People = Mapping[str, Person]
"""By the ids of users."""

WAYS: Mapping[str, Way] = {
    "email_contact_method": "email",
    "sms_contact_method": "sms",
    "phone_contact_method": "voice",
}


def people(export: Export, notes: Notes) -> People:
    """The people."""
    names = Names("person", notes)
    found: dict[str, Person] = {}
    for user in export.all("user"):
        id_, address = user.text("id"), user.text("email")
        name = names.give(id_, user.text("name") or address, address)
        user.place = f"person {name}"
        _pass_over(user)
        contacts = _contacts(user)
        told = [*_told(user, contacts)]
        if not told and (told := [contact for contact in contacts.values() if contact]):
            user.note("has no rules for high urgency: all contacts are told at once")
        if not told:
            told = address_alone(user, "no contact methods are in the files", address)
        methods = methods_of(told, user.place, notes)
        person = valid(Person, user.place, notes, name=name, contact_methods=methods)
        if person is not None:
            found[id_] = person
    return found


def _pass_over(user: Fields) -> None:
    pass_over_links(user)
    user.skip("time_zone", "color", "avatar_url", "billed", "role", "invitation_sent", "job_title")
    user.skip("coordinated_incidents", "locale", "license", "created_via_sso")


def _contacts(user: Fields) -> Mapping[str, Contact | None]:
    """The contact methods by their ids; None where Pager cannot use one."""
    found: dict[str, Contact | None] = {}
    for method in user.many("contact_methods"):
        kind, id_ = method.text("type"), method.text("id")
        pass_over_links(method)
        method.skip("label", "send_short_email", "send_html_email", "device_type", "sounds")
        found[id_] = _contact(method, kind)
    return found


def _contact(method: Fields, kind: str) -> Contact | None:
    code, address = method.text("country_code"), method.text("address")
    # That of an app is a secret of the phone.
    label = address if kind in WAYS else method.text("summary", "label")
    if method.flag("blacklisted", default=False) or not method.flag("enabled", default=True):
        method.leave_out(f"{label}, which PagerDuty does not use")
    elif kind.endswith("_reference"):
        method.leave_out(f"what {label} is, is not in the files", serious=True)
    elif kind in WAYS:
        return Contact(WAYS[kind], address if kind.startswith("email") else f"+{code}{address}")
    else:
        method.note(f"{label} is left out: Pager has no app on a phone", serious=True)
    return None


def _told(user: Fields, contacts: Mapping[str, Contact | None]) -> Iterator[Contact]:
    """What the rules for high urgency tell, and when."""
    for rule in user.many("notification_rules"):
        pass_over_links(rule)
        urgency, method = rule.text("urgency"), rule.one("contact_method")
        told, id_ = summary(method), reference(method)
        if rule.text("type").endswith("_reference"):
            rule.leave_out("what a notification rule is, is not in the files", serious=True)
        elif urgency == "low":
            rule.leave_out(f"a rule for low urgency that told {told}: Pager knows no urgency")
        elif id_ not in contacts:
            rule.leave_out(f"a rule that told {told}, which the user does not have", serious=True)
        elif contact := contacts[id_]:
            after = timedelta(minutes=rule.number("start_delay_in_minutes"))
            yield contact._replace(after=after)
        else:
            rule.skip("start_delay_in_minutes")
