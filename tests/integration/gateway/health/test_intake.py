"""Telemetry intake of the gateway: stored and refused messages, and the log lines about the latter."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from cms.fleet.inbound.last_seen import LastSeen
from cms.fleet.repository.devices import Devices
from cms.health import inbound as intake_module
from cms.health.inbound import A_MINUTE, COMPLAINT_EVERY, SEEN_EVERY_S, Intake
from cms.health.queries.faults import OpenKinds, open_kinds
from cms.health.queries.telemetry import latest, outcomes
from cms.health.repository.faults import FaultRecords, Supply
from cms.health.service.speak_labels import labels
from cms.health.service.watch import ROUND_S, HealthWatch
from cms.platform.gateway.messages import to_ms
from cms.platform.store.engine import reading
from devices.health.kinds import RULES, FaultKind
from devices.health.speak_label import CanSpeak, SpeakLabel
from devices.health.symptoms import FRESH_FOR
from devices.model import DeviceId, DeviceStatus
from devices.mqtt.link import Incoming
from devices.protocol import codec, topics
from devices.protocol.messages import Telemetry
from devices.rate_limit import AT_ONCE
from devices.telemetry import TelemetrySnapshot
from tests.integration.gateway.station import LOA_1, LOA_2, LOA_3, Station


class IntakeHarness:
    """Intake with a clock in hand."""

    def __init__(self, station: Station) -> None:
        self.station = station
        self.elapsed_s = 1_000.0
        self.stored: list[int] = []
        self.intake = Intake(
            station.context, LastSeen(), lambda: self.elapsed_s, lambda count, _: self.stored.append(count)
        )

    def hear(self, *messages: Incoming) -> None:
        self.intake.receive(messages)
        self.intake.step()

    def outcomes(self) -> dict[str, int]:
        with reading(self.station.context.engine) as session:
            return dict(outcomes(session))

    def complaints(self) -> list[tuple[str, str]]:
        with self.station.context.engine.connect() as connection:
            rows = connection.exec_driver_sql("SELECT subject_id, detail FROM events ORDER BY seq").all()
        return [(subject_id, detail) for subject_id, detail in rows]


@pytest.fixture
def taking(station: Station) -> IntakeHarness:
    return IntakeHarness(station)


def health(station: Station, device_id: str = LOA_1, *, at_ms: int = 0, **values: object) -> Incoming:
    whole = {"boot": "b", "up_s": 5, "st": "idle", "volume_pct": 70, "disk_pct": 3, **values}
    body = Telemetry(v=1, ts=at_ms or to_ms(station.now), **whole)  # type: ignore[arg-type] # each test names fields
    return Incoming(topics.device_telemetry(device_id), codec.encode(body), False, 0, 0, 0)


def test_what_devices_tell_is_stored_with_when_it_was_heard(station: Station, taking: IntakeHarness) -> None:
    measured_ms = to_ms(station.now) - 700
    taking.hear(health(station, at_ms=measured_ms, temp=41.5), health(station, LOA_2))
    with reading(station.context.engine) as session:
        found = latest(session, [LOA_1, LOA_2, LOA_3])
    assert set(found) == {LOA_1, LOA_2}
    assert (found[LOA_1].temp, to_ms(found[LOA_1].at), found[LOA_1].heard_at) == (41.5, measured_ms, station.now)
    assert taking.outcomes() == {"stored": 2}
    assert taking.stored == [2]


def test_what_cannot_be_so_is_refused_and_counted_and_told_once_an_hour(
    station: Station, taking: IntakeHarness
) -> None:
    now_ms = to_ms(station.now)
    good = health(station)
    refused = [
        replace(good, payload=b"{"),
        replace(good, payload=b"\xff" * 20_000),
        replace(good, retain=True),
        health(station, at_ms=now_ms // 1000),
        health(station, at_ms=now_ms + 600_000),
        health(station, at_ms=now_ms - 3 * 3_600_000),
        health(station, "nobody"),
        replace(good, topic="loa/v1/d/tel"),
    ]
    taking.hear(*refused)
    assert taking.outcomes() == {
        "malformed": 2, "retained": 1, "seconds": 1, "future": 1, "old": 1, "unknown": 2
    }  # fmt: skip
    assert [subject_id for subject_id, _ in taking.complaints()] == [LOA_1]
    assert "TELEMETRY_MALFORMED" in taking.complaints()[0][1]
    taking.hear(*refused)
    assert len(taking.complaints()) == 1
    station.pass_by(seconds=COMPLAINT_EVERY.total_seconds())
    taking.hear(health(station, at_ms=7))
    assert len(taking.complaints()) == 2
    with reading(station.context.engine) as session:
        assert latest(session) == {}


def test_one_device_that_floods_is_thinned_out_and_others_are_not(station: Station, taking: IntakeHarness) -> None:
    first_ms = to_ms(station.now) - 10_000
    flood = [health(station, at_ms=first_ms + each) for each in range(0, 1_000, 10)]
    taking.hear(*flood, health(station, LOA_2))
    assert taking.outcomes() == {"stored": 6, "often": 95}


def test_one_device_brings_no_more_than_its_rate_however_it_dates_its_messages(
    station: Station, taking: IntakeHarness
) -> None:
    """Every two are far enough apart, but they are a hundred times as many as a device has reason for."""
    first_ms = to_ms(station.now) - 3_000_000
    flood = [health(station, at_ms=first_ms + 1_000 * each) for each in range(2_000)]
    taking.hear(*flood[:1_000], health(station, LOA_2))
    taking.elapsed_s += 60
    taking.hear(*flood[1_000:])
    assert taking.outcomes()["stored"] == AT_ONCE + A_MINUTE + 1


def test_one_who_is_new_is_heard_soon_and_one_who_retired_no_more(station: Station, taking: IntakeHarness) -> None:
    taking.hear(health(station, LOA_1))
    with station.context.uow() as unit:
        old = unit[Devices].get(LOA_1)
        unit[Devices].save(replace(old, retired_at=station.now))
        unit[Devices].add(replace(old, id=DeviceId("xa-1-l09"), serial="s-9"))
        unit.commit()
    taking.elapsed_s += intake_module.ROSTER_EVERY_S
    station.pass_by(seconds=60)
    taking.hear(health(station, LOA_1), health(station, "xa-1-l09"))
    assert taking.outcomes() == {"stored": 2, "unknown": 1}


def test_what_is_too_much_is_dropped_the_oldest_first_and_counted(
    station: Station, taking: IntakeHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake_module, "WAITING_MAX", 2)
    taking.intake.receive([health(station, LOA_1)])
    taking.intake.receive([health(station, LOA_2)])
    taking.intake.receive([health(station, LOA_3)])
    taking.intake.step()
    assert taking.outcomes() == {"stored": 2, "dropped": 1}
    with reading(station.context.engine) as session:
        assert set(latest(session)) == {LOA_2, LOA_3}


def test_a_database_that_is_away_loses_nothing(
    station: Station, taking: IntakeHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise OperationalError("", None, Exception("away"))

    with monkeypatch.context() as broken:
        broken.setattr(intake_module, "write", fails)
        taking.intake.receive([health(station, LOA_1)])
        with pytest.raises(OperationalError):
            taking.intake.step()
    taking.intake.step()
    assert taking.outcomes() == {"stored": 1}


def test_what_can_never_be_stored_is_dropped_and_counted(
    station: Station, taking: IntakeHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise ValueError("never")

    with monkeypatch.context() as broken:
        broken.setattr(intake_module, "write", fails)
        taking.intake.receive([health(station, LOA_1)])
        with pytest.raises(ValueError, match="never"):
            taking.intake.step()
    taking.intake.step()
    assert taking.outcomes() == {"dropped": 1}


def test_a_device_that_tells_its_health_was_seen(station: Station, taking: IntakeHarness) -> None:
    born = station.now - timedelta(hours=3)
    with station.context.uow() as unit:
        unit[Devices].report(DeviceStatus(LOA_1, online=True, conn=3, seen_at=born))
        unit.commit()
    taking.hear(health(station, LOA_1), health(station, LOA_2))
    taking.elapsed_s += SEEN_EVERY_S
    taking.intake.step()
    with station.context.uow() as unit:
        status = unit[Devices].status(LOA_1)
        assert status is not None
        assert status.seen_at == station.now
        assert unit[Devices].status(LOA_2) is None


def test_an_open_loudspeaker_line_is_a_fault_and_a_label_within_its_hold_time(station: Station) -> None:
    context = station.context
    with context.uow() as unit:
        for device_id in (LOA_1, LOA_2):
            unit[Devices].report(DeviceStatus(device_id, online=True, conn=1, seen_at=station.now - timedelta(hours=1)))
        unit.commit()
    watch = HealthWatch(context.uow, context.now, context.new_id)
    watch.step()  # the full round; later changes are seen between two rounds, or not at all
    station.pass_by(seconds=10)
    intake = Intake(context, LastSeen())
    intake.receive([health(station, spk="open"), health(station, LOA_2)])
    intake.step()
    watch.step()
    with reading(context.engine) as session:
        assert open_kinds(session, [LOA_1]) == {}
    station.pass_by(seconds=RULES[FaultKind.SPEAKER_OPEN].opens_after.total_seconds())
    watch.step()
    with reading(context.engine) as session:
        assert open_kinds(session, [LOA_1]) == {LOA_1: OpenKinds(lasting=[FaultKind.SPEAKER_OPEN])}
        assert labels(session, [LOA_1, LOA_2]) == {
            LOA_1: SpeakLabel(CanSpeak.NO, FaultKind.SPEAKER_OPEN),
            LOA_2: SpeakLabel(CanSpeak.YES),
        }


def test_each_minute_only_those_are_read_of_whom_something_else_is_known(station: Station) -> None:
    """The changes are not announced, as if the notification had been lost."""
    context, asked = station.context, set[DeviceId]()
    boxes = {each: DeviceStatus(each, online=True, conn=1, seen_at=station.now) for each in (LOA_1, LOA_2, LOA_3)}

    def newest(session: Session, device_ids: Collection[DeviceId]) -> Mapping[DeviceId, TelemetrySnapshot]:
        asked.update(device_ids)
        return latest(session, device_ids)

    watch = HealthWatch(context.uow, context.now, context.new_id, newest)
    intake = Intake(context, LastSeen())

    def read_after(seconds: float = ROUND_S) -> set[DeviceId]:
        station.pass_by(seconds=seconds)
        asked.clear()
        watch.step()
        return asked.copy()

    def report(**changes: object) -> None:
        boxes[LOA_1] = replace(boxes[LOA_1], **changes)  # type: ignore[arg-type]
        with context.uow() as unit:
            for status in boxes.values():
                unit[Devices].report(status)
            unit.commit()

    report()
    intake.receive([health(station, LOA_1), health(station, LOA_2)])
    intake.step()
    assert {LOA_1, LOA_2, LOA_3} <= read_after()
    assert read_after() == set()
    intake.receive([health(station, LOA_1)])
    intake.step()
    assert read_after() == {LOA_1}
    report(firmware="2.0")
    assert read_after() == {LOA_1}
    report(seen_at=station.now)
    assert read_after() == set()
    with context.uow() as unit:
        unit[FaultRecords].supply(Supply(LOA_2, "473 Mũi Né"))
        unit.commit()
    assert read_after() == {LOA_2}
    assert {LOA_1, LOA_2} <= read_after(FRESH_FOR.total_seconds())


def test_it_works_on_its_thread_until_it_is_stopped(station: Station) -> None:
    stopping, stored = threading.Event(), threading.Event()
    intake = Intake(station.context, LastSeen(), on_stored=lambda _count, _heard: stored.set())
    thread = threading.Thread(target=intake.run, args=(stopping,))
    thread.start()
    intake.receive([health(station)])
    assert stored.wait(20)
    stopping.set()
    thread.join(20)
    assert not thread.is_alive()
