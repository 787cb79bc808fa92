"""Looks of the alert publisher at the outbox: seldom where wake-ups arrive, often where they do not."""

from __future__ import annotations

from threading import Event

import pytest

from cms.alerts.messages.publisher import POLL_S, QUICK_POLL_S
from cms.platform.gateway.outbox_notifier import OutboxNotifier
from tests.integration.gateway.alarms import issued
from tests.integration.gateway.alerts.test_alert_publisher import ALERT_1, commands, lane_of
from tests.integration.gateway.station import Station


@pytest.mark.parametrize(("is_announced", "next_wait_s"), [(True, POLL_S), (False, QUICK_POLL_S)])
def test_an_order_that_no_wake_up_announced_makes_the_next_looks_quick(
    station: Station,
    is_announced: bool,
    next_wait_s: float,
) -> None:
    """The web that approved it may run on another machine, whose datagrams do not arrive."""
    stopping, waits = Event(), []

    class Bell(OutboxNotifier):
        def wait(self, timeout_s: float) -> bool:
            waits.append(timeout_s)
            if len(waits) == 1:
                issued(station)
                return is_announced
            stopping.set()
            return False

    lane_of(station).run(Bell(station.context.settings.run_dir / "bell.sock"), stopping, lambda: None)
    assert waits == [POLL_S, next_wait_s]
    assert commands(station.link.published, "play") == [(ALERT_1, "order-1")]
