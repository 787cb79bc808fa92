"""Synthetic telemetry of weeks: raw records for as long as they are kept, and hourly roll-ups for longer.

Raw records go through the gateway's own writing, an hour of all devices at a time, and through the product's own
roll-up. Of the weeks before only hourly roll-ups are written, drawn from hours that the product's rule rolled up: no
raw record of them is left in production either.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import islice
from typing import Final

import msgspec
from sqlalchemy import Connection, Engine, event
from sqlalchemy.orm import Session

from cms.health.repository import telemetry_days
from cms.health.repository.telemetry import (
    FIELDS,
    TelemetryRecord,
    ToldHour,
    pack,
    pack_hour,
    unpack,
    write,
    write_hours,
)
from cms.reports.repository.reports import note_presence
from devices.hourly_rollup import HOUR_MS, hour_of
from devices.model import DeviceId
from devices.protocol.messages import Telemetry
from province.wall_clock import instant_of

DAY_MS: Final = 24 * HOUR_MS
AT_ONCE_HOURS: Final = 6
KINDS: Final = 500
"""Number of different records, and of hours, from which devices draw."""
AWAY: Final = timedelta(minutes=7)
_TS: Final = FIELDS.index("ts")
SAMPLE: Final = Telemetry(
    v=1, ts=0, boot="0a1b2c3d4e", up_s=86_400, st="idle", volume_pct=70, disk_pct=12, fw="loa-1.4.2",
    clk_ms=-35,
    rssi=-71.5, rsrp=-98.5, rsrq=-11.0, sinr=7.5, tech="lte", oper="45204", cell="23141-077", mb_day=18.4, rtt_ms=84,
    reconn_24h=3, mains=True, vin=23.6, batt_v=12.4, batt_pct=81, amp_on=False, amp_ma=60, line_ohm=97.5, ref_ohm=98.0,
    spk="ok", clip_pct=0, amp_temp=44.5, self_test="ok", mic_db=-52.0,
    played_s_day=1260, underruns=0, temp=41.5, hum=66, door=False, reset_reason="power", disk_ro=False, plan_ver=9,
)  # fmt: skip


@dataclass
class RollUpDurations:
    """Durations of the roll-up, in ms: of each hour of all devices, and of each transaction that wrote."""

    hours_ms: list[float] = field(default_factory=list)
    held_ms: list[float] = field(default_factory=list)


class HealthDays:
    """Writer of telemetry up to ``until_ms``, a full hour; ``every_s``: seconds between two records of a device."""

    def __init__(self, engine: Engine, ids: Sequence[DeviceId], until_ms: int, every_s: int) -> None:
        self._engine = engine
        self._ids = sorted(ids)
        self._until_ms = until_ms
        self._every_ms = every_s * 1000
        self._chance = random.Random(34)  # noqa: S311 - figures to be written, not secrets
        self._records = [unpack(pack(_record(self._chance))) for _ in range(KINDS)]
        self._hours = [self._hour() for _ in range(KINDS)]

    def hours_only(self, ids: Sequence[DeviceId], first_ms: int, until_ms: int) -> None:
        """Write only hourly roll-ups of these devices, as the product's roll-up would have left them."""
        for since_ms in range(first_ms, until_ms, AT_ONCE_HOURS * HOUR_MS):
            times = range(since_ms, min(until_ms, since_ms + AT_ONCE_HOURS * HOUR_MS), HOUR_MS)
            hours = [
                ToldHour(device_id, hour_ms, *self._chance.choice(self._hours))
                for device_id in sorted(ids)
                for hour_ms in times
            ]
            with self._engine.begin() as connection:
                write_hours(connection, hours)

    def raw(self, first_ms: int) -> RollUpDurations:
        """Write all raw records from then on, hour by hour, and roll each hour up as soon as it may be."""
        kept = RollUpDurations()
        for hour_ms in range(first_ms, self._until_ms, HOUR_MS):
            if hour_ms % DAY_MS == 0 or hour_ms == first_ms:
                telemetry_days.ready_days(self._engine, instant_of(hour_ms), 0)
            results = [
                TelemetryRecord(device_id, at_ms, at_ms, self._body(at_ms))
                for device_id in self._ids
                for at_ms in range(hour_ms, hour_ms + HOUR_MS, self._every_ms)
            ]
            with self._engine.begin() as connection:
                write(connection, results, {"stored": len(results)}, hour_ms)
            settled_ms = hour_ms + HOUR_MS + telemetry_days.SETTLED_MS
            with held(self._engine) as found:
                began_s = time.perf_counter()
                finish(partial(telemetry_days.add_up, self._engine, settled_ms))
                kept.hours_ms.append((time.perf_counter() - began_s) * 1000)
            kept.held_ms += found
        return kept

    def comings_and_goings(self, first_ms: int) -> None:
        """Write presence in which each device is away once a day."""
        for day_ms in range(first_ms, self._until_ms, DAY_MS):
            gone = {each: instant_of(day_ms + self._chance.randrange(DAY_MS // 2)) for each in self._ids}
            with Session(self._engine) as session:
                note_presence(session, [(each, at, False) for each, at in gone.items()])
                note_presence(session, [(each, at + AWAY, True) for each, at in gone.items()])
                session.commit()

    def _body(self, at_ms: int) -> bytes:
        record = self._chance.choice(self._records)
        record[_TS] = at_ms
        return _pack(record)

    def _hour(self) -> tuple[int, bytes]:
        records = []
        for at_ms in range(0, HOUR_MS, self._every_ms):
            record = list(self._chance.choice(self._records))
            record[_TS] = at_ms
            records.append(record)
        hour = hour_of(records, 0)
        return hour.heard_ms, pack_hour(hour)


_pack = msgspec.msgpack.Encoder().encode


def finish(step: Callable[[], int]) -> None:
    """Call ``step`` until nothing is left."""
    while step():
        pass


@contextmanager
def held(engine: Engine) -> Iterator[list[float]]:
    """Yield the ms of each writing transaction of the block: from the lock at its beginning to the end of its commit.

    So long it keeps other writers of SQLite waiting, and on PostgreSQL those of the same rows. One thread's at a time.
    """
    found_ms: list[float] = []
    began_s, writes = 0.0, False

    def begin(connection: Connection) -> None:
        nonlocal began_s, writes
        del connection
        began_s, writes = time.perf_counter(), False

    def commit(connection: Connection) -> None:
        nonlocal writes
        del connection
        writes = True

    def hand_back(*_: object) -> None:
        if writes:
            found_ms.append((time.perf_counter() - began_s) * 1000)

    listeners = (("begin", begin), ("commit", commit), ("checkin", hand_back))
    for name, listener in listeners:
        event.listen(engine, name, listener)
    try:
        yield found_ms
    finally:
        for name, listener in listeners:
            event.remove(engine, name, listener)


def some_of(ids: Sequence[DeviceId], count: int) -> Sequence[DeviceId]:
    """Return ``count`` of the ids, evenly spread."""
    return list(islice(ids, 0, None, max(1, len(ids) // count)))[:count]


def _record(chance: random.Random) -> Telemetry:
    return msgspec.structs.replace(
        SAMPLE,
        rsrp=round(-98 + chance.gauss(0, 3), 1),
        rtt_ms=round(abs(chance.gauss(84, 20))),
        vin=round(23.6 + chance.gauss(0, 0.2), 1),
        temp=round(38 + chance.gauss(0, 2), 1),
        mic_db=round(-52 + chance.gauss(0, 3), 1),
    )
