"""Connection events of the gateway: one when it is lost, one when it is back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from cms.health.repository.faults import broker_line
from cms.health.service.line_watch import SURE_AFTER, LineWatch
from cms.platform.store.uow import UnitOfWork
from devices.health.broker_outage import GatewayConnection
from tests.integration.gateway.station import Station


class Watched:
    def __init__(self, station: Station) -> None:
        self.station = station
        self.is_connected = False
        self.watch = self.started()

    def started(self) -> LineWatch:
        return LineWatch(self.station.context, lambda: self.is_connected)

    def look(self, after: timedelta = timedelta(0)) -> GatewayConnection:
        self.station.clock[0] += after
        self.watch.step()
        with self.station.context.uow.reading() as unit:
            return broker_line(unit.session)


@pytest.fixture
def watched(station: Station) -> Watched:
    return Watched(station)


def test_a_gateway_that_starts_is_given_a_moment(watched: Watched) -> None:
    assert watched.look() == GatewayConnection()
    assert watched.look(SURE_AFTER / 2) == GatewayConnection()
    watched.is_connected = True
    assert watched.look(SURE_AFTER) == GatewayConnection()


def test_what_is_lost_and_back_is_told_with_its_times(watched: Watched) -> None:
    watched.look()
    lost_at = watched.station.now
    assert watched.look(SURE_AFTER) == watched.look(SURE_AFTER) == GatewayConnection(lost_at)
    watched.is_connected = True
    found = watched.look(timedelta(minutes=9))
    assert found == GatewayConnection(lost_at, watched.station.now)
    assert watched.look(timedelta(minutes=9)) == found


def test_a_gateway_that_died_meanwhile_goes_on_from_what_was_told(watched: Watched) -> None:
    watched.look()
    lost = watched.look(SURE_AFTER)
    watched.watch = watched.started()
    assert watched.look() == watched.look(SURE_AFTER) == lost
    watched.is_connected = True
    assert not watched.look(SURE_AFTER).is_lost


def test_what_could_not_be_written_is_written_at_the_next_look(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched.look()
    broken: Callable[[object], object] = lambda _: 1 / 0  # noqa: E731
    with monkeypatch.context() as patch:
        patch.setattr(UnitOfWork, "commit", broken)
        with pytest.raises(ZeroDivisionError):
            watched.look(SURE_AFTER)
    assert watched.look().is_lost
