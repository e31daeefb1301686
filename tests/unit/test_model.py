"""What the model takes, what it refuses, and what it says then."""

import json
import re
from datetime import timedelta

import pytest
from pydantic import TypeAdapter, ValidationError

from pager import EmailTarget, EscalationPolicy, Healthy, Level, SmsTarget, Target, Unhealthy
from pager.model import ACCEPTED, Value
from unit.builders import ADA, EDSGER, GRACE, POLICY, healthy, level, policy, unhealthy

ADA_JSON = {"type": "email", "address": "ada@example.com"}
GRACE_JSON = {"type": "sms", "phone_number": "+33612345601"}


def read(levels: object, service_id: object = "checkout-api", **more: object) -> EscalationPolicy:
    """A policy as it arrives: as JSON."""
    return EscalationPolicy.model_validate_json(
        json.dumps({"service_id": service_id, "levels": levels, **more})
    )


def read_level(**second: object) -> Level:
    """The second Level of a policy: its first is a good one."""
    return read([{"targets": [GRACE_JSON]}, {"targets": [ADA_JSON], **second}]).levels[1]


def read_target(target: object) -> Target:
    """The second Target of the second Level: its first is a good one."""
    return read_level(targets=[GRACE_JSON, target]).targets[1]


def many_targets(count: int) -> list[dict[str, str]]:
    return [{"type": "email", "address": f"ada{number}@example.com"} for number in range(count)]


def complaint(refused: pytest.ExceptionInfo[ValidationError]) -> tuple[str, str]:
    """Which field the only error names, and what it says."""
    [error] = refused.value.errors()
    return ".".join(str(part) for part in error["loc"]), error["msg"]


# --- JSON ----------------------------------------------------------------------------------

EXAMPLE = (
    '{"service_id": "checkout-api", "levels": [{"targets": ['
    '{"type": "email", "address": "ada@example.com"}, '
    '{"type": "sms", "phone_number": "+33612345678"}], '
    '"acknowledgement_delay": "PT15M"}]}'
)


def test_a_policy_is_read_from_json() -> None:
    """Into the values that one would write in Python."""
    assert EscalationPolicy.model_validate_json(EXAMPLE) == EscalationPolicy(
        service_id="checkout-api",
        levels=(
            Level(
                targets=(
                    EmailTarget(address="ada@example.com"),
                    SmsTarget(phone_number="+33612345678"),
                ),
                acknowledgement_delay=timedelta(minutes=15),
            ),
        ),
    )


def test_a_policy_is_written_as_the_json_it_was_read_from() -> None:
    """Nothing is added, left out or put in another form."""
    written = EscalationPolicy.model_validate_json(EXAMPLE).model_dump_json()
    assert json.loads(written) == json.loads(EXAMPLE)


@pytest.mark.parametrize(
    ("model", "field", "says"),
    [
        (EscalationPolicy, "levels", {"type": "array", "minItems": 1, "maxItems": 100}),
        (EscalationPolicy, "service_id", {"type": "string", "maxLength": 200}),
        (EscalationPolicy, "repeat", {"type": "integer", "minimum": 0, "maximum": 20}),
        (Level, "targets", {"type": "array", "minItems": 1, "maxItems": 1_000}),
        (Level, "acknowledgement_delay", {"format": "duration", "default": "PT15M"}),
        (EmailTarget, "address", {"type": "string", "format": "email", "maxLength": 320}),
        (SmsTarget, "phone_number", {"type": "string", "format": "phone", "maxLength": 64}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_schema_tells_what_is_taken(
    model: type[Value], field: str, says: dict[str, object]
) -> None:
    """It is what a client, and the page of the API, has to go by."""
    schema = model.model_json_schema()["properties"][field]
    assert {name: schema.get(name) for name in says} == says


@pytest.mark.parametrize("unknown", ["escalation_policy", "name"])
def test_an_unknown_field_is_refused(unknown: str) -> None:
    """A misspelt field would otherwise be a setting that does nothing."""
    with pytest.raises(ValidationError) as refused:
        read([{"targets": [ADA_JSON]}], **{unknown: "x"})
    assert complaint(refused) == (unknown, "Extra inputs are not permitted")


def test_an_unknown_field_of_a_target_is_refused() -> None:
    """However deep it stands."""
    with pytest.raises(ValidationError) as refused:
        read_target({**ADA_JSON, "name": "Ada"})
    assert complaint(refused) == (
        "levels.1.targets.1.email.name",
        "Extra inputs are not permitted",
    )


def test_an_unknown_type_of_target_is_refused_with_the_known_ones() -> None:
    """So that one sees what to write instead."""
    with pytest.raises(ValidationError) as refused:
        read_target({"type": "pigeon", "loft": "Paris"})
    assert complaint(refused) == (
        "levels.1.targets.1",
        "Input tag 'pigeon' found using 'type' does not match any of the expected tags: "
        "'email', 'sms'",
    )


# --- E-mail addresses ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("ada@example.com", "ada@example.com"),
        ("Ada.Lovelace+pager@Example.COM", "Ada.Lovelace+pager@example.com"),
        ("ada@pager.test", "ada@pager.test"),
        ("ada@münchen.example", "ada@münchen.example"),
        # What the library refuses, and a mail server of one's own takes:
        ("ops@corp.local", "ops@corp.local"),
        ("Ops@Mail.Corp.INTERNAL", "Ops@mail.corp.internal"),
        ("ops@printer.home.arpa", "ops@printer.home.arpa"),
        ("ops@srv_1.corp.local", "ops@srv_1.corp.local"),
        ("root@localhost.localdomain", "root@localhost.localdomain"),
        ("ops@[192.168.1.5]", "ops@[192.168.1.5]"),
        ("ops@[IPv6:fd00::5]", "ops@[ipv6:fd00::5]"),
        ("ada..lovelace.@docomo.ne.jp", "ada..lovelace.@docomo.ne.jp"),
    ],
)
def test_an_e_mail_address_is_kept_as_typed_with_its_domain_in_lower_case(
    typed: str, kept: str
) -> None:
    """What is before the @ is the receiving server's business."""
    assert read_target({"type": "email", "address": typed}) == EmailTarget(address=kept)


@pytest.mark.parametrize(
    "typed",
    [
        "ada",
        "",
        "ada@",
        "@example.com",
        "ada@localhost",
        "ada@example..com",
        "ada@@example.com",
        "Ada <ada@example.com>",
        " ada@example.com",
        "ada@example.com\n",
        "ada\x00@example.com",
        "ada@corp.local\nBcc: eve@corp.local",
        "ada lovelace@corp.local",
        "ada@-corp.local",
        "ada@corp.local.",
        "ada@192.168.1.5",
        "ada@[corp.local]",
        "<ada>@corp.local",
    ],
)
def test_a_bad_e_mail_address_is_refused_with_a_good_one(typed: str) -> None:
    """A mistyped address is a missed page."""
    with pytest.raises(ValidationError) as refused:
        read_target({"type": "email", "address": typed})
    field, sentence = complaint(refused)
    assert field == "levels.1.targets.1.email.address"
    assert sentence.endswith(" A good e-mail address looks like ada@example.com.")


def test_a_bad_e_mail_address_is_refused_with_the_reason() -> None:
    """In the words of the library that found it."""
    with pytest.raises(ValidationError) as refused:
        EmailTarget(address="Ada <ada@example.com>")
    assert complaint(refused) == (
        "address",
        "A display name and angle brackets around the email address are not permitted here. "
        "A good e-mail address looks like ada@example.com.",
    )


def test_an_e_mail_address_that_is_too_long_is_not_even_looked_at() -> None:
    """RFC 3696 allows 320 characters."""
    with pytest.raises(ValidationError) as refused:
        read_target({"type": "email", "address": "@" * 321})
    assert complaint(refused) == (
        "levels.1.targets.1.email.address",
        "String should have at most 320 characters",
    )


@pytest.mark.parametrize(
    "accepted",
    [
        '{"type": "email", "address": "ada@no-longer-valid"}',
        '{"type": "sms", "phone_number": "+99961234567"}',
    ],
)
def test_what_was_accepted_once_is_read_as_it_was(accepted: str) -> None:
    """A newer library may refuse an address: its Target is still paged."""
    target: TypeAdapter[Target] = TypeAdapter(Target)
    with pytest.raises(ValidationError):
        target.validate_json(accepted)
    read = target.validate_json(accepted, context=ACCEPTED)
    assert read.key in accepted
    with pytest.raises(ValidationError):
        target.validate_json(accepted.replace('"type"', '"kind"'), context=ACCEPTED)


# --- Phone numbers -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed", ["+33612345678", "+33 6 12 34 56 78", "+33 (0)6-12-34-56-78", "+33.6.12.34.56.78"]
)
def test_a_phone_number_is_kept_in_e_164(typed: str) -> None:
    """However it was typed."""
    assert read_target({"type": "sms", "phone_number": typed}) == SmsTarget(
        phone_number="+33612345678"
    )


@pytest.mark.parametrize("typed", ["+1 436 555 0123", "+14365550123", "+883 5100 0000 0001"])
def test_a_number_that_the_library_does_not_know_may_be_in_use(typed: str) -> None:
    """An area code that is newer than the library: Twilio knows."""
    target = read_target({"type": "sms", "phone_number": typed})
    assert isinstance(target, SmsTarget)
    assert target.phone_number == re.sub("[^+0-9]", "", typed)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "ada",
        "0612345678",
        "33612345678",
        "+33",
        "+3361234567",
        "+336123456789",
        "+99961234567",
        "Ada +33612345678",
        "+33612345678 ext. 5",
        "+33612345678;isub=1",
        "+33612345678 / +33612345679",
        "+33612345678" + " " * 64,
    ],
)
def test_a_phone_number_that_cannot_be_dialled_is_refused_with_one_that_can(typed: str) -> None:
    """A number without its country's code is another number abroad."""
    with pytest.raises(ValidationError) as refused:
        read_target({"type": "sms", "phone_number": typed})
    assert complaint(refused) == (
        "levels.1.targets.1.sms.phone_number",
        "This is not a phone number that can be dialled. A good one has its country's code and "
        "looks like +33612345678.",
    )


@pytest.mark.parametrize("typed", ["+336OOO45678", "+33 612 ADA 678", "+1 800 FLOWERS"])
def test_no_letter_is_taken_for_a_digit(typed: str) -> None:
    """On old keypads an O was a 6: three of them typed for zeros would page a stranger."""
    with pytest.raises(ValidationError) as refused:
        read_target({"type": "sms", "phone_number": typed})
    assert complaint(refused)[0] == "levels.1.targets.1.sms.phone_number"


def test_a_phone_number_is_text() -> None:
    """A JSON number has lost its plus sign."""
    with pytest.raises(ValidationError) as refused:
        read_target({"type": "sms", "phone_number": 33612345678})
    assert complaint(refused)[0] == "levels.1.targets.1.sms.phone_number"


# --- Levels --------------------------------------------------------------------------------


def test_a_policy_without_a_level_is_refused() -> None:
    """It would page nobody."""
    with pytest.raises(ValidationError) as refused:
        read([])
    assert complaint(refused) == ("levels", "There must be at least 1.")


def test_a_level_without_a_target_is_refused() -> None:
    """It would page nobody for the length of its delay."""
    with pytest.raises(ValidationError) as refused:
        read_level(targets=[])
    assert complaint(refused) == ("levels.1.targets", "There must be at least 1.")


def test_one_mistake_is_one_error() -> None:
    """Also where the only Target of the only Level is wrong: there is one field to look at."""
    with pytest.raises(ValidationError) as refused:
        read([{"targets": [{"type": "email", "address": "ada"}]}])
    assert complaint(refused)[0] == "levels.0.targets.0.email.address"


def test_a_policy_of_too_many_levels_is_refused() -> None:
    """Nobody waits for the hundred-and-first."""
    with pytest.raises(ValidationError) as refused:
        read([{"targets": [ADA_JSON]}] * 101)
    assert complaint(refused)[0] == "levels"


def test_a_level_of_too_many_targets_is_refused() -> None:
    """A thousand people are no longer on call, they are an audience."""
    with pytest.raises(ValidationError) as refused:
        read_level(targets=many_targets(1_001))
    assert complaint(refused)[0] == "levels.1.targets"


def test_a_policy_may_be_as_large_as_its_bounds() -> None:
    """To the last Level and the last Target."""
    large = read([{"targets": many_targets(1_000)}] + [{"targets": [ADA_JSON]}] * 99)
    assert (len(large.levels), len(large.levels[0].targets)) == (100, 1_000)


@pytest.mark.parametrize(
    ("one", "other", "name"),
    [
        (ADA, ADA, "ada@example.com"),
        (ADA, EmailTarget(address="ADA@Example.com"), "ada@example.com"),
        (GRACE, GRACE, "+33612345601"),
        (GRACE, SmsTarget(phone_number="+33 6 12 34 56 01"), "+33612345601"),
    ],
)
def test_a_target_is_on_a_level_once(one: Target, other: Target, name: str) -> None:
    """Whatever its case and its spaces, and also where others stand between."""
    with pytest.raises(ValidationError) as refused:
        level(one, EDSGER, other)
    assert complaint(refused)[1] == f"{name} is on this Level twice: name it once."


def test_a_target_that_is_on_a_level_twice_is_looked_for_among_its_targets() -> None:
    """The error names the field, as every other does."""
    with pytest.raises(ValidationError) as refused:
        read_level(targets=[ADA_JSON, ADA_JSON])
    assert complaint(refused)[0] == "levels.1.targets"


def test_a_target_may_be_on_several_levels() -> None:
    """Who slept through the first call may hear the second."""
    assert policy(level(ADA), level(ADA, GRACE)).levels[1].targets == (ADA, GRACE)


@pytest.mark.parametrize(
    ("notified", "expected"),
    [
        ([], level(ADA, GRACE, number=1)),
        ([ADA], level(GRACE, number=1)),
        ([GRACE, ADA], level(EDSGER, minutes=5, number=2)),
        ([EDSGER], level(ADA, GRACE, number=1)),
        ([ADA, GRACE, EDSGER], None),
        ([ADA, ADA, GRACE, GRACE, EDSGER, EDSGER], None),
    ],
)
def test_the_next_level_is_the_first_with_somebody_who_was_not_notified(
    notified: list[Target], expected: Level | None
) -> None:
    """And of it only those; None once everybody was."""
    assert POLICY.next_level([target.key for target in notified]) == expected


def test_who_stands_on_two_levels_is_notified_for_each() -> None:
    """An address in capitals is the same address."""
    loud = EmailTarget(address="ADA@example.com")
    some_policy = policy(level(ADA), level(loud, GRACE), level(ADA))
    steps = []
    notified: list[str] = []
    while (step := some_policy.next_level(notified)) is not None:
        steps.append(step)
        notified += [target.key for target in step.targets]
    assert steps == [level(ADA, number=1), level(loud, GRACE, number=2), level(ADA, number=3)]


@pytest.mark.parametrize(
    ("notified", "expected"),
    [
        ([], None),
        ([ADA, GRACE], level(ADA, GRACE, number=1)),
        ([GRACE], level(GRACE, number=1)),
        ([ADA, GRACE, EDSGER], level(EDSGER, minutes=5, number=2)),
        ([EDSGER], level(EDSGER, minutes=5, number=2)),
        ([EmailTarget(address="barbara@example.com")], None),
    ],
)
def test_the_last_level_is_the_last_with_somebody_who_was_notified(
    notified: list[Target], expected: Level | None
) -> None:
    """And of it only those; None where nobody of the policy was."""
    assert POLICY.last_level([target.key for target in notified]) == expected


def test_who_stands_on_two_levels_was_notified_for_the_first_of_them() -> None:
    """Until they are notified once more."""
    some_policy = policy(level(ADA, GRACE), level(EDSGER, GRACE), level(GRACE))
    notified: list[str] = []
    for number, step in enumerate(some_policy.levels, 1):
        notified += [target.key for target in step.targets]
        assert some_policy.last_level(notified) == level(*step.targets, number=number)


# --- Delays --------------------------------------------------------------------------------


def test_a_level_without_a_delay_has_the_15_minutes_of_the_brief() -> None:
    """In Python and in JSON."""
    assert Level(targets=(ADA,)).acknowledgement_delay == timedelta(minutes=15)
    assert read_level().acknowledgement_delay == timedelta(minutes=15)


@pytest.mark.parametrize(
    ("written", "delay"),
    [
        ("PT15M", timedelta(minutes=15)),
        ("PT1H30M", timedelta(minutes=90)),
        ("PT900S", timedelta(minutes=15)),
        ("PT0.5S", timedelta(milliseconds=500)),
        ("P7D", timedelta(days=7)),
    ],
)
def test_a_delay_is_an_iso_8601_duration(written: str, delay: timedelta) -> None:
    """Up to a week."""
    assert read_level(acknowledgement_delay=written).acknowledgement_delay == delay


@pytest.mark.parametrize("written", [900, 900.0, "900", "15:00", "15 minutes", "-PT15M", "", None])
def test_a_delay_in_any_other_form_is_refused_with_a_good_one(written: object) -> None:
    """A bare number has no unit, and "15:00" would be fifteen hours."""
    with pytest.raises(ValidationError) as refused:
        read_level(acknowledgement_delay=written)
    assert complaint(refused) == (
        "levels.1.acknowledgement_delay",
        "An ISO 8601 duration is expected, such as PT15M (15 minutes).",
    )


@pytest.mark.parametrize("written", ["P", "PT", "PT15", "P15:00", "PT15m", "PT-15M", "PT15M "])
def test_a_delay_that_only_begins_like_one_is_refused(written: str) -> None:
    """Nothing is guessed from half a duration."""
    with pytest.raises(ValidationError) as refused:
        read_level(acknowledgement_delay=written)
    assert complaint(refused)[0] == "levels.1.acknowledgement_delay"


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("PT0S", "Input should be greater than datetime.timedelta(0)"),
        ("P7DT0.000001S", "Input should be less than or equal to datetime.timedelta(days=7)"),
        ("P15M", "Input should be less than or equal to datetime.timedelta(days=7)"),
    ],
)
def test_a_delay_out_of_bounds_is_refused(written: str, says: str) -> None:
    """No time to answer, or nobody who waits for the answer (P15M is 15 months)."""
    with pytest.raises(ValidationError) as refused:
        read_level(acknowledgement_delay=written)
    assert complaint(refused) == ("levels.1.acknowledgement_delay", says)


@pytest.mark.parametrize("delay", [timedelta(0), timedelta(seconds=-1), timedelta(days=8)])
def test_a_delay_written_in_python_has_the_same_bounds(delay: timedelta) -> None:
    """There is one model, and no back door."""
    with pytest.raises(ValidationError) as refused:
        Level(targets=(ADA,), acknowledgement_delay=delay)
    assert complaint(refused)[0] == "acknowledgement_delay"


# --- What a policy says besides its Levels -------------------------------------------------


def test_a_policy_begins_once_and_its_acknowledgements_last_unless_it_says_so() -> None:
    """So it is written as before there was either."""
    plain = EscalationPolicy.model_validate_json(EXAMPLE)
    assert (plain.repeat, plain.acknowledgement_expiry) == (0, None)
    assert plain.model_dump(mode="json").keys() == {"service_id", "levels"}


def test_a_policy_may_begin_again_and_let_an_acknowledgement_expire() -> None:
    """And is written as it was read."""
    more = {"repeat": 20, "acknowledgement_expiry": "P7D"}
    told_again = read([{"targets": [ADA_JSON]}], **more)
    assert (told_again.repeat, told_again.acknowledgement_expiry) == (20, timedelta(days=7))
    written = json.loads(told_again.model_dump_json())
    assert {name: written[name] for name in more} == more


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("repeat", value) for value in (-1, 21, "1", True, 1.5, None)),
        *(("acknowledgement_expiry", value) for value in ("PT0S", "P8D", "4 h", 4, True)),
    ],
)
def test_what_a_policy_says_besides_has_bounds(field: str, value: object) -> None:
    """No incident tells people for ever, and no Acknowledgement is over at once."""
    with pytest.raises(ValidationError) as refused:
        read([{"targets": [ADA_JSON]}], **{field: value})
    assert complaint(refused)[0] == field


def test_no_policy_notifies_more_often_than_the_largest_one_does() -> None:
    """A hundred Levels of a thousand Targets, without a repeat; or half of them twice."""
    targets = tuple(EmailTarget(address=f"ada{number}@example.com") for number in range(1_000))
    half = (Level(targets=targets),) * 50
    assert EscalationPolicy(service_id="checkout-api", levels=half, repeat=1).repeat == 1
    with pytest.raises(ValidationError) as refused:
        EscalationPolicy(service_id="checkout-api", levels=half, repeat=2)
    says = "It would notify 150000 times in one incident: 100000 are the most."
    assert complaint(refused) == ("repeat", says)
    [error] = refused.value.errors()
    assert error["type"] == "too_many_notifications"


# --- What programs see of a refusal --------------------------------------------------------


@pytest.mark.parametrize(
    ("targets", "code"),
    [
        ([{"type": "email", "address": "ada"}], "email_address"),
        ([{"type": "sms", "phone_number": "ada"}], "phone_number"),
        ([], "at_least_one"),
        ([ADA_JSON, ADA_JSON], "target_twice"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_error_of_ours_has_a_code(targets: list[object], code: str) -> None:
    """Programs need not read the sentence: it may become a better one."""
    with pytest.raises(ValidationError) as refused:
        read_level(targets=targets)
    assert [error["type"] for error in refused.value.errors()] == [code]


def test_a_delay_in_another_form_has_a_code() -> None:
    """Which is not the one of a duration that is out of bounds."""
    with pytest.raises(ValidationError) as refused:
        read_level(acknowledgement_delay=900)
    assert [error["type"] for error in refused.value.errors()] == ["iso_duration"]


# --- Service ids ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a", "7", "checkout-api", "team:checkout@eu_1.v2+b", "x" * 200])
def test_a_service_id_can_stand_in_a_url_as_it_is(name: str) -> None:
    """Letters, digits and `._:@+-` need no escape there."""
    assert read([{"targets": [ADA_JSON]}], service_id=name).service_id == name


@pytest.mark.parametrize(
    "name",
    ["", "a/b", "a b", "a\n", " a", "-a", "..", "é", "a\x00", "a?b", "a%62", "x" * 201, 7, None],
)
def test_a_service_id_that_would_be_lost_in_a_url_is_refused(name: object) -> None:
    """And so are one that no column holds, and one that looks like an option or a folder."""
    with pytest.raises(ValidationError) as refused:
        read([{"targets": [ADA_JSON]}], service_id=name)
    assert complaint(refused)[0] == "service_id"


# --- Values --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [POLICY, POLICY.levels[0], ADA, GRACE, healthy(), unhealthy(), unhealthy().escalation],
    ids=lambda value: type(value).__name__,
)
def test_a_value_is_frozen(value: EscalationPolicy | Level | Target | Healthy | Unhealthy) -> None:
    """So it may be shared between threads, and be the key of a dict."""
    field = next(iter(type(value).model_fields))
    with pytest.raises(ValidationError) as refused:
        setattr(value, field, None)
    assert complaint(refused) == (field, "Instance is frozen")
    assert {value: True}[value.model_copy()]


def test_a_service_that_was_never_seen_has_had_no_incident() -> None:
    """The first one will be number 1."""
    assert Healthy(service_id="checkout-api").incident == 0


@pytest.mark.parametrize(
    ("model", "fields", "refused_field"),
    [
        (Healthy, {"incident": -1}, "incident"),
        (Unhealthy, {"incident": 0, "level": 1, "message": "disk full"}, "incident"),
        (Unhealthy, {"incident": 1, "level": 0, "message": "disk full"}, "level"),
    ],
)
def test_incidents_and_levels_are_counted_from_1(
    model: type[Healthy | Unhealthy], fields: dict[str, object], refused_field: str
) -> None:
    """0 is a service without an incident, and no Level at all."""
    with pytest.raises(ValidationError) as refused:
        model.model_validate({"service_id": "checkout-api", **fields})
    assert complaint(refused)[0] == refused_field


@pytest.mark.parametrize(
    ("target", "key"),
    [
        (ADA, "ada@example.com"),
        (EmailTarget(address="ADA@example.com"), "ada@example.com"),
        (GRACE, "+33612345601"),
    ],
)
def test_a_target_is_known_by_its_address_or_its_number(target: Target, key: str) -> None:
    """Whatever the case of an address."""
    assert target.key == key
