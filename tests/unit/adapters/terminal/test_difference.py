"""A difference on the terminal: entry by entry, with a sign."""

from rich.console import Console

from pager.adapters.terminal.difference import render_difference
from pager.configuration.difference import Change, Difference


def test_each_change_stands_below_its_kind_with_a_sign() -> None:
    """What somebody has written cannot move the cursor, nor colour the text."""
    changes = (
        Change("people", "Ada", "added", ("account: [red]ada",)),
        Change("people", "Grace\x1b[2J", "removed"),
        Change("fallback", "", "changed", ("uses: Backend instead of Database",)),
    )
    console = Console(width=80, color_system=None)
    with console.capture() as captured:
        console.print(render_difference(Difference(changes)))
    assert captured.get().splitlines() == [
        "people",
        "  + Ada",
        "      account: [red]ada",
        "  - Grace\N{REPLACEMENT CHARACTER}[2J",
        "fallback",
        "  ~ the policy",
        "      uses: Backend instead of Database",
    ]
