"""What the timer of every store must promise."""

from datetime import timedelta

from pager.messages import AcknowledgementExpired
from pager.testing.contract.store import QUARTER, TIMEOUT, ContractOfStore, StoreUnderTest


class TimerContract(ContractOfStore):
    """The promises of `ReadableTimer`."""

    def test_a_timeout_is_due_when_its_delay_is_over(self, store: StoreUnderTest) -> None:
        """As it was given, not a moment earlier, and until it is done."""
        store.timer.set(TIMEOUT, QUARTER)
        store.advance(QUARTER - timedelta(milliseconds=1))
        assert store.timer.due() == []
        store.advance(timedelta(milliseconds=1))
        assert store.timer.due() == [TIMEOUT]
        assert store.timer.due() == [TIMEOUT]
        store.timer.done(TIMEOUT)
        assert store.timer.due() == []

    def test_setting_a_timeout_again_changes_nothing(self, store: StoreUnderTest) -> None:
        """A relay that was not sure sets it twice; the first one counts."""
        store.timer.set(TIMEOUT, QUARTER)
        store.advance(timedelta(minutes=10))
        store.timer.set(TIMEOUT, QUARTER)
        store.advance(timedelta(minutes=5))
        assert store.timer.due() == [TIMEOUT]

    def test_a_step_may_have_a_timeout_and_an_expiry(self, store: StoreUnderTest) -> None:
        """Neither is in the place of the other, and each is done for itself."""
        expired = AcknowledgementExpired(service_id="checkout-api", incident=1, level=1)
        store.timer.set(TIMEOUT, QUARTER)
        store.timer.set(expired, 2 * QUARTER)
        store.advance(2 * QUARTER)
        assert store.timer.due() == [TIMEOUT, expired]
        store.timer.done(TIMEOUT)
        assert store.timer.due() == [expired]
        store.timer.done(expired)
        assert store.timer.due() == []

    def test_timeouts_are_due_in_order(self, store: StoreUnderTest) -> None:
        """However they were set."""
        later = TIMEOUT.model_copy(update={"level": 2})
        store.timer.set(later, QUARTER)
        store.timer.set(TIMEOUT, timedelta(minutes=1))
        store.advance(QUARTER)
        assert store.timer.due() == [TIMEOUT, later]
