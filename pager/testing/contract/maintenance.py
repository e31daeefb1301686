"""What the maintenance windows of every store must promise."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

import pytest

from pager.decide import Decision, decide
from pager.maintenance import BadWindow, WindowOver
from pager.messages import Acknowledgement, AcknowledgementDelay, HealthyEvent, Message
from pager.model import Unhealthy
from pager.simulation.simulated import EditableMaintenanceWindows
from pager.testing.contract.store import ALERT, POLICY, TIMEOUT, StoreUnderTest

HOUR = timedelta(hours=1)
MILLISECOND = timedelta(milliseconds=1)


class StoreWithWindows(NamedTuple):
    """A store, and its maintenance windows."""

    store: StoreUnderTest
    windows: EditableMaintenanceWindows
    moment: Callable[[], datetime]
    """The time of the store's clock."""

    def receive(self, message: Message) -> Decision:
        """Decide and save."""
        stored = self.store.services.load(message.service_id)
        left = self.windows.left(message.service_id)
        decision = decide(stored.service, message, POLICY, maintenance=left)
        self.store.services.save(decision, stored.version)
        return decision

    def receive_alert(self) -> None:
        """Receive the ALERT, and set its timer, as a relay does."""
        self.store.policies.put(POLICY)
        self.receive(ALERT)
        for claim in self.store.claim("timer"):
            assert isinstance(claim.effect, AcknowledgementDelay)
            self.store.timer.set(claim.effect.timeout, claim.effect.delay)


class MaintenanceContract:
    """The promises of `MaintenanceWindows`, and what a change means for an incident that waits."""

    @pytest.fixture
    def maintained(self) -> StoreWithWindows:
        """An empty store."""
        raise NotImplementedError

    def test_a_window_is_on_from_its_start_until_just_before_its_end(
        self, maintained: StoreWithWindows
    ) -> None:
        """By the store's clock; and it is of one service only."""
        store, windows, moment = maintained
        windows.add("checkout-api", HOUR, moment() + HOUR)
        assert windows.left("checkout-api") is None
        store.advance(HOUR)
        assert windows.left("checkout-api") == HOUR
        assert windows.left("search-api") is None
        store.advance(HOUR - MILLISECOND)
        assert windows.left("checkout-api") == MILLISECOND
        store.advance(MILLISECOND)
        assert windows.left("checkout-api") is None

    def test_of_several_windows_the_last_end_counts(self, maintained: StoreWithWindows) -> None:
        """Whichever was made first."""
        windows = maintained.windows
        windows.add("checkout-api", 2 * HOUR)
        windows.add("checkout-api", HOUR)
        assert windows.left("checkout-api") == 2 * HOUR

    def test_a_window_can_be_ended_once(self, maintained: StoreWithWindows) -> None:
        """The windows of other services stay as they are."""
        windows = maintained.windows
        number = windows.add("checkout-api", HOUR)
        windows.add("search-api", HOUR)
        windows.end(number)
        assert windows.left("checkout-api") is None
        assert windows.left("search-api") == HOUR
        with pytest.raises(WindowOver):
            windows.end(number)
        with pytest.raises(WindowOver):
            windows.move_end(number, maintained.moment() + HOUR)

    def test_a_bad_window_is_refused(self, maintained: StoreWithWindows) -> None:
        """And nothing is stored."""
        for length in (timedelta(0), timedelta(days=31)):
            with pytest.raises(BadWindow):
                maintained.windows.add("checkout-api", length)
        assert maintained.windows.left("checkout-api") is None

    def test_a_decision_in_maintenance_is_saved(self, maintained: StoreWithWindows) -> None:
        """Nobody is notified, and the timer is set for the end."""
        store = maintained.store
        maintained.windows.add("checkout-api", HOUR)
        maintained.receive_alert()
        service = store.services.load("checkout-api").service
        assert isinstance(service, Unhealthy)
        assert service.waits_for_maintenance
        assert store.claim_pages() == []
        store.advance(HOUR - MILLISECOND)
        assert store.timer.due() == []
        store.advance(MILLISECOND)
        assert store.timer.due() == [TIMEOUT]

    def test_an_end_before_its_time_gives_the_timeout_of_an_incident_that_waits(
        self, maintained: StoreWithWindows
    ) -> None:
        """At once: then its first Level is notified."""
        store, windows, _ = maintained
        number = windows.add("checkout-api", HOUR)
        maintained.receive_alert()
        windows.end(number)
        assert store.timer.due() == [TIMEOUT]
        maintained.receive(TIMEOUT)
        assert {claim.effect.channel for claim in store.claim_pages()} == {"email", "sms"}

    def test_an_incident_waits_for_the_end_as_it_was_moved(
        self, maintained: StoreWithWindows
    ) -> None:
        """At once it learns of the new end."""
        store, windows, moment = maintained
        number = windows.add("checkout-api", HOUR)
        maintained.receive_alert()
        windows.move_end(number, moment() + 2 * HOUR)
        assert store.timer.due() == [TIMEOUT]
        decision = maintained.receive(TIMEOUT)
        assert isinstance(decision.after, Unhealthy)
        assert decision.after.waits_for_maintenance
        [delay] = decision.effects
        assert isinstance(delay, AcknowledgementDelay)
        assert (delay.level, delay.delay) == (2, 2 * HOUR)
        assert store.claim_pages() == []

    def test_a_change_gives_no_timeout_to_an_incident_that_does_not_wait(
        self, maintained: StoreWithWindows
    ) -> None:
        """One that somebody has acknowledged, and one that is closed."""
        store, windows, moment = maintained
        number = windows.add("checkout-api", HOUR)
        maintained.receive_alert()
        for message in (
            Acknowledgement(service_id="checkout-api", incident=1),
            HealthyEvent(service_id="checkout-api"),
        ):
            maintained.receive(message)
            windows.move_end(number, moment() + HOUR)
            assert store.timer.due() == []
