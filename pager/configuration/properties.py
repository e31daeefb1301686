"""Properties: sentences that have to hold of what people set up, at every moment."""

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from pager.model import Value

LONGEST_PROPERTY = 300
"""Characters: the name of a service may have 200."""
MOST_PROPERTIES = 50

NO_EMPTY_LEVEL = "no Level is empty"
"""What is verified each night, whichever properties there are."""


def _each_once(sentences: tuple[str, ...]) -> tuple[str, ...]:
    for number, sentence in enumerate(sentences):
        if sentence in sentences[:number]:
            raise PydanticCustomError(
                "property_twice",
                "“{sentence}” is there twice: once is enough.",
                {"sentence": sentence},
            )
    return sentences


Sentence = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        min_length=1,
        max_length=LONGEST_PROPERTY,
        pattern=r"^[^\x00-\x1f\x7f]*$",
    ),
    Field(json_schema_extra={"format": "property"}),
]
"""One property, as a person writes it: `pager.verify` reads it."""


class Properties(Value):
    """All that has to hold."""

    properties: Annotated[
        tuple[Sentence, ...],
        Field(max_length=MOST_PROPERTIES, json_schema_extra={"uniqueItems": True}),
        AfterValidator(_each_once),
    ] = ()
