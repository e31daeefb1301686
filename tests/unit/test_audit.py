"""The audit: what is kept of a service is what the rules say, and whatever is not is found."""

from collections.abc import Callable, Sequence

import pytest

from pager import EscalationPolicy, Message, MonitoredService, decide
from pager.audit import (
    LONGEST_DIFFERENCE,
    DecisionRecord,
    Difference,
    OutboxRecord,
    Records,
    ServiceRecord,
    first_difference,
)
from pager.decide import RULES as VERSION
from pager.messages import Effect
from unit.builders import (
    ADA,
    EDSGER,
    POLICY,
    acknowledgement,
    alert,
    delay,
    healthy,
    healthy_event,
    level,
    page,
    policy,
    resolve,
    timeout,
    unhealthy,
)

DUE = 1_000_000


def waiting(version: int, effect: Effect) -> OutboxRecord:
    """An effect that nobody has carried out yet."""
    return OutboxRecord(
        version,
        effect.channel,
        effect.incident,
        effect.idempotency_key,
        effect,
        "waiting",
        DUE,
    )


def kept(
    *messages: Message,
    policy: EscalationPolicy | None = POLICY,
    version: int = 0,
    rules: int = VERSION,
) -> Records:
    """What a store keeps when a service, at `version`, receives `messages` one after the other."""
    service: MonitoredService = healthy()
    decisions, outbox = [], []
    for message in messages:
        decision = decide(service, message, policy, rules)
        version += 1
        service = decision.after
        decisions.append(
            DecisionRecord(version, message, policy, service, decision.effects, decision.rules)
        )
        outbox += [waiting(version, effect) for effect in decision.effects]
    return Records(decisions, ServiceRecord(version, service.incident, service), outbox)


def with_decision(records: Records, number: int, **changes: object) -> Records:
    """The records, with the decision of that number (counted from 0) changed."""
    decisions = list(records.decisions)
    decisions[number] = decisions[number]._replace(**changes)  # type: ignore[arg-type]  # by name
    return records._replace(decisions=decisions)


def with_effect(records: Records, number: int, **changes: object) -> Records:
    """The records, with that row of the outbox changed."""
    outbox = list(records.outbox)
    outbox[number] = outbox[number]._replace(**changes)  # type: ignore[arg-type]  # by name
    return records._replace(outbox=outbox)


ESCALATED = kept(alert(), timeout(), timeout(level=2))


@pytest.mark.parametrize(
    "messages",
    [
        (),
        (alert(),),
        (alert(), timeout(), timeout(level=2), acknowledgement(), healthy_event(), alert()),
        (alert("A", "a"), alert("B", "b"), alert("B"), resolve("a"), resolve(), resolve("b")),
    ],
    ids=len,
)
def test_what_follows_the_rules_has_no_difference(messages: Sequence[Message]) -> None:
    """However many incidents there were."""
    assert first_difference(kept(*messages)) is None


def test_an_old_journal_is_decided_again_by_the_rules_of_its_time() -> None:
    """Under today's rules the later Alert would have been noted, and changed something."""
    messages = (alert(), timeout(), alert("disk full"), acknowledgement())
    records = kept(*(message for message in messages if message != alert("disk full")), rules=1)
    assert first_difference(records) is None
    by_other_rules = records._replace(
        decisions=[record._replace(rules=VERSION) for record in records.decisions]
    )
    assert first_difference(by_other_rules) is not None


def test_what_newer_rules_decided_is_not_checked() -> None:
    """Nobody here can tell; what comes before it and after it is checked."""
    records = with_decision(ESCALATED, 1, rules=VERSION + 1, after=unhealthy(level=2, message="?"))
    assert not records.decisions[1].is_checkable
    difference = first_difference(records)
    assert difference is not None
    assert difference.version == 3


def test_a_difference_is_one_short_line() -> None:
    """However long the texts are, and however many Targets there were."""
    records = with_effect(kept(alert("x\n" * 5_000)), 0, due_at=None)
    difference = first_difference(records)
    assert difference is not None
    assert len(difference.what) < LONGEST_DIFFERENCE
    assert "\n" not in difference.what


def test_a_journal_may_begin_with_a_later_alert() -> None:
    """Of an incident that began before there was a journal."""
    before = unhealthy()
    decision = decide(before, alert("disk full"), POLICY)
    record = DecisionRecord(
        1, alert("disk full"), POLICY, decision.after, decision.effects, decision.rules
    )
    assert first_difference(Records([record], ServiceRecord(1, 1, decision.after), [])) is None


def test_a_journal_may_begin_with_the_alert_of_another_trouble() -> None:
    """Likewise, where it said the same as the first."""
    decision = decide(unhealthy(), alert(key="disk"), POLICY)
    record = DecisionRecord(1, decision.message, POLICY, decision.after, (), VERSION)
    assert first_difference(Records([record], ServiceRecord(1, 1, decision.after), [])) is None


def test_a_node_of_an_older_version_may_decide_on_what_a_newer_one_stored() -> None:
    """It keeps the open troubles, and the audit goes by its rules."""
    newer = kept(alert("A", "a"), alert("B", "b"))
    last = newer.decisions[-1]
    by_older = decide(last.after, alert("C"), POLICY, rules=3)
    record = DecisionRecord(3, alert("C"), POLICY, by_older.after, (), 3)
    records = Records([*newer.decisions, record], ServiceRecord(3, 1, by_older.after), newer.outbox)
    assert first_difference(records) is None
    spoilt = by_older.after.model_copy(update={"open_keys": ("a",)})
    difference = first_difference(
        records._replace(service=ServiceRecord(3, 1, spoilt)),
    )
    assert difference is not None


def test_a_trouble_that_was_closed_behind_the_pagers_back_is_found() -> None:
    """Its state says other keys than the rules."""
    records = kept(alert("A", "a"), alert("B", "b"))
    spoilt = with_decision(records, 1, after=unhealthy(message="A", later=["B"], open_keys=["a"]))
    assert first_difference(spoilt) == Difference(
        2,
        "state: stored Unhealthy (incident 1, Level 1, 1 later Alert); "
        "the rules say Unhealthy (incident 1, Level 1, 1 later Alert, 2 open troubles)",
    )


def test_a_journal_may_begin_with_any_incident() -> None:
    """The older ones are forgotten; the first that is kept began with an Alert."""
    third = decide(healthy(incident=2), alert(), POLICY)
    records = Records(
        [DecisionRecord(7, alert(), POLICY, third.after, third.effects, VERSION)],
        ServiceRecord(7, 3, third.after),
        [waiting(7, effect) for effect in third.effects],
    )
    assert first_difference(records) is None


def test_a_journal_may_begin_in_the_middle_of_an_incident() -> None:
    """When there was none before: its first decision cannot be decided again, the others can."""
    records = ESCALATED._replace(decisions=ESCALATED.decisions[1:], outbox=ESCALATED.outbox[3:])
    assert first_difference(records) is None
    spoilt = with_decision(records, 1, after=unhealthy(level=2))
    assert first_difference(spoilt) == Difference(
        3,
        "state: stored Unhealthy (incident 1, Level 2); "
        "the rules say Unhealthy (incident 1, Level 2, exhausted)",
    )


SPOILT: dict[str, tuple[Callable[[Records], Records], int, str]] = {
    "a decision is missing": (
        lambda records: records._replace(decisions=[records.decisions[0], records.decisions[2]]),
        3,
        "the version before it is missing",
    ),
    "a state that the rules do not lead to": (
        lambda records: with_decision(records, 1, after=unhealthy(level=1)),
        2,
        "state: stored Unhealthy (incident 1, Level 1); "
        "the rules say Unhealthy (incident 1, Level 2)",
    ),
    "a first decision that leads nowhere": (
        lambda records: with_decision(records, 0, after=healthy()),
        1,
        "state: stored Healthy; the rules say Unhealthy (incident 1, Level 1)",
    ),
    "a page that is missing": (
        lambda records: with_decision(records, 1, effects=(delay(level=2, minutes=5),)),
        2,
        "effects: stored a delay of 5 min; the rules say edsger@example.com, a delay of 5 min",
    ),
    "no policy": (
        lambda records: with_decision(records, 0, policy=None),
        1,
        "the rules refuse it: Monitored Service 'checkout-api' has no Escalation Policy",
    ),
    "another policy than it was decided under": (
        lambda records: with_decision(records, 1, policy=policy(level(ADA), level(EDSGER))),
        2,
        "the rules say edsger@example.com, a delay of 15 min",
    ),
    "a page with another text": (
        lambda records: with_decision(
            records, 1, effects=(page(EDSGER, level=2, message="no"), delay(level=2, minutes=5))
        ),
        2,
        "stored 'no'",
    ),
    "no service": (
        lambda records: records._replace(service=None),
        3,
        "it is the last decision, and not what is stored",
    ),
    "another version": (
        lambda records: records._replace(service=ServiceRecord(2, 1, records.decisions[2].after)),
        3,
        "it is the last decision, and not what is stored",
    ),
    "another state": (
        lambda records: records._replace(service=ServiceRecord(3, 1, unhealthy(level=2))),
        3,
        "incident 1, Unhealthy (incident 1, Level 2), is stored as its outcome",
    ),
    "another incident": (
        lambda records: records._replace(service=ServiceRecord(3, 2, records.decisions[2].after)),
        3,
        "incident 2, Unhealthy (incident 1, Level 2, exhausted), is stored as its outcome",
    ),
    "a page that nobody decided": (
        lambda records: records._replace(outbox=[*records.outbox, waiting(9, page(ADA))]),
        9,
        "there is no such decision for ada@example.com",
    ),
    "a page by another channel": (
        lambda records: with_effect(records, 0, channel="sms"),
        1,
        "stored as another effect than it is: ada@example.com",
    ),
    "a page of another incident": (
        lambda records: with_effect(records, 0, incident=2),
        1,
        "stored as another effect than it is: ada@example.com",
    ),
    "a page with another key": (
        lambda records: with_effect(records, 0, idempotency_key="checkout-api/1/2/"),
        1,
        "stored as another effect than it is: ada@example.com",
    ),
    "a page that was sent, and is due": (
        lambda records: with_effect(records, 0, status="sent"),
        1,
        "sent, and due 1000000: ada@example.com",
    ),
    "a page that waits for ever": (
        lambda records: with_effect(records, 0, due_at=None),
        1,
        "waiting, and due never: ada@example.com",
    ),
    "a page that was withdrawn without a reason": (
        lambda records: with_effect(records, 0, status="withdrawn", due_at=None),
        1,
        "withdrawn without a reason: ada@example.com",
    ),
}


@pytest.mark.parametrize(("spoil", "version", "what"), SPOILT.values(), ids=SPOILT)
def test_what_was_changed_is_found(
    spoil: Callable[[Records], Records], version: int, what: str
) -> None:
    """At which decision, and what the rules say instead."""
    difference = first_difference(spoil(ESCALATED))
    assert difference is not None
    assert difference.version == version
    assert what in difference.what


@pytest.mark.parametrize(
    "messages",
    [(alert(), acknowledgement()), (alert(), acknowledgement(), healthy_event(), alert())],
    ids=["acknowledged", "over"],
)
def test_a_page_may_be_withdrawn_once_its_incident_was_acknowledged(
    messages: Sequence[Message],
) -> None:
    """Whatever the service is now."""
    withdrawn = with_effect(kept(*messages), 0, status="withdrawn", due_at=None)
    assert first_difference(withdrawn) is None


def after_a_restore(jump: int, last_incident: int) -> Records:
    """Incident 1 ended, the database was restored, and the next incident is `jump` + 1."""
    records = kept(alert(), healthy_event())
    decision = decide(healthy(incident=jump), alert(), POLICY)
    return Records(
        [
            *records.decisions,
            DecisionRecord(3, alert(), POLICY, decision.after, decision.effects, VERSION),
        ],
        ServiceRecord(3, jump + 1, decision.after),
        [*records.outbox, *(waiting(3, effect) for effect in decision.effects)],
        last_incident,
    )


def test_numbers_that_a_restore_has_left_out_are_no_difference() -> None:
    """Also those of an earlier restore than the last one."""
    assert first_difference(after_a_restore(2_000, 2_000)) is None
    assert first_difference(after_a_restore(2_000, 5_000)) is None


@pytest.mark.parametrize(("jump", "last_incident"), [(2_000, 0), (3_000, 2_000), (1_234, 2_000)])
def test_numbers_that_are_left_out_for_no_reason_are_a_difference(
    jump: int, last_incident: int
) -> None:
    """Nothing was restored, or not to this number."""
    difference = first_difference(after_a_restore(jump, last_incident))
    assert difference is not None
    assert difference.version == 3
