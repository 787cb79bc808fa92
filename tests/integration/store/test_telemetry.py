"""Telemetry on both databases: stored once, rolled up once, and deleted only after that."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, insert, select

from cms.health.queries.telemetry import ChartSpan, Grain, chart, latest, outcomes
from cms.health.repository import telemetry_days
from cms.health.repository.telemetry import (
    TelemetryRecord,
    ToldHour,
    pack,
    pack_hour,
    unpack,
    unpack_hour,
    write,
    write_hours,
)
from cms.health.repository.telemetry_days import SETTLED_MS, add_up, added_up_until_ms, let_go, ready_days
from cms.health.tables import DeviceHourlyRow, DeviceRawRow, TelemetryMarkRow
from cms.platform.store.engine import make_engine, reading
from devices.hourly_rollup import HOUR_MS, hour_of
from devices.model import DeviceId
from devices.protocol.messages import Telemetry
from devices.telemetry import TelemetrySnapshot
from province.wall_clock import instant_of
from tests.postgres import PostgresServer

HOUR = 1_764_000_000_000 - 1_764_000_000_000 % HOUR_MS
MINUTE_MS = 60_000
FAR = 10 * 366 * 24 * HOUR_MS
A, B, C = DeviceId("xa-1-l01"), DeviceId("xa-1-l02"), DeviceId("xa-2-l01")


def told(device_id: DeviceId, at_ms: int, **values: object) -> TelemetryRecord:
    whole = {"st": "idle", "volume_pct": 70, "disk_pct": 10, **values}
    body = pack(Telemetry(v=1, ts=at_ms, boot="b", up_s=1, **whole))  # type: ignore[arg-type] # each test names fields
    return TelemetryRecord(device_id, at_ms, at_ms + 40, body)


def keep(engine: Engine, *each: TelemetryRecord, **counts: int) -> None:
    with engine.begin() as connection:
        write(connection, each, counts, HOUR)


def hours(engine: Engine) -> dict[tuple[str, int], int]:
    row = DeviceHourlyRow
    with reading(engine) as session:
        found = session.execute(select(row.device_id, row.hour_ms, row.body)).all()
    return {(device_id, (hour_ms - HOUR) // HOUR_MS): unpack_hour(body).count for device_id, hour_ms, body in found}


def raw(engine: Engine) -> list[tuple[str, int]]:
    row = DeviceRawRow
    with reading(engine) as session:
        found = session.execute(select(row.device_id, row.at_ms).order_by(row.device_id, row.at_ms)).all()
    return [(device_id, (at_ms - HOUR) // MINUTE_MS) for device_id, at_ms in found]


def finish(engine: Engine, now_ms: int) -> None:
    while add_up(engine, now_ms):
        pass


def test_the_newest_is_the_one_that_came_last_and_what_comes_twice_is_kept_once(engine: Engine) -> None:
    keep(engine, told(A, HOUR, temp=30.0), told(B, HOUR), told(A, HOUR + MINUTE_MS, temp=31.0, mains=False))
    keep(engine, told(A, HOUR + MINUTE_MS, temp=31.0, mains=False), stored=1)
    keep(engine, stored=2, malformed=1)
    with reading(engine) as session:
        newest = latest(session, [A, C])
        assert set(newest) == {A}
        assert (newest[A].temp, newest[A].mains, newest[A].door) == (31.0, False, None)
        assert newest[A].at == instant_of(HOUR + MINUTE_MS)
        assert newest[A].heard_at == newest[A].at + timedelta(milliseconds=40)
        assert set(latest(session)) == {A, B}
        assert outcomes(session) == {"stored": 3, "malformed": 1}
    assert raw(engine) == [(A, 0), (A, 1), (B, 0)]


def test_a_vital_has_the_fields_of_telemetry_under_the_same_names() -> None:
    assert TelemetrySnapshot.__struct_fields__ == (*Telemetry.__struct_fields__, "device_id", "heard_at")


def test_a_self_test_is_told_with_its_instant(engine: Engine) -> None:
    keep(engine, told(A, HOUR, self_test="ok", self_test_at=HOUR - 5 * MINUTE_MS))
    with reading(engine) as session:
        assert latest(session, [A])[A].self_test_at == HOUR - 5 * MINUTE_MS


def test_an_hour_is_added_up_once_nothing_of_it_can_come_any_more(engine: Engine) -> None:
    keep(engine, *(told(A, HOUR + minute * MINUTE_MS) for minute in range(0, 90, 5)), told(B, HOUR + 59 * MINUTE_MS))
    finish(engine, HOUR + HOUR_MS + SETTLED_MS - 1)
    assert hours(engine) == {}
    finish(engine, HOUR + HOUR_MS + SETTLED_MS)
    assert hours(engine) == {(A, 0): 12, (B, 0): 1}
    finish(engine, HOUR + 3 * HOUR_MS + SETTLED_MS)
    assert hours(engine) == {(A, 0): 12, (B, 0): 1, (A, 1): 6}


def test_stopped_between_two_pieces_it_goes_on_where_it_was(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telemetry_days, "A_PIECE", 1)
    keep(engine, told(A, HOUR), told(B, HOUR), told(C, HOUR))
    after = HOUR + HOUR_MS + SETTLED_MS
    add_up(engine, after)
    add_up(engine, after)
    assert hours(engine) == {(A, 0): 1, (B, 0): 1}
    finish(engine, after)
    assert hours(engine) == {(A, 0): 1, (B, 0): 1, (C, 0): 1}
    with reading(engine) as session:
        assert added_up_until_ms(session) == HOUR + HOUR_MS


def test_nothing_is_let_go_before_it_was_added_up(engine: Engine) -> None:
    keep(engine, told(A, HOUR), told(A, HOUR + HOUR_MS), told(B, HOUR))
    limits = {"raw_before_ms": HOUR + FAR, "hourly_before_ms": 0}
    while let_go(engine, **limits):
        pass
    assert len(raw(engine)) == 3
    finish(engine, HOUR + HOUR_MS + SETTLED_MS)
    while let_go(engine, **limits):
        pass
    ready_days(engine, instant_of(HOUR), HOUR + FAR)
    assert raw(engine) == [(A, 60)]
    while let_go(engine, raw_before_ms=0, hourly_before_ms=HOUR + HOUR_MS):
        pass
    assert hours(engine) == {}


def test_days_are_made_ahead_and_dropped_whole_and_what_fell_between_is_kept(
    engine: Engine, request: pytest.FixtureRequest
) -> None:
    if engine.dialect.name != "postgresql":
        ready_days(engine, datetime(2025, 11, 24, tzinfo=UTC), 0)
        assert request.node.callspec.params["database_url"] == "sqlite"
        return
    now = instant_of(HOUR)
    keep(engine, told(A, HOUR))  # before its day's partition was made
    ready_days(engine, now, 0)
    tomorrow = HOUR + 24 * HOUR_MS
    keep(engine, told(A, tomorrow), told(B, tomorrow))
    assert len(raw(engine)) == 3
    with engine.connect() as connection:
        inside = connection.exec_driver_sql(
            f"SELECT count(*) FROM loa_days.device_raw_{instant_of(tomorrow):%Y%m%d}"
        ).scalar()
    assert inside == 2
    finish(engine, HOUR + 5 * 24 * HOUR_MS)
    ready_days(engine, now + timedelta(days=4), HOUR + 3 * 24 * HOUR_MS)
    assert raw(engine) == []


def test_who_reads_records_keeps_no_day_from_being_told_and_days_are_made_and_dropped_afterwards(
    postgres: PostgresServer,
) -> None:
    engine = make_engine(postgres.new_database())
    now, late = instant_of(HOUR), HOUR + 2 * 24 * HOUR_MS
    ready_days(engine, now, 0)
    keep(engine, told(A, HOUR))
    finish(engine, late + SETTLED_MS + HOUR_MS)
    with engine.connect() as backup:
        backup.execute(select(DeviceRawRow.device_id)).all()  # and it goes on reading
        ready_days(engine, now + timedelta(days=2), late)
        keep(engine, told(A, HOUR + MINUTE_MS))
        assert days_of(engine) == [-1, 0, 1, 2]
    ready_days(engine, now + timedelta(days=2), late)
    assert days_of(engine) == [2, 3, 4]
    engine.dispose()


def days_of(engine: Engine) -> list[int]:
    """Return the existing partitions, as days from ``HOUR``."""
    with engine.connect() as connection:
        found = connection.exec_driver_sql(
            r"SELECT tablename FROM pg_tables WHERE schemaname = 'loa_days' AND tablename ~ '\d{8}$' ORDER BY 1"
        ).scalars()
        return [(datetime.strptime(name[-8:], "%Y%m%d").date() - instant_of(HOUR).date()).days for name in found]  # noqa: DTZ007


def test_a_year_is_drawn_from_days_of_the_province_however_much_is_kept(engine: Engine) -> None:
    """Midnight in the province is 17:00 UTC; a local day of hourly roll-ups is one point of the chart."""
    now = datetime(2025, 11, 24, 18, 30, tzinfo=UTC)
    now_ms = int(now.timestamp() * 1000)
    today_ms = now_ms - 90 * MINUTE_MS
    day_ms = 24 * HOUR_MS
    body = {hot: pack_hour(hour_of([unpack(told(A, HOUR, temp=hot).body)], HOUR)) for hot in (20.0, 30.0)}
    # A day more than a year on either side of midnight, none of the day before yesterday, and an hour of today.
    kept = [(day, hour) for day in range(-366, 0) for hour in (0, 23) if day != -2]
    with engine.begin() as connection:
        write_hours(
            connection,
            [
                ToldHour(A, today_ms + day * day_ms + hour * HOUR_MS, HOUR_MS, body[20.0 if hour else 30.0])
                for day, hour in kept
            ],
        )
        connection.execute(insert(TelemetryMarkRow), [{"name": "hourly", "hour_ms": today_ms, "device_id": ""}])
    keep(engine, told(A, now_ms - MINUTE_MS, temp=41.5))
    with reading(engine) as session:
        drawn = chart(session, A, ChartSpan.YEAR, now_ms)
    assert drawn.grain is Grain.DAY
    assert drawn.times_ms == [today_ms + day * day_ms for day in range(-364, 1)]
    temp = drawn.figures["temp"]
    assert (temp.least[0], temp.mean[0], temp.most[0]) == (20.0, 25.0, 30.0)
    assert temp.mean[-4:] == (25.0, None, 25.0, 41.5)
