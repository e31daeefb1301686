"""A number with what it counts: 1 service, 2 services."""


def counted(number: int, one: str, many: str = "") -> str:
    """`many` is left out where it is `one` with an s."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"
