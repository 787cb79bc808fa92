"""Account of one device at one moment: it names the alerts that the device sounded then, and no others."""

from __future__ import annotations

from datetime import timedelta

from flask.testing import FlaskClient

from broadcast.alerts.model import OrderId
from broadcast.alerts.orders import OrderEnd, ReachState
from cms.alerts.repository.orders import Orders
from cms.schedule.queries.why import why
from tests.builders import alerts, bulletins
from tests.console import Console


def named(console: Console) -> int:
    device = bulletins.devices(console)[0]
    with console.context.uow() as uow:
        return len(why(uow, device.id, console.clock()).alerts)


def test_an_alert_that_was_cancelled_at_once_does_not_sound_on_for_hours(
    console: Console, officer: FlaskClient
) -> None:
    """Before, if the device never reported an end, the account said "alert: … since 17:05" all evening."""
    sent = alerts.active(console, officer)
    console.clock.pass_by(seconds=1)
    alerts.report(console, sent, 0, ReachState.SOUNDING, started_at=console.clock())
    assert named(console) == 1
    with console.context.uow() as uow:
        uow[Orders].end(OrderId(str(sent.order_id)), console.clock() + timedelta(milliseconds=400), OrderEnd.CANCELLED)
        uow.commit()
    console.clock.pass_by(minutes=30)
    assert named(console) == 0
