"""The service that a client means, however it writes the name."""

import re
import unicodedata
from hashlib import sha256

from pydantic import TypeAdapter, ValidationError

from pager.adapters.validation import FieldError
from pager.model import ServiceId

LONGEST_SERVICE_ID = 200


_SERVICE_ID: TypeAdapter[str] = TypeAdapter(ServiceId)


def service_id_of(value: object) -> tuple[str | None, list[FieldError]]:
    """The identifier that `value` stands for, and a warning where that is another.

    A name that no service can have is written so that one can: with hyphens, and a hash of it, so
    that two names never become one. Characters that nobody sees are left out. None where it is no
    name.
    """
    name = name_of(value)
    if not name:
        return None, []
    if _is_service_id(name):
        return name, []
    seen = "".join(filter(_is_seen, name)).strip()
    if _is_service_id(seen):
        return seen, []
    digest = sha256((seen or name).encode("utf-8", "surrogatepass")).hexdigest()[:8]
    stem = re.sub("[^A-Za-z0-9._:@+-]+", "-", seen).strip("-._:@+") or "service"
    taken_as = f"{stem[: LONGEST_SERVICE_ID - len(digest) - 1]}-{digest}"
    warning = f"no service can have this name: it was taken as {taken_as!r}."
    return taken_as, [FieldError(field="service_id", message=warning)]


def name_of(value: object) -> str:
    """The name that `value` is, without white space around it; empty where it is none."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value).strip()


def _is_service_id(name: str) -> bool:
    try:
        _SERVICE_ID.validate_python(name)
    except ValidationError:
        return False
    return True


def _is_seen(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) not in ("Cc", "Cf")
