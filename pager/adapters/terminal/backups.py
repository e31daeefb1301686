"""What a backup has, and what a restore has done, as a person reads it on the terminal."""

from collections.abc import Sequence

from pager.adapters.store.upkeep.backup import Contents
from pager.adapters.store.upkeep.restore import Access, Restored
from pager.adapters.store.views.timeline import clock_time
from pager.counted import counted


def contents_in_words(contents: Contents) -> str:
    """How much is in a database, and how old it is."""
    last = f", the last at {clock_time(contents.last_decision)}" if contents.last_decision else ""
    services = counted(contents.services, "service")
    return f"{services} and {counted(contents.decisions, 'decision')}{last}"


def restored_in_words(restored: Restored, access: Access) -> str:
    """What is in the database now, and what is to be done before Pager is started."""
    sentences = [
        f"The database has {contents_in_words(restored.contents)}. What came later is not in it.",
        f"New incidents begin with number {restored.last_incident + 1}. Acknowledge links of "
        "before are no longer good, and nobody is signed in.",
    ]
    if restored.moved is not None:
        sentences.append(f"The database that was there is now {restored.moved}.")
    if restored.unhealthy:
        sentences.append(
            f"Unhealthy, as in the backup: {_listed(restored.unhealthy)}. They are paged on as "
            "soon as Pager runs: close what is over."
        )
    if access.keeps_api_keys:
        sentences.append(f"Good API keys: {_listed(restored.api_keys)}. Revoke what was revoked.")
        if restored.integrations:
            integrations = _listed(restored.integrations)
            sentences.append(f"Integrations: {integrations}. Revoke what was revoked.")
    else:
        sentences.append(
            "No API key is good but PAGER_API_KEY, and there are no integrations: make new ones in "
            "the console."
        )
    if access.keeps_passwords:
        sentences.append(f"Who can sign in: {_listed(restored.accounts)}. Remove who was removed.")
    else:
        sentences.append(
            f"Accounts: {_listed(restored.accounts)}. Nobody can sign in by password before "
            "`pager invite NAME`. Remove who was removed."
        )
    return "\n".join(sentences)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"
