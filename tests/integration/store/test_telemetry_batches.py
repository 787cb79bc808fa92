"""Telemetry batches: devices with new telemetry, read from the store by a process that did not receive it."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import Engine, func, select

from cms.health.repository import telemetry
from cms.health.repository.telemetry import TelemetryRecord, newest_batch, note_told, told_since, write
from cms.health.tables import TelemetryBatchRow
from cms.platform.store.engine import reading
from devices.model import DeviceId

ONE, TWO, THREE = DeviceId("l1"), DeviceId("l2"), DeviceId("l3")


def told(*device_ids: DeviceId) -> list[TelemetryRecord]:
    return [TelemetryRecord(each, 1_000, 1_040, b"{}") for each in device_ids]


def test_who_told_since_a_batch_is_everybody_committed_after_it(engine: Engine) -> None:
    with engine.begin() as connection:
        write(connection, told(ONE, TWO), {"stored": 2}, 1_050)
    with reading(engine) as session:
        assert newest_batch(session) == 1
        assert told_since(session, 0) == (1, {ONE, TWO})
    with engine.begin() as connection:
        write(connection, told(TWO, THREE, THREE), {"stored": 3}, 1_060)
    with reading(engine) as session:
        assert told_since(session, 1) == (2, {TWO, THREE})
        assert told_since(session, 2) == (2, set())


def test_what_nobody_told_is_no_batch(engine: Engine) -> None:
    with engine.begin() as connection:
        write(connection, [], {"dropped": 5}, 1_000)
    with reading(engine) as session:
        assert newest_batch(session) == 0


def test_a_batch_committed_late_is_not_missed(engine: Engine) -> None:
    """Concurrent writers wait, so no batch number is ever seen before a smaller one."""
    began = threading.Event()

    def write_meanwhile() -> None:
        began.set()
        with engine.begin() as connection:
            write(connection, told(TWO), {"stored": 1}, 1_050)

    meanwhile = threading.Thread(target=write_meanwhile)
    with engine.begin() as connection:
        write(connection, told(ONE), {"stored": 1}, 1_050)
        meanwhile.start()
        began.wait()
        with reading(engine) as session:
            assert told_since(session, 0) == (0, set())
    meanwhile.join()
    with reading(engine) as session:
        assert told_since(session, 0) == (2, {ONE, TWO})
        assert told_since(session, 1) == (2, {TWO})


def test_only_the_last_batches_are_kept(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telemetry, "BATCHES_KEPT", 2)
    for _ in range(5):
        with engine.begin() as connection:
            note_told(connection, {ONE})
    with reading(engine) as session:
        assert session.scalar(select(func.count()).select_from(TelemetryBatchRow)) == 2
        assert newest_batch(session) == 5
