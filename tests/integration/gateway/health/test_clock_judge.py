"""Server started with a wrong clock: the evidence against it is believed, and no message with a time is sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from cms.features import FEATURES
from cms.fleet.inbound.handler import InboundHandler
from cms.gateway import Gateway
from cms.platform.gateway.uplink import Uplink
from cms.platform.process.clock import TOLD_HOLDS_S, ClockDoubt, DoubtKind, SteadyClock, TellDoubt, doubt_of
from cms.platform.scheduler.clock_judge import VOTES_MAX, ClockJudge, judged
from cms.platform.settings import Settings
from devices.model import DeviceId
from devices.protocol import topics
from devices.protocol.messages import CertificateRequest
from province.events import Event
from tests.databases import statements
from tests.integration.gateway.alarms import issued
from tests.integration.gateway.platform.test_sync import ask, ms, read, request
from tests.integration.gateway.platform.test_uplink import said
from tests.integration.gateway.station import LOA_1, LOA_2, LOA_3, Station

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
NOW = datetime.fromisoformat("2026-03-02T02:00:00+00:00")


def why(doubt: ClockDoubt | None) -> DoubtKind | None:
    return None if doubt is None else doubt.why


def test_an_event_that_lies_ahead_speaks_against_a_clock_and_a_minute_does_not() -> None:
    def of(ahead: timedelta, *votes: timedelta) -> DoubtKind | None:
        return why(judged(NOW, NOW + ahead, votes, is_vouched_for=False, needs_ntp=False))

    assert of(MINUTE) is None
    assert of(2 * MINUTE) is DoubtKind.EVENTS_AHEAD
    # A database written under a clock that was ahead: by the devices our clock is right now.
    assert of(400 * timedelta(days=1), *[timedelta(seconds=1)] * 3) is None


@pytest.mark.parametrize(
    ("votes", "found"),
    [
        ([HOUR] * 2, None),
        ([HOUR] * 3, DoubtKind.DEVICES_DISAGREE),
        ([-400 * timedelta(days=1)] * 3, DoubtKind.DEVICES_DISAGREE),
        ([9 * MINUTE] * 3, None),
        ([HOUR, timedelta(0), timedelta(0)], None),
        ([HOUR, HOUR, timedelta(0)], DoubtKind.DEVICES_DISAGREE),
        ([HOUR, -HOUR, timedelta(0), timedelta(0)], None),
    ],
)
def test_most_of_three_or_more_devices_speak_against_a_clock(votes: list[timedelta], found: DoubtKind | None) -> None:
    assert why(judged(NOW, None, votes, is_vouched_for=False, needs_ntp=False)) is found
    assert judged(NOW, None, votes, is_vouched_for=True, needs_ntp=True) is None


def test_how_far_it_is_off_is_told() -> None:
    assert judged(NOW, None, [-HOUR] * 3, is_vouched_for=False, needs_ntp=False) == ClockDoubt(
        3600.0, DoubtKind.DEVICES_DISAGREE
    )


def test_an_installation_that_asks_for_ntp_is_in_doubt_without_it() -> None:
    assert why(judged(NOW, None, [], is_vouched_for=False, needs_ntp=True)) is DoubtKind.NOT_SYNCHRONISED


@dataclass
class Judging:
    """Clock judge as in the gateway; ``pass_by`` lets it look again."""

    station: Station
    seconds: float = 0.0
    is_synchronised: bool = False

    def __post_init__(self) -> None:
        self.station.context.settings.run_dir.mkdir(parents=True, exist_ok=True)
        self.judge = ClockJudge(self.station.context, lambda: self.seconds, lambda: self.is_synchronised)
        self.hears = Uplink(
            self.station.context,
            InboundHandler(self.station.context, self.station.letters, self.station.alerts, clock=self.judge),
        )

    def look(self, seconds: float = 3.0) -> DoubtKind | None:
        self.seconds += seconds
        self.judge.step()
        return why(self.judge.doubt)

    def tell(self, ahead: timedelta, *, knows_time: bool = True) -> None:
        """Let three devices send a sync request, each with its own time."""
        for device_id in (LOA_1, LOA_2, LOA_3):
            at_ms = ms(self.station) + round(ahead.total_seconds() * 1000)
            ask(self.hears, msgspec.structs.replace(request(knows_time=knows_time), ts=at_ms), device_id)


@pytest.fixture
def judging(station: Station) -> Judging:
    return Judging(station)


def test_devices_that_keep_a_time_of_their_own_are_compared_and_it_heals_by_itself(judging: Judging) -> None:
    assert judging.look() is None
    judging.tell(HOUR, knows_time=False)
    assert judging.look() is None
    judging.tell(HOUR)
    assert judging.look() is DoubtKind.DEVICES_DISAGREE
    judging.tell(timedelta(seconds=2))
    assert judging.look() is None


def test_what_devices_said_an_hour_ago_counts_no_more(judging: Judging) -> None:
    judging.tell(HOUR)
    assert judging.look() is DoubtKind.DEVICES_DISAGREE
    assert judging.look(3_601) is None


def test_the_kernels_word_ends_a_doubt(judging: Judging) -> None:
    judging.tell(HOUR)
    assert judging.look() is DoubtKind.DEVICES_DISAGREE
    judging.is_synchronised = True
    assert judging.look() is None


def test_the_newest_event_is_read_again_only_after_a_commit(judging: Judging) -> None:
    judging.look()
    with statements(judging.station.context.engine) as asked:
        judging.look()
    assert asked == []
    with judging.station.context.uow() as unit:
        unit.record(Event("now", "x", judging.station.now, "u1", "Somebody"))
        unit.commit()
    with statements(judging.station.context.engine) as asked:
        judging.look()
    assert any("max(events.at)" in each for each in asked)


def test_a_database_that_holds_later_events_puts_the_clock_in_doubt(judging: Judging) -> None:
    assert judging.look() is None
    with judging.station.context.uow() as unit:
        unit.record(Event("later", "x", judging.station.now + HOUR, "u1", "Somebody"))
        unit.commit()
    assert judging.look() is DoubtKind.EVENTS_AHEAD
    judging.station.pass_by(minutes=60)
    assert judging.look() is None


def test_in_doubt_no_round_trip_is_answered_unless_an_alert_is_in_force(judging: Judging) -> None:
    judging.tell(HOUR)
    judging.look()
    assert ask(judging.hears, request()) == []
    issued(judging.station)
    assert "synced" in {read(letter).type for letter in ask(judging.hears, request())}


def test_in_doubt_the_gateway_plans_and_tells_no_time_and_ends_no_alert(
    judging: Judging, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cms.gateway.is_any_to_expire", lambda _session: True)
    gateway = Gateway(judging.station.context, FEATURES)
    for link in (gateway._link, gateway._ear, gateway._health_ear):
        link.close()
    gateway._judge = judging.judge
    done: list[str] = []
    for name in ("_horizon", "_beacon", "_restores", "_relay"):
        monkeypatch.setattr(gateway, name, Recorded(name, done))
    monkeypatch.setattr("cms.gateway.expire_due", lambda _context, _now: done.append("expire"))
    judging.tell(HOUR)
    judging.seconds += 3
    assert gateway.turn() == 0
    gateway._expire_due(judging.station.now)
    assert done == []
    judging.tell(timedelta(0))
    judging.seconds += 3
    gateway.turn()
    gateway._expire_due(judging.station.now)
    assert done == ["_horizon", "_beacon", "_restores", "_relay", "expire"]


class Recorded:
    """Stand-in for a part of the gateway; it notes its steps."""

    def __init__(self, name: str, done: list[str]) -> None:
        self._name, self._done = name, done

    def step(self, *_with: object) -> int:
        self._done.append(self._name)
        return 1


def test_in_doubt_no_certificate_is_signed(judging: Judging) -> None:
    wanted = said(topics.device_request(LOA_1, "csr"), CertificateRequest(v=1, csr="no request"))
    assert len(list(judging.hears.store([wanted]))) == 1
    judging.tell(HOUR)
    judging.look()
    assert list(judging.hears.store([wanted])) == []


def test_who_makes_up_devices_fills_no_memory(judging: Judging) -> None:
    for number in range(VOTES_MAX + 10):
        judging.judge.note(DeviceId(f"d-{number}"), judging.station.now, judging.station.now)
    assert len(judging.judge._votes) == VOTES_MAX


def test_what_the_gateway_finds_is_told_to_every_process_while_it_is_fresh(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    settings.run_dir.mkdir(parents=True)
    steady = [100.0]
    tell = TellDoubt(settings, lambda: steady[0])
    clock = SteadyClock(None, wall_s=lambda: 0.0, steady_s=lambda: 0.0)
    clock.also(TellDoubt(settings, lambda: steady[0]).read)
    assert doubt_of(clock) is None
    doubt = ClockDoubt(-3600.0, DoubtKind.EVENTS_AHEAD)
    tell.write(doubt)
    steady[0] += 2
    assert doubt_of(clock) == doubt
    steady[0] += TOLD_HOLDS_S
    assert doubt_of(clock) is None
    tell.write(doubt)
    tell.write(None)
    steady[0] += 2
    assert doubt_of(clock) is None


def test_a_person_who_accepts_the_clock_is_believed_by_every_process(tmp_path: Path) -> None:
    mark = tmp_path / "clock.json"
    clock = SteadyClock(mark, wall_s=lambda: 50.0, steady_s=lambda: 1.0, boot_id=lambda: "b")
    assert not clock.is_accepted
    SteadyClock(mark, wall_s=lambda: 50.0, steady_s=lambda: 1.0, boot_id=lambda: "b").accept()
    assert SteadyClock(mark, wall_s=lambda: 50.0, steady_s=lambda: 1.0, boot_id=lambda: "b").is_accepted
