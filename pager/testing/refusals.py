"""What a scenario says of an Alert that the Pager refused."""

from pager.errors import NobodyToPage, NoEscalationPolicy


def then_of(refusal: NoEscalationPolicy, service: str) -> str:
    """The Then that says so; `service` is what steps call it."""
    why = "which had no Escalation Policy"
    if isinstance(refusal, NobodyToPage):
        why = f'whose policy reached nobody: "{". ".join(refusal.gaps)}"'
    return f"Then the Pager refused an Alert of {service}, {why}"
