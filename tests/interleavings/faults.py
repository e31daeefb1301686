"""Faults that are planted to see them found: each is an edit of the code as it stands."""

import sys
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import NamedTuple, cast
from unittest.mock import patch

from interleavings.actors import Code
from interleavings.store import Store
from pager.decide import Decision
from pager.relay import OutboxRelay
from pager.service import PagerService

MODULES = ("interleavings.store", "pager.decide", "pager.service", "pager.relay")
"""What may be edited, and what imports it after it."""


class Fault(NamedTuple):
    """`old` is the only place in `module` with this text; `new` takes its place."""

    module: str
    old: str
    new: str
    caught_by: str
    """The check that catches it."""
    scene: str
    """Where: no scene with fewer actors would do."""


FAULTS = {
    "no version check": Fault(
        "interleavings.store",
        "if stored.version != version:",
        "if False:",
        "what_a_later_alert_says_is_noted",
        "never seen: Alert | another Alert",
    ),
    "a refused save leaves its effects": Fault(
        "interleavings.store",
        "return self, Outrun(service_id, version)",
        "return self.but(outbox=(*self.outbox, *(Entry(effect, 0, self.now) "
        "for effect in decision.effects))), Outrun(service_id, version)",
        "it_ends_as_if_one_came_after_the_other",
        "never seen: Alert | another Alert",
    ),
    "a claim without a lease": Fault(
        "interleavings.store",
        "if entry.leased_until is None or entry.leased_until <= self.now",
        "if True",
        "each_page_is_handed_over_once",
        "first Level, unsent: relay | relay",
    ),
    "a late note overrides": Fault(
        "interleavings.store",
        'if over and outcome.status != "sent":',
        "if False:",
        "each_page_is_handed_over_once",
        "first Level, unsent: relay | relay | halt | failed page",
    ),
    "a refusal is looked at before it is recorded": Fault(
        "interleavings.store",
        "settled.is_unreachable(entry.effect)",
        "self.is_unreachable(entry.effect)",
        "a_step_that_reached_nobody_waits_for_nobody",
        "first Level, unsent: refused pages",
    ),
    "a timer that is done takes the others with it": Fault(
        "interleavings.store",
        "if not timer.is_of(message))",
        "if timer.message.service_id != message.service_id)",
        "one_timer_runs_while_nobody_has_answered",
        "first Level: current Timeout",
    ),
    "send before save": Fault(
        "pager.service",
        """\
            try:
                self._services.save(decision, stored.version)
""",
        """\
            *pages, delay = decision.effects or (None,)
            for page in pages:
                self._services.send(page.target, page)
            try:
                delays = (delay,) if delay else ()
                self._services.save(
                    decision.model_copy(update={"effects": delays}), stored.version
                )
""",
        "it_ends_as_if_one_came_after_the_other",
        "never seen: Alert",
    ),
    "the effects in a second write": Fault(
        "pager.service",
        "                self._services.save(decision, stored.version)\n",
        """\
                self._services.save(decision.model_copy(update={"effects": ()}), stored.version)
                self._services.save(decision, stored.version + 1)
""",
        "it_ends_as_if_one_came_after_the_other",
        "never seen: Alert",
    ),
    "whoever loses the race gives up": Fault(
        "pager.service",
        "                continue\n",
        "                pass\n",
        "it_ends_as_if_one_came_after_the_other",
        "never seen: Alert | another Alert",
    ),
    "whoever only notes an Alert and loses the race gives up": Fault(
        "pager.service",
        "                continue\n",
        "                if decision.effects:\n                    continue\n",
        "it_ends_as_if_one_came_after_the_other",
        "first Level: Alert | another Alert",
    ),
    "whoever loses the race does not load again": Fault(
        "pager.service",
        """\
        for _ in range(self._attempts):
            stored = self._services.load(message.service_id)
""",
        """\
        stored = self._services.load(message.service_id)
        for _ in range(self._attempts):
""",
        "it_ends_as_if_one_came_after_the_other",
        "never seen: Alert | another Alert",
    ),
    "the policy is read before the service": Fault(
        "pager.service",
        """\
            stored = self._services.load(message.service_id)
            decision = decide(
                stored.service,
                message,
                self._policies.of(message.service_id),
""",
        """\
            policy = self._policies.of(message.service_id)
            stored = self._services.load(message.service_id)
            decision = decide(
                stored.service,
                message,
                policy,
""",
        "it_ends_as_if_one_came_after_the_other",
        "never seen: Alert | another Alert | Healthy event | policy edit",
    ),
    "a Timeout without its incident": Fault(
        "pager.decide",
        "is_step = message.incident == service.incident and message.level == service.level",
        "is_step = message.level == service.level",
        "what_is_stale_changes_nothing",
        "first Level: Timeout of the incident before",
    ),
    "a Timeout without its Level": Fault(
        "pager.decide",
        "is_step = message.incident == service.incident and message.level == service.level",
        "is_step = message.incident == service.incident",
        "what_is_stale_changes_nothing",
        "last Level: Timeout of the Level before",
    ),
    "an Unreachable without its Level": Fault(
        "pager.decide",
        "is_step = message.incident == service.incident and message.level == service.level",
        "is_step = message.incident == service.incident and (\n"
        "        isinstance(message, Unreachable) or message.level == service.level\n"
        "    )",
        "what_is_stale_changes_nothing",
        "first Level: Unreachable",
    ),
    "a press on a page that is out of date": Fault(
        "pager.decide",
        "return is_step and knows_of_answer == isinstance(service.escalation, Acknowledged)",
        "return is_step",
        "what_is_stale_changes_nothing",
        "first Level: Acknowledgement | Escalate",
    ),
    "a page again without a step of its own": Fault(
        "pager.decide",
        """\
            "level": service.level + 1,
            "escalation": Escalating(),
            "notified": notified,
""",
        """\
            "escalation": Escalating(),
            "notified": notified,
""",
        "it_ends_as_if_one_came_after_the_other",
        "first Level: Page again",
    ),
    "an Acknowledgement without its incident": Fault(
        "pager.decide",
        """\
Acknowledgement() if (
            message.incident == service.incident
        ):""",
        "Acknowledgement():",
        "what_is_stale_changes_nothing",
        "first Level: Alert | Acknowledgement | Healthy event",
    ),
    "a later Alert takes the place of the first": Fault(
        "pager.decide",
        "after = service.noting(message.message).opening(message.dedup_key)\n",
        'after = service.model_copy(update={"message": message.message})\n',
        "what_a_later_alert_says_is_noted",
        "first Level: Alert",
    ),
    "what a later Alert says is dropped": Fault(
        "pager.decide",
        "after = service.noting(message.message).opening(message.dedup_key)\n",
        "after = service.opening(message.dedup_key)\n",
        "it_ends_as_if_one_came_after_the_other",
        "first Level: Alert",
    ),
    "a resolve makes the service Healthy whatever else is open": Fault(
        "pager.decide",
        "after = service.resolving(message.dedup_key)\n",
        "after = Healthy(service_id=service.service_id, incident=service.incident)\n",
        "a_service_is_unhealthy_while_a_trouble_is_open",
        "two troubles: resolve of disk",
    ),
    "the last resolve is dropped": Fault(
        "pager.decide",
        "after = service.resolving(message.dedup_key)\n",
        "left = service.resolving(message.dedup_key)\n"
        "            after = left if isinstance(left, Unhealthy) else service\n",
        "a_service_is_unhealthy_while_a_trouble_is_open",
        "one trouble: resolve of disk",
    ),
    "another trouble does not join": Fault(
        "pager.decide",
        "after = service.noting(message.message).opening(message.dedup_key)\n",
        "after = service.noting(message.message)\n",
        "a_service_is_unhealthy_while_a_trouble_is_open",
        "one trouble: Alert of tls",
    ),
    "the first trouble has no dedup key": Fault(
        "pager.decide",
        "open_keys=(message.dedup_key,),\n",
        "",
        "a_service_is_unhealthy_while_a_trouble_is_open",
        "never seen: Alert of disk",
    ),
    "a resolve that loses the race gives up": Fault(
        "pager.service",
        "                continue\n",
        '                if message.type != "resolve":\n                    continue\n',
        "it_ends_as_if_one_came_after_the_other",
        "two troubles: resolve of disk | resolve of tls",
    ),
    "an Alert of an Unhealthy service notifies again": Fault(
        "pager.decide",
        "case Healthy(), Alert():",
        "case _, Alert():",
        "what_a_later_alert_says_is_noted",
        "first Level: Alert",
    ),
    "a page is wanted whichever incident runs": Fault(
        "pager.decide",
        "isinstance(service, Unhealthy) or service.incident != effect.incident:",
        "isinstance(service, Unhealthy):",
        "nothing_is_handed_over_once_it_is_over",
        "Healthy again, unsent: Alert",
    ),
    "a step has one timer only": Fault(
        "interleavings.store",
        "is_expiry = isinstance(message, AcknowledgementExpired)",
        "is_expiry = False",
        "the_end_of_an_acknowledgement_comes_once",
        "first Level, may expire: Acknowledgement",
    ),
    "an expiry without its step": Fault(
        "pager.decide",
        "            _is_current(message, service) and _expiry_of(policy) is not None\n",
        "            _expiry_of(policy) is not None\n",
        "what_is_stale_changes_nothing",
        "acknowledged, may expire: expiry of the Acknowledgement | Acknowledgement",
    ),
    "the end of an Acknowledgement is withdrawn": Fault(
        "pager.decide",
        "return is_acknowledged and service.level == effect.level",
        "return False",
        "nothing_is_withdrawn_while_it_is_wanted",
        "acknowledged, may expire, unsent: relay",
    ),
    "a policy begins again for ever": Fault(
        "pager.decide",
        "service.begun_again < policy.repeat",
        "policy.repeat > 0",
        "it_ends_as_if_one_came_after_the_other",
        "begun again, last Level: current Timeout",
    ),
    "no still-wanted check": Fault(
        "pager.relay",
        'return None if is_wanted else Outcome("withdrawn")',
        "return None",
        "nothing_is_handed_over_once_it_is_over",
        "acknowledged, unsent: relay",
    ),
    "a page is withdrawn without a reason": Fault(
        "pager.relay",
        'return None if is_wanted else Outcome("withdrawn")',
        'return Outcome("withdrawn")',
        "nothing_is_withdrawn_while_it_is_wanted",
        "first Level, unsent: relay",
    ),
    "noted before it is sent": Fault(
        "pager.relay",
        "        outcome = why_not(claim, self._services.load) or self._attempt(claim)\n"
        "        self._outbox.settle(claim, outcome)\n",
        '        self._outbox.settle(claim, Outcome("sent"))\n        self._attempt(claim)\n',
        "what_was_committed_is_carried_out",
        "first Level, unsent: relay",
    ),
    "a relay does not ask whether it still holds": Fault(
        "pager.relay",
        "if self._stopped or not self._outbox.holds(claim):",
        "if self._stopped:",
        "each_page_is_handed_over_once",
        "first Level, unsent: relay | relay | halt",
    ),
    "a lost answer counts as sent": Fault(
        "pager.relay",
        'return Outcome("unknown", error.reason, retry_delay(attempt))',
        'return Outcome("unknown", error.reason)',
        "what_was_committed_is_carried_out",
        "first Level, unsent: lost answer",
    ),
}


def planted(fault: Fault) -> Code:
    """The code with the fault in it; the code that everybody else uses stays as it is."""
    edited: dict[str, dict[str, object]] = {}
    with patch.dict(sys.modules):
        for name in MODULES:
            spec = find_spec(name)
            assert spec is not None
            assert spec.origin is not None
            source = Path(spec.origin).read_text(encoding="utf-8")
            if name == fault.module:
                assert source.count(fault.old) == 1, f"{name} has changed: plant it anew"
                source = source.replace(fault.old, fault.new)
            sys.modules[name] = module = ModuleType(name)
            exec(compile(source, spec.origin, "exec"), vars(module))  # noqa: S102 - our own source
            if name == "pager.decide":
                vars(module)["Decision"] = Decision  # the rules are edited, not the vocabulary
            edited[name] = vars(module)
    return Code(
        cast("type[PagerService]", edited["pager.service"]["PagerService"]),
        cast("type[OutboxRelay]", edited["pager.relay"]["OutboxRelay"]),
        cast("type[Store]", edited["interleavings.store"]["Store"]),
    )
