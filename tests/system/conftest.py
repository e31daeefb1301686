"""The real things that contract tests talk to, for the program."""

from contract.conftest import (
    postgresql,
    postgresql_database,
    postgresql_template,
    shared_folder,
)

__all__ = ["postgresql", "postgresql_database", "postgresql_template", "shared_folder"]
