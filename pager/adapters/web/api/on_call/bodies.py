"""People, teams, schedules and shared policies in bodies: what they name must be there."""

from collections.abc import Sequence

from pydantic import TypeAdapter

from pager.adapters.validation import MOST_ERRORS, FieldError
from pager.adapters.web.api.url_fields import with_field
from pager.adapters.web.bodies import parse
from pager.adapters.web.problems import ProblemError, unprocessable
from pager.errors import PagerError
from pager.oncall.directory import Directory, Entry, Kind, NobodyOfThatName, mentions
from pager.oncall.people import Person
from pager.oncall.verification import with_marks_of

NOT_WRITTEN = "Nobody can say so: it is verified by the code that Pager sends there."


class WrongFields(PagerError):
    """{detail}"""

    def __init__(self, errors: Sequence[FieldError]) -> None:
        """`errors` are the fields of a body that do not fit to what is stored."""
        super().__init__(detail="; ".join(f"{error.field}: {error.message}" for error in errors))
        self.errors = list(errors)


def read_entry(adapter: TypeAdapter[Kind], body: bytes, name: str) -> Kind:
    """The entry in the body of a request to the URL of that name. Raises ProblemError (422)."""
    entry = parse(adapter, with_field(body, "name", name))
    if entry.name != name:
        wrong = FieldError(field="name", message=f"The URL says {name!r}.")
        raise ProblemError(unprocessable([wrong]))
    return entry


def check_named(entry: Entry, directory: Directory) -> None:
    """Check that everybody whom `entry` names is there. Raises WrongFields, with each place."""
    unknown = [
        FieldError(
            field=".".join(map(str, place)), message=str(NobodyOfThatName(named.type, named.name))
        )
        for place, named in mentions(entry)
        if not directory.has(named)
    ]
    if unknown:
        raise WrongFields(unknown[:MOST_ERRORS])


def check_marks(person: Person, before: Person | None) -> None:
    """Check that no contact method says that it is verified which was not `before`.

    Raises WrongFields.
    """
    marked = with_marks_of(before, person).contact_methods
    claimed = [
        FieldError(field=f"contact_methods.{number}.verified", message=NOT_WRITTEN)
        for number, (sent, kept) in enumerate(zip(person.contact_methods, marked, strict=True))
        if sent.verified and not kept.verified
    ]
    if claimed:
        raise WrongFields(claimed)
