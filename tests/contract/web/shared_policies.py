"""People, a team, a schedule and shared policies in a database, and browsers that look at them."""

from datetime import datetime, timedelta

from contract.web.application import shared_application
from contract.web.forms import FormPage
from contract.web.people import signed_in
from pager import EmailTarget, EscalationPolicy, Level, SmsTarget
from pager.access.roles import Role
from pager.adapters.store.core.database import Database
from pager.adapters.store.oncall.on_call import SqlOnCall
from pager.adapters.store.ports.policies import SqlEscalationPolicies
from pager.oncall.people import ContactMethod, Person
from pager.oncall.policies import (
    PersonTarget,
    PolicyLevel,
    PolicyTarget,
    PolicyUse,
    ScheduleTarget,
    SharedPolicy,
    TeamTarget,
)
from pager.oncall.schedules import Layer, Rotation, Schedule
from pager.oncall.teams import Team

PATH = "/console/shared-policies/Payments"
ADA = Person(
    name="Ada",
    contact_methods=(ContactMethod(target=EmailTarget(address="ada@example.com"), verified=True),),
)
GRACE = Person(
    name="Grace Hopper",
    contact_methods=(ContactMethod(target=SmsTarget(phone_number="+33612345678"), verified=True),),
)
LINUS = Person(
    name="Linus",
    contact_methods=(ContactMethod(target=EmailTarget(address="linus@example.com")),),
)
EDSGER = Person(name="Edsger")
TEAM = Team(name="Storage", members=("Ada", "Linus"))
DATABASE = Schedule(
    name="Database",
    time_zone="Europe/Paris",
    layers=(
        Layer(
            rotations=(
                Rotation(
                    name="weekly",
                    participants=("Ada", "Grace Hopper"),
                    starts=datetime(2027, 1, 4, 9),  # noqa: DTZ001 - in the schedule's zone
                ),
            )
        ),
    ),
)
"""Ada from Monday, 4 January 2027, 09:00; then Grace."""
NIGHTS = Schedule(name="Nights", time_zone="Europe/Paris")
"""Nobody takes turns in it yet."""
ROLES: dict[str, Role] = {"ada": "engineer", "grace": "engineer", "vera": "viewer"}


def level(*targets: PolicyTarget, minutes: int = 15) -> PolicyLevel:
    """A Level of a shared policy."""
    return PolicyLevel(targets=targets, acknowledgement_delay=timedelta(minutes=minutes))


PAYMENTS = SharedPolicy(
    name="Payments",
    levels=(level(ScheduleTarget(name="Database")), level(TeamTarget(name="Storage"), minutes=5)),
)


def own_policy(service_id: str, *addresses: str) -> EscalationPolicy:
    """A policy that the service has of its own."""
    targets = tuple(EmailTarget(address=address) for address in addresses)
    return EscalationPolicy(service_id=service_id, levels=(Level(targets=targets),))


DIRECTORY = (ADA, GRACE, LINUS, EDSGER, TEAM, DATABASE, NIGHTS)


def add_directory(database: Database) -> None:
    """Add everybody of above."""
    for entry in DIRECTORY:
        SqlOnCall(database).put(entry)


def add_shared_policies(database: Database) -> None:
    """And two shared policies: shared-api uses the first, the second is nobody."""
    add_directory(database)
    targets = (*PAYMENTS.levels[0].targets, PersonTarget(name="Edsger"))
    levels = (level(*targets), *PAYMENTS.levels[1:], level(ScheduleTarget(name="Nights")))
    on_call = SqlOnCall(database)
    on_call.put(PAYMENTS.model_copy(update={"levels": levels}))
    on_call.put(SharedPolicy(name="Nights", levels=levels[-1:]))
    SqlEscalationPolicies(database).put(PolicyUse(service_id="shared-api", uses="Payments"))


class Engineers:
    """A directory, and the browsers of people who read and edit its policies."""

    def __init__(self, database: Database) -> None:
        """Everybody of above is in the directory, and everybody in ROLES is signed in."""
        self.on_call = SqlOnCall(database)
        self.policies = SqlEscalationPolicies(database)
        add_directory(database)
        # Another application: what one knows of the directory is as new as the last edit, and the
        # edits of each test are numbered from 1.
        app = shared_application(database)
        self.browsers = {
            who: signed_in(app, database, role, f"{who}@example.com") for who, role in ROLES.items()
        }

    def open(self, path: str = PATH, who: str = "ada") -> FormPage:
        """A page, as that person sees it."""
        return FormPage(self.browsers[who], self.browsers[who].get(path, follow_redirects=True))

    def post(self, path: str, fields: dict[str, str], who: str = "ada") -> int:
        """The status of the answer to a form that was not read from a page."""
        return self.browsers[who].submit(path, **fields).status_code

    def share(self, policy: SharedPolicy = PAYMENTS, *services: str) -> None:
        """Store the shared policy, and let these services use it."""
        self.on_call.put(policy)
        for service_id in services:
            self.policies.put(PolicyUse(service_id=service_id, uses=policy.name))

    @property
    def stored(self) -> SharedPolicy | None:
        """The shared policy Payments."""
        return self.on_call.versioned(SharedPolicy, "Payments").entry
