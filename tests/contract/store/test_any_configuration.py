"""Any configuration, applied after any other: an export of it changes nothing."""

import asyncio

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from pager.adapters.configuration.documents import document_of, read
from pager.adapters.runtime.heartbeats import Heartbeats
from pager.adapters.runtime.metrics import Metrics
from pager.adapters.runtime.wakeups import Wakeups
from pager.adapters.store.configuration.reading import stored_configuration
from pager.adapters.store.configuration.writing import ConfigurationWrites
from pager.adapters.store.core.database import Database
from pager.configuration.applying import outcome
from pager.configuration.checks import problems, shared_accounts
from pager.configuration.configuration import Configuration
from pager.configuration.difference import difference
from pager.configuration.managed import Managed, everything
from pager.model import FALLBACK
from pager.oncall.directory import directory_of
from unit.configuration.strategies import configurations

ONE_AFTER_THE_OTHER = settings(
    phases=[Phase.generate],
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def whole(configuration: Configuration) -> Configuration:
    """Without the entries that name what is not there, or have the account of another one."""
    while wrong := [*problems(configuration), *shared_accounts(configuration)]:
        kind, *rest = wrong[0].place
        name = rest[0]
        directory = configuration.directory
        policies = dict(configuration.policies)
        if kind in ("services", "fallback"):
            del policies[FALLBACK if kind == "fallback" else str(name)]
        else:
            kept = (
                entry
                for entry in directory.entries
                if (entry.type, entry.name) != (TYPES[str(kind)], name)
            )
            directory = directory_of(kept)
        configuration = configuration._replace(directory=directory, policies=policies)
    return configuration


TYPES = {"people": "person", "teams": "team", "schedules": "schedule", "policies": "policy"}


@pytest.mark.proof
def test_an_export_of_what_was_applied_changes_nothing(either_database: Database) -> None:
    """Whatever was there before: as the API reads it, and as it would apply it again."""
    heartbeats = Heartbeats(either_database, Wakeups(), Metrics())

    def apply(wanted: Configuration, managed: Managed) -> None:
        asyncio.run(
            heartbeats.write(
                lambda writes: ConfigurationWrites(writes).apply("ci", wanted, managed)
            )
        )

    @ONE_AFTER_THE_OTHER
    @given(configurations())
    def check(generated: Configuration) -> None:
        wanted = whole(generated)
        apply(wanted, everything(wanted))
        stored = either_database.read(stored_configuration)
        exported = document_of(stored.configuration)
        after = outcome(stored.configuration, read(exported), exported.managed, stored.at)
        assert after == stored.configuration
        unmarked = outcome(Configuration(), wanted, everything(wanted), stored.at)
        assert not difference(stored.configuration, unmarked, everything(unmarked)).changes
        apply(read(exported), exported.managed)
        assert either_database.read(stored_configuration).version == stored.version

    check()
