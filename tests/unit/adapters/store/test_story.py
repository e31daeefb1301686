"""The timeline of an incident in plain words."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from pager import EscalationPolicy, Message, MonitoredService, SmsTarget, Target
from pager.adapters.store.views.entries import (
    Attempt,
    Decided,
    Entry,
    Note,
    PolicyEdit,
    Reported,
    UnreadableEntry,
)
from pager.adapters.store.views.page_story import Line
from pager.adapters.store.views.story import story
from pager.adapters.store.views.timeline import lines
from pager.decide import RULES, decide
from pager.messages import Escalate, PageAgain
from pager.model import MOST_OPEN_KEYS
from pager.ports import ReportStatus, Status
from unit.builders import (
    ADA,
    EDSGER,
    GRACE,
    POLICY,
    acknowledgement,
    alert,
    delay,
    expired,
    healthy,
    healthy_event,
    level,
    page,
    policy,
    resolve,
    timeout,
    unreachable,
)

NIGHT = datetime(2027, 1, 15, 3, 2, tzinfo=UTC)


class Incident:
    """Entries of an incident, decided by the real rules."""

    def __init__(self, rules: EscalationPolicy = POLICY) -> None:
        """Nothing has happened yet."""
        self.policy = rules
        self.entries: list[Entry] = []
        self._service: MonitoredService = healthy()
        self._at = NIGHT

    def receive(
        self, message: Message, author: str | None = None, minutes: float = 0
    ) -> "Incident":
        """`message` comes so many minutes after what was before."""
        self._at += timedelta(minutes=minutes)
        decision = decide(self._service, message, self.policy)
        self._service = decision.after
        self.entries.append(
            Decided(
                at=self._at,
                service_id="checkout-api",
                version_before=len(self.entries),
                version_after=len(self.entries) + 1,
                message=message,
                author=author,
                policy=self.policy,
                rules=RULES,
                before=decision.before,
                after=decision.after,
                effects=decision.effects,
            )
        )
        return self

    @property
    def lines(self) -> Sequence[Line]:
        """The story."""
        return story(self.entries)

    @property
    def texts(self) -> Sequence[str]:
        """What the lines say."""
        return [line.text for line in self.lines]


def attempt(
    target: Target = ADA,
    status: Status = "sent",
    detail: str = "",
    *,
    retry_at: datetime | None = None,
    level: int = 1,
) -> Attempt:
    """An attempt to page a Target."""
    effect = page(target, level=level)
    return Attempt(
        at=NIGHT,
        effect=effect,
        idempotency_key=effect.idempotency_key,
        attempt=1,
        status=status,
        detail=detail,
        retry_at=retry_at,
    )


def test_a_night_reads_as_a_story() -> None:
    """The scenario of the brief, in the words of people."""
    incident = Incident()
    incident.receive(alert(), "API key alertmanager")
    incident.receive(timeout(), minutes=15)
    incident.receive(
        acknowledgement(by="edsger@example.com"), "link of edsger@example.com", minutes=2
    )
    incident.receive(healthy_event(), "ada@example.com", minutes=5)
    assert incident.texts == [
        "Alert from API key alertmanager",
        "15 min without an answer: level 2",
        "edsger@example.com acknowledged by link",
        "ada@example.com closed the incident",
    ]
    assert [line.tone for line in incident.lines] == ["alarm", "alarm", "acknowledged", "healthy"]
    assert incident.lines[0].quote == "p99 latency above 3 s"
    assert [line.at for line in incident.lines] == [
        NIGHT + timedelta(minutes=minutes) for minutes in (0, 15, 17, 22)
    ]


def test_troubles_that_come_and_go_are_counted() -> None:
    """The story says what each resolve did, and which one has closed the incident."""
    incident = Incident()
    incident.receive(alert(key="disk"), "API key monitor")
    incident.receive(alert("certificate expires", "tls"), "API key monitor")
    incident.receive(alert("something else"))
    incident.receive(resolve("disk"), "API key monitor")
    incident.receive(resolve())
    incident.receive(resolve("tls"), "API key monitor")
    assert incident.texts == [
        "Alert from API key monitor",
        "Another alert from API key monitor: 2 troubles are open",
        "Another alert: 3 troubles are open",
        "“disk” is over, says API key monitor: 2 are still open",
        "The trouble is over: 1 is still open",
        "“tls” is over, says API key monitor: it was the last trouble, so the incident is closed",
    ]
    assert [line.tone for line in incident.lines] == ["alarm", "", "", "", "", "healthy"]


def test_the_only_trouble_of_a_sender_without_dedup_keys_is_the_incident() -> None:
    """A long key is cut."""
    assert Incident().receive(alert()).receive(resolve()).texts[-1] == (
        "The trouble is over: the incident is closed"
    )
    long = "x" * 255
    last = Incident().receive(alert(key=long)).receive(resolve(long)).texts[-1]
    assert last.startswith(f"“{'x' * 59}…” is over")


def test_too_many_troubles_are_said_once_they_are() -> None:
    """Only a person can close the incident then."""
    incident = Incident()
    for n in range(MOST_OPEN_KEYS + 1):
        incident.receive(alert(key=f"host-{n}"))
    assert incident.texts[-1] == (
        "Another alert: more than 500 troubles, so only a person can close the incident"
    )
    assert isinstance(incident.entries[-1], Decided)


def test_an_answer_in_time_says_who_would_have_been_told() -> None:
    """And when: that is what the Acknowledgement was good for."""
    incident = Incident().receive(alert()).receive(acknowledgement(by="Ada"), "Ada", minutes=3)
    assert incident.lines[1] == Line(
        NIGHT + timedelta(minutes=3),
        "Ada acknowledged",
        then="Level 2 would have been told",
        then_at=NIGHT + timedelta(minutes=15),
        tone="acknowledged",
    )


def test_an_answer_that_may_expire_says_when() -> None:
    """That is what whoever has it must know; and then whose it was, and who is told again."""
    expiring = POLICY.model_copy(update={"acknowledgement_expiry": timedelta(hours=4)})
    incident = Incident(expiring).receive(alert()).receive(acknowledgement(by="Ada"), minutes=3)
    assert incident.lines[1] == Line(
        NIGHT + timedelta(minutes=3),
        "Ada acknowledged",
        then="It expires",
        then_at=NIGHT + timedelta(minutes=243),
        tone="acknowledged",
    )
    incident.receive(expired(), minutes=240)
    assert incident.lines[2] == Line(
        NIGHT + timedelta(minutes=243),
        "The acknowledgement of Ada has expired: level 1 again",
        tone="alarm",
    )
    incident.receive(timeout(level=2), minutes=15)
    assert incident.texts[3] == "15 min without an answer: level 2"


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (timeout(level=2), "5 min without an answer: level 1 again"),
        (unreachable(level=2), "Nobody on level 2 could be reached: level 1 again"),
        (
            Escalate(service_id="checkout-api", incident=1, level=2, by="Ada"),
            "Ada did not wait for an answer: level 1 again",
        ),
    ],
    ids=["timeout", "nobody", "by hand"],
)
def test_a_policy_that_begins_again_tells_the_first_level_again(
    message: Message, text: str
) -> None:
    """Whatever has ended the last step; the next one is the second again."""
    incident = Incident(POLICY.model_copy(update={"repeat": 1}))
    incident.receive(alert()).receive(timeout(), minutes=15).receive(message, minutes=5)
    assert incident.texts[-1] == text
    incident.receive(timeout(level=3), minutes=15).receive(timeout(level=4), minutes=5)
    assert incident.texts[-2:] == [
        "15 min without an answer: level 2",
        "5 min without an answer: nobody is left to tell",
    ]


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (timeout(), "5 min without an answer: the next contact methods of level 1"),
        (unreachable(), "Nobody on level 1 could be reached: the next contact methods of level 1"),
        (
            Escalate(service_id="checkout-api", incident=1, level=1, by="Ada"),
            "Ada did not wait for an answer: the next contact methods of level 1",
        ),
    ],
    ids=["timeout", "nobody", "by hand"],
)
def test_a_second_way_to_reach_people_is_of_the_same_level(message: Message, text: str) -> None:
    """Whatever has ended the first step; and after it comes the next Level, and the first again."""
    second = level(GRACE, minutes=10).model_copy(update={"continues": True})
    two_ways = policy(level(ADA, minutes=5), second, level(EDSGER)).model_copy(update={"repeat": 1})
    incident = Incident(two_ways).receive(alert()).receive(message, minutes=5)
    assert incident.texts[-1] == text
    for number in (2, 3, 4):
        incident.receive(timeout(level=number), minutes=10)
    assert incident.texts[-3:] == [
        "10 min without an answer: level 2",
        "15 min without an answer: level 1 again",
        "5 min without an answer: the next contact methods of level 1",
    ]
    told = [what for entry in incident.entries for verb, what in lines(entry) if verb == "received"]
    assert told[2:] == [
        f"the Acknowledgement Timeout of incident 1, Level {number} for checkout-api"
        for number in (1, 2, 1)
    ]
    decided = [dict(lines(entry))["decided"] for entry in incident.entries]
    assert decided[1].endswith("; the next contact methods of Level 1")


def test_a_level_that_is_left_out_takes_no_number_away() -> None:
    """The machine says the same as the story."""
    first_left_out = policy(level(ADA, number=2), level(EDSGER, number=4))
    incident = Incident(first_left_out.model_copy(update={"repeat": 1}))
    incident.receive(alert()).receive(timeout(), minutes=15).receive(unreachable(level=2))
    assert incident.texts[1:] == [
        "15 min without an answer: level 4",
        "Nobody on level 4 could be reached: level 2 again",
    ]
    received = [dict(lines(entry))["received"] for entry in incident.entries[1:]]
    assert received == [
        "the Acknowledgement Timeout of incident 1, Level 2 for checkout-api",
        "the report that nobody was reached in incident 1, Level 4 for checkout-api",
    ]


def test_whoever_takes_over_is_told_on_the_level_that_was_told_last() -> None:
    """They are others, and the Level is the same."""
    incident = Incident(policy(level(ADA), level(EDSGER))).receive(alert())
    incident.policy = policy(level(GRACE), level(EDSGER))
    incident.receive(timeout(), minutes=15).receive(timeout(level=2), minutes=15)
    incident.receive(timeout(level=3), minutes=15)
    assert incident.texts[1:] == [
        "15 min without an answer: others on level 1",
        "15 min without an answer: level 2",
        "15 min without an answer: nobody is left to tell",
    ]
    received = [dict(lines(entry))["received"] for entry in incident.entries[1:]]
    assert received == [
        f"the Acknowledgement Timeout of incident 1, Level {number} for checkout-api"
        for number in (1, 1, 2)
    ]


def test_where_the_journal_begins_in_the_middle_less_is_said() -> None:
    """Nobody guesses which Level was told before."""
    whole = Incident().receive(alert()).receive(unreachable())
    middle = whole.entries[1].model_copy(update={"before": None})
    assert [line.text for line in story([middle])] == ["Nobody could be reached: level 2"]
    assert dict(lines(middle))["received"] == (
        "the report that nobody was reached in incident 1, step 1 for checkout-api"
    )


def test_an_answer_on_the_last_level_of_a_policy_that_begins_again_says_level_1() -> None:
    """It would have been told next."""
    incident = Incident(POLICY.model_copy(update={"repeat": 1}))
    incident.receive(alert()).receive(timeout(), minutes=15).receive(acknowledgement())
    assert incident.lines[-1].then == "Level 1 would have been told"


def test_the_machine_names_the_levels_that_people_count() -> None:
    """Also where the policy begins again, or an Acknowledgement expires."""
    both = POLICY.model_copy(update={"repeat": 1, "acknowledgement_expiry": timedelta(hours=4)})
    incident = Incident(both).receive(alert()).receive(timeout()).receive(timeout(level=2))
    incident.receive(acknowledgement(by="Ada")).receive(expired(level=3))
    told = [f"{verb} {what}" for entry in incident.entries[2:] for verb, what in lines(entry)]
    assert told == [
        "received the Acknowledgement Timeout of incident 1, Level 2 for checkout-api",
        "became Unhealthy (incident 1, Level 1, step 3, begun again once) (version 3)",
        "decided to notify ada@example.com, +33612345601, a delay of 15 min; told again: nobody "
        "has answered",
        "received the Acknowledgement of incident 1 by Ada for checkout-api",
        "became Unhealthy (incident 1, Level 1, step 3, begun again once, acknowledged by Ada) "
        "(version 4)",
        "decided to set an expiry after 4 h",
        "received the expiry of the Acknowledgement of incident 1, Level 1 for checkout-api",
        "became Unhealthy (incident 1, Level 1, step 4, begun again once) (version 5)",
        "decided to notify ada@example.com, +33612345601, a delay of 15 min; told again: expired "
        "acknowledgement of Ada",
    ]
    at = incident.entries[0].at
    edit = PolicyEdit(at=at, service_id="checkout-api", author="Ada", policy=both)
    [(_, what)] = lines(edit)
    assert what.endswith("(5 min); begins again once; an acknowledgement expires after 4 h")


def test_an_answer_on_the_last_level_says_that_nobody_was_left() -> None:
    """No Level would have been told."""
    incident = Incident(policy(level(ADA))).receive(alert()).receive(acknowledgement())
    assert (incident.lines[1].text, incident.lines[1].then) == (
        "Somebody acknowledged",
        "Nobody else was left to tell",
    )
    assert incident.lines[1].then_at is None


def test_an_answer_after_the_last_level_says_nothing_of_others() -> None:
    """It was over: nobody would have been told any more."""
    incident = Incident(policy(level(ADA))).receive(alert()).receive(timeout(), minutes=15)
    incident.receive(acknowledgement(by="Ada"), "API key bot")
    assert incident.texts[1:] == [
        "15 min without an answer: nobody is left to tell",
        "Ada acknowledged, by API key bot",
    ]
    assert incident.lines[2].then == ""


def test_a_level_that_nobody_is_reached_on_leads_to_the_next() -> None:
    """And the last one to nobody."""
    incident = Incident().receive(alert()).receive(unreachable()).receive(unreachable(level=2))
    assert incident.texts[1:] == [
        "Nobody on level 1 could be reached: level 2",
        "Nobody on level 2 could be reached: nobody is left to tell",
    ]


def test_what_people_do_by_hand_names_them() -> None:
    """Levels are those of the policy: to be told again is none of its own."""
    again = PageAgain(service_id="checkout-api", incident=1, level=1, by="Grace")
    incident = Incident().receive(alert()).receive(again)
    on = Escalate(service_id="checkout-api", incident=1, level=2, by="Grace")
    incident.receive(on).receive(acknowledgement(by="Ada"))
    incident.receive(again.model_copy(update={"level": 3, "acknowledged": True}))
    assert incident.texts[1:] == [
        "Grace let them be told again: level 1",
        "Grace did not wait for an answer: level 2",
        "Ada acknowledged",
        "Grace gave it back: level 2 again",
    ]


def test_an_incident_can_be_handed_on() -> None:
    """By whoever has it."""
    incident = Incident().receive(alert()).receive(acknowledgement(by="Ada"))
    incident.receive(
        Escalate(service_id="checkout-api", incident=1, level=1, by="Ada", acknowledged=True)
    )
    assert incident.texts[-1] == "Ada handed it on: level 2"


def test_an_edit_after_the_last_level_leads_on() -> None:
    """The timeout that comes again is no silence."""
    incident = Incident(policy(level(ADA))).receive(alert()).receive(timeout(), minutes=15)
    incident.policy = POLICY
    incident.receive(timeout(), minutes=60)
    assert incident.texts[-1] == "The policy has somebody new: others on level 1"


def test_whom_a_step_did_not_reach_is_told() -> None:
    """Where somebody was notified, and where nobody was left; not of what tells nobody."""
    gap = "Payments, Level 1 reaches nobody: nobody is on call in Database"
    expires = {"gaps": (gap,), "acknowledgement_expiry": timedelta(hours=4)}
    partly = policy(level(ADA)).model_copy(update=expires)
    incident = Incident(partly).receive(alert()).receive(acknowledgement(by="Ada"))
    assert incident.texts[1:] == [gap, "Ada acknowledged"]
    told, acknowledged = (dict(lines(entry)) for entry in incident.entries)
    assert told["left out"] == gap
    assert "left out" not in acknowledged
    exhausted = Incident(partly).receive(alert()).receive(timeout(), minutes=15)
    assert exhausted.texts.count(gap) == 2
    exhausted.receive(alert("error rate above 5 %"))
    assert exhausted.texts.count(gap) == 2


def test_another_alert_is_quoted() -> None:
    """Nobody was told, and the next page tells it."""
    incident = Incident().receive(alert()).receive(alert("error rate above 5 %"), "API key ci")
    assert incident.lines[1][1:3] == ("Another alert from API key ci", "error rate above 5 %")


def test_a_part_of_a_story_says_less() -> None:
    """The step before may be on another page."""
    incident = Incident().receive(alert()).receive(timeout(), minutes=15)
    incident.receive(acknowledgement(by="Ada"))
    assert story(incident.entries[1:2])[0].text == "Nobody answered in time: level 2"
    assert story(incident.entries[2:])[0] == Line(
        incident.entries[2].at, "Ada acknowledged", tone="acknowledged"
    )


def test_the_end_without_a_name_is_told_as_well() -> None:
    """Of a journal from before there were accounts."""
    incident = Incident().receive(alert()).receive(healthy_event())
    assert incident.texts == ["Alert", "The service is healthy again"]


@pytest.mark.parametrize(
    ("attempts", "text"),
    [
        ([attempt()], "ada@example.com was e-mailed"),
        ([attempt(GRACE)], "+33612345601 was sent an SMS"),
        ([attempt(), attempt(EDSGER)], "ada@example.com, edsger@example.com were e-mailed"),
        (
            [attempt(detail="250 a"), attempt(EDSGER, detail="250 b")],
            "ada@example.com, edsger@example.com were e-mailed",
        ),
        (
            [attempt(status="failed", detail="451 try\nlater", retry_at=NIGHT)],
            "An e-mail to ada@example.com could not be sent yet: 451 try later",
        ),
        (
            [attempt(GRACE, "refused", "no such number")],
            "An SMS to +33612345601 was refused: no such number",
        ),
        (
            [attempt(GRACE, "unknown", "no answer")],
            "Nobody knows whether an SMS to +33612345601 was sent: no answer",
        ),
        (
            [attempt(status="unknown")],
            "Nobody knows whether an e-mail to ada@example.com was sent",
        ),
        ([attempt(status="withdrawn")], "An e-mail to ada@example.com was not needed any more"),
        (
            [attempt(status="refused", detail="x" * 500)],
            f"An e-mail to ada@example.com was refused: {'x' * 199}…",
        ),
    ],
)
def test_pages_and_how_they_went_are_one_line(attempts: Sequence[Attempt], text: str) -> None:
    """Those that left together; a long answer of a server is cut, with a sign."""
    assert [line.text for line in story(attempts)] == [text]


def test_what_is_tried_again_says_when() -> None:
    """It is not lost."""
    [line] = story([attempt(status="failed", retry_at=NIGHT + timedelta(seconds=2))])
    assert (line.then, line.then_at) == ("It is tried again", NIGHT + timedelta(seconds=2))
    assert line.tone == "failed"


def test_many_pages_are_counted() -> None:
    """A Level may have a thousand Targets."""
    targets = [SmsTarget(phone_number=f"+336123456{number:02}") for number in range(9)]
    [line] = story([attempt(target) for target in targets])
    assert line.text.endswith("+33612345604 and 4 more were sent an SMS")


def test_pages_of_different_levels_or_ends_are_lines_of_their_own() -> None:
    """So are those with something between them."""
    note = Note(at=NIGHT, author="ada", text="I look.")
    entries: list[Entry] = [
        attempt(),
        attempt(EDSGER, level=2),
        attempt(EDSGER, "failed", level=2),
        note,
        attempt(EDSGER, "failed", level=2),
    ]
    assert len(story(entries)) == 5


def test_notes_edits_and_what_cannot_be_read_are_lines() -> None:
    """Whoever wrote them."""
    lines = story(
        [
            Note(at=NIGHT, author="ada", text="It is the disk.\nI delete logs."),
            PolicyEdit(at=NIGHT, service_id="checkout-api", author=None, policy=POLICY),
            PolicyEdit(at=NIGHT, service_id="checkout-api", author="grace", policy=None),
            UnreadableEntry(at=NIGHT, what="delivery-report", reason="no such thing"),
        ]
    )
    assert lines == [
        Line(NIGHT, "ada noted", quote="It is the disk.\nI delete logs.", tone="note"),
        Line(NIGHT, "Somebody edited the policy"),
        Line(NIGHT, "grace removed the policy"),
        Line(NIGHT, "A delivery report that this version of Pager cannot read", tone="failed"),
    ]


@pytest.mark.parametrize(
    ("status", "texts"),
    [
        ("accepted", []),
        ("delivered", ["The SMS to +33612345601 has arrived"]),
        ("undelivered", ["The SMS to +33612345601 has not arrived: error 30003"]),
    ],
)
def test_what_a_provider_reports_is_told_where_it_says_something(
    status: ReportStatus, texts: Sequence[str]
) -> None:
    """That it has the page, it had said before."""
    reported = Reported(
        at=NIGHT,
        effect=page(GRACE),
        idempotency_key="",
        receipt="SM1",
        status=status,
        detail="error 30003",
    )
    assert [line.text for line in story([reported])] == texts


def test_a_timer_is_told_of_only_where_it_was_not_set() -> None:
    """People do not ask for timers."""
    entry = attempt().model_copy(update={"effect": delay()})
    assert story([entry]) == []
    [line] = story([entry.model_copy(update={"status": "failed", "detail": "locked"})])
    assert line.text == "The timer of level 1 was not set: locked"
