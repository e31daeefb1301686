"""Who may change how somebody is reached, and what the person of an account is called."""

from pager.access.roles import includes
from pager.adapters.web.auth.principals import NotAllowed
from pager.adapters.web.auth.principals import Person as Account
from pager.oncall.people import Person


def may_edit(account: Account, person: Person) -> bool:
    """Engineers may, and everybody for themselves."""
    return includes(account.role, "engineer") or person.account == account.name


def check_may_edit(account: Account, person: Person) -> None:
    """Raise NotAllowed where the account may not change how that person is reached."""
    if not may_edit(account, person):
        raise NotAllowed("engineer", account.role)


def name_from(account_name: str) -> str:
    """A name for the person of an account, as people write it: ada.lovelace@… is Ada Lovelace."""
    local_part = account_name.partition("@")[0].partition("+")[0]
    words = local_part.replace(".", " ").replace("_", " ").replace("-", " ").split()
    return " ".join(word.capitalize() for word in words) or account_name
