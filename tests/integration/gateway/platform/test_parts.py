"""Beacon, daily replan and lock of the gateway."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

from broadcast.bulletins.model import BulletinId, BulletinStatus
from cms.bulletins.repository.bulletins import Bulletins, Plans
from cms.platform.gateway.broker_links import BEACON_EVERY_S, BeaconPublisher
from cms.platform.process.process import ProcessLock
from cms.platform.signer.officers import OFFICERS_FILE, publish_officers
from cms.platform.store.kinds import OutboxKind
from cms.schedule.jobs import DailyReplan, replan_area
from devices.protocol import codec, topics
from devices.protocol.keyset import TrustedKeys
from devices.protocol.messages import Beacon, Plan
from devices.protocol.verdict import read_beacon
from tests.builders.officers import SigningOfficer, officers
from tests.integration.gateway.station import OCCURRENCE, TODAY, XA_1, XA_2, Station, approved

DEADLINE_S = 120


def test_the_time_and_the_keys_are_told_at_every_connect_and_the_time_each_minute(station: Station) -> None:
    monotonic = [100.0]
    beacon = BeaconPublisher(station.letters, station.context.now, lambda: monotonic[0])
    station.link.is_ready = False
    beacon.step(station.link)
    assert station.link.published == []
    station.link.is_ready = True
    for wait_s in (0.0, BEACON_EVERY_S - 1, 1.0):
        monotonic[0] += wait_s
        beacon.step(station.link)
    assert station.link.topics() == ["loa/v1/keys", "loa/v1/time", "loa/v1/time"]
    beacon.connected()
    beacon.step(station.link)
    assert station.link.topics()[3:] == ["loa/v1/keys", "loa/v1/time"]


def test_what_is_told_is_believed(station: Station) -> None:
    beacon = BeaconPublisher(station.letters, station.context.now, lambda: 0.0)
    beacon.step(station.link)
    keys, time = station.link.published
    assert (keys.retain, keys.qos, time.retain, time.qos, time.expiry_s) == (True, 1, False, 0, 90)
    trusted = TrustedKeys.from_root(station.context.keyring.root_x, keys.payload)
    now_ms = int(station.now.timestamp() * 1000)
    assert read_beacon(time.payload, trusted, now_ms) == Beacon(v=1, now=now_ms, keyset=1)


def test_the_officers_are_told_at_every_connect_and_as_soon_as_they_change(station: Station) -> None:
    context = station.context

    def published(ver: int) -> bytes:
        assert publish_officers(context.settings, officers(SigningOfficer("an")).keyset, {}, station.now) == ver
        return (context.settings.trust_dir / OFFICERS_FILE).read_bytes()

    beacon = BeaconPublisher(station.letters, context.now, lambda: 0.0)
    beacon.step(station.link)
    first = published(1)
    for _ in range(3):
        beacon.step(station.link)
    second = published(2)
    beacon.step(station.link)
    beacon.connected()
    beacon.step(station.link)
    told = [each for each in station.link.published if each.topic == topics.officers()]
    assert [each.payload for each in told] == [first, second, second]
    assert {(each.retain, each.qos, each.expiry_s) for each in told} == {(True, 1, None)}


def test_every_area_is_planned_at_the_start_and_once_a_local_day(station: Station) -> None:
    horizon = DailyReplan(station.context)
    everywhere = [(OutboxKind.PLAN, XA_1), (OutboxKind.PLAN, XA_2)]
    assert horizon.step() == 2
    assert station.due() == everywhere
    station.clock[0] = station.now.replace(hour=16, minute=59)
    assert horizon.step() == 0
    station.pass_by(minutes=1)
    assert horizon.step() == 2
    assert DailyReplan(station.context).step() == 2


def test_what_was_sent_long_ago_is_forgotten_once_a_day(station: Station) -> None:
    station.ask(OutboxKind.PLAN, XA_1)
    with station.context.uow() as unit:
        unit.outbox.mark_sent([1], station.now)
        unit.commit()
    station.clock[0] += timedelta(days=8)
    DailyReplan(station.context).step()
    with station.context.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM outbox WHERE sent_at IS NOT NULL").scalar_one() == 0


def test_an_approved_bulletin_is_planned_stored_and_announced_once(station: Station) -> None:
    approved(station, status=BulletinStatus.APPROVED)
    replan_area(station.context, XA_1)
    assert station.due() == [(OutboxKind.MANIFEST, XA_1)]
    with station.context.uow() as unit:
        stored = unit[Plans].get(XA_1, TODAY)
        assert unit[Bulletins].get(BulletinId("b1")).status is BulletinStatus.SCHEDULED
    assert stored is not None
    data = station.context.content.read_bytes(stored.sha256)
    assert [item.item for item in codec.decode(Plan, data).items] == [OCCURRENCE]
    station.pass_by(minutes=1)
    replan_area(station.context, XA_1)
    assert station.due() == [(OutboxKind.MANIFEST, XA_1)]
    with station.context.uow() as unit:
        assert unit[Plans].get(XA_1, TODAY) == stored


def test_a_second_gateway_waits_until_the_first_has_ended(tmp_path: Path) -> None:
    path = tmp_path / "run" / "gateway.lock"
    first, second, third = ProcessLock(path), ProcessLock(path), ProcessLock(path)
    running = threading.Event()
    assert first.acquire(running)
    taken = threading.Event()

    def wait() -> None:
        if second.acquire(running):
            taken.set()

    waiting = threading.Thread(target=wait, daemon=True)
    waiting.start()
    assert not taken.is_set()
    first.release()
    assert taken.wait(DEADLINE_S)
    stopped = threading.Event()
    stopped.set()
    assert not third.acquire(stopped)
    second.release()
    third.release()


def test_each_holder_of_the_lock_has_a_higher_fence(tmp_path: Path) -> None:
    path, running, fences = tmp_path / "gateway.lock", threading.Event(), []
    for now_ms in (0, 5_000, 4_000, 6_000):
        lock = ProcessLock(path)
        assert lock.acquire(running, now_ms)
        fences.append(lock.fence)
        lock.release()
    assert fences == [1, 5_000, 5_001, 6_000]
    path.write_text("spoiled")
    lock = ProcessLock(path)
    assert lock.acquire(running, 7_000)
    assert lock.fence == 7_000
    lock.release()
