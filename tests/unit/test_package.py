"""What `import pager` brings into a process."""

import subprocess
import sys

import pager

# The libraries that validate, and one model of theirs: pydantic looks for plugins at the first,
# by importlib.metadata, which brings the standard library's `email` and with it `socket`.
THE_LIBRARIES = """
import email_validator, phonenumbers, pydantic
pydantic.TypeAdapter(pydantic.create_model("Model", field=int))
"""

# Modules that talk to a network, a database or a browser, and programs that do.
NOT_IN_A_DOMAIN = {
    *("asyncio", "ftplib", "http", "imaplib", "multiprocessing", "smtplib", "socketserver"),
    *("sqlite3", "ssl", "subprocess", "urllib.request", "xmlrpc"),
    *("aiosmtpd", "alembic", "anyio", "click", "dns", "fastapi", "h11", "httpcore2", "httpx2"),
    *("jinja2", "psycopg", "pydantic_settings", "pytest", "requests", "rich", "sqlalchemy"),
    *("starlette", "structlog", "uvicorn"),
    *(
        "pager.adapters",
        "pager.channel_wiring",
        "pager.cli",
        "pager.commands",
        "pager.environment",
        "pager.settings",
        "pager.testing",
        "pager.wiring",
    ),
}


def modules_that(source: str, after: str = "") -> set[str]:
    """What running `source` imports in a new process that has run `after`."""
    program = f"import sys\n{after}\nbefore = set(sys.modules)\n{source}\n"
    program += "print(*set(sys.modules) - before)"
    # Without an environment: coverage and the like would import things of their own.
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, encoding="utf-8", env={}
    )
    return set(run.stdout.split())


def test_the_domain_imports_itself_and_its_validators() -> None:
    """Beyond what these bring, not one module is loaded, the standard library's included."""
    assert modules_that("import pager", after=THE_LIBRARIES) == {
        "pager",
        "pager.decide",
        "pager.durations",
        "pager.errors",
        "pager.messages",
        "pager.model",
        "pager.ports",
        "pager.relay",
        "pager.rules_of_version_1",
        "pager.service",
    }


def test_nothing_for_networks_databases_or_the_web_is_loaded() -> None:
    """By the validators neither, but for `socket`, which nobody here calls."""
    assert modules_that("import pager") & NOT_IN_A_DOMAIN == set()


def test_every_name_that_the_package_lists_is_there() -> None:
    """What `from pager import …` offers."""
    assert [name for name in pager.__all__ if not hasattr(pager, name)] == []


def test_the_names_that_the_package_lists_are_in_order() -> None:
    """So that one finds them, and that two who add one do not collide."""
    assert pager.__all__ == sorted(pager.__all__)
