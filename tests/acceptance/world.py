"""The world of Pager's own specification: one that crashes, and in which messages race."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from acceptance.nouns import BOOK
from acceptance.schedules import Schedules
from acceptance.tables import RefusedEdit
from pager import AcknowledgementTimeout, EscalationPolicy, Message
from pager.configuration.configuration import Configuration
from pager.explain.values import Explanation
from pager.oncall.policies import ServicePolicy
from pager.simulation.simulated import SimulatedPager
from pager.testing import Crash
from pager.testing.expect import expect
from pager.testing.world import World
from pager.verify import Verdict


class SpecificationWorld(World):
    """A World, and what only the specification asks of it."""

    def __init__(self, pager: SimulatedPager) -> None:
        super().__init__(pager, BOOK)
        self.schedules = Schedules()
        self.configured: dict[str, ServicePolicy] = {}
        """The policy that each service was given last."""
        self.explanation: Explanation | None = None
        self.verdict: Verdict | None = None
        """What was said last of who is told, and why."""
        self.refused_edits: list[RefusedEdit] = []
        self.crashed = False
        self.crash_is_due = False
        """Whether a Given said that the Pager will crash, and it did not yet."""
        self._last_service = "checkout-api"

    @property
    def configuration(self) -> Configuration:
        """The people as they are now, and the policies as they were put."""
        return Configuration(self.directory.directory(), self.configured)

    def put_policy(self, policy: EscalationPolicy) -> None:
        super().put_policy(policy)
        self.configured[policy.service_id] = policy

    def refuse_edit(self, refusal: RefusedEdit) -> None:
        """Note that a When asked for an edit that cannot be; for a Given raise it at once."""
        if not self.givens.are_over:
            raise refusal
        self.refused_edits.append(refusal)

    def on_call(self, schedule: str) -> list[str]:
        """Of a schedule that a table describes, or of one of the directory."""
        if schedule in self.schedules:
            return self.schedules.people(schedule)
        return super().on_call(schedule)

    def expect_everything_said(self) -> None:
        expect(not self.crashed, "The Pager crashed, and the scenario does not restart it.")
        expect(
            not self.crash_is_due, "The Pager did not crash, although a Given says that it will."
        )
        expect(self.refused_edits == [], "\n".join(map(str, self.refused_edits)))
        super().expect_everything_said()

    def expect_running(self) -> None:
        """A Pager that has crashed does nothing."""
        expect(not self.crashed, "The Pager has crashed: it does nothing until it restarts.")

    @contextmanager
    def noting_what_fails(self) -> Iterator[None]:
        """Note a crash, too."""
        try:
            with super().noting_what_fails():
                yield
        except Crash:
            self.crashed = True
            self.crash_is_due = False
            self.pager.timeline.add("crashed", "at once; what was not saved is lost")

    def arrive_together(self, messages: Sequence[Message]) -> None:
        """Let the Pager receive `messages` at the same moment, likewise."""
        with self.noting_what_fails():
            self.receive_together(messages)
            self.pager.run_relay()

    def receive_together(self, messages: Sequence[Message]) -> None:
        """Each message reads the service before the first is stored; they are stored in order."""
        *earlier, last = messages
        if earlier:
            self.pager.services.after_next_load(lambda: self.receive_together(earlier))
        self.commit(last)

    def is_due(self, service_id: str) -> bool:
        """Whether an Acknowledgement Timeout of the service is due."""
        due = self.pager.timer.due()
        return any(
            message.service_id == service_id and isinstance(message, AcknowledgementTimeout)
            for message in due
        )

    @property
    def delays(self) -> list[timedelta]:
        """The Acknowledgement Delays that were set since the Givens."""
        delays = self.pager.timer.delays
        return [delay for message, delay in delays if isinstance(message, AcknowledgementTimeout)]
