"""``loa bench telemetry``: cost of a fleet's telemetry: bytes on disk, times of reading and keeping it.

A whole province is in a database of the bench's own, its devices in service for so many days; raw records are kept for
a week, as by default, and hourly roll-ups for all days. Measured are: sizes by table, and their growth in a year; the
time to roll up an hour and to delete a day, and for how long each of their transactions keeps other writers waiting;
the charts of devices from all over; the screens that show health, each for several devices. Times of queries are the
processor's, the database's included: other work on the machine does not count.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import click
from sqlalchemy import Engine, text

from bench.speed.health_days import DAY_MS, HealthDays, RollUpDurations, finish, held, some_of
from bench.speed.postgres import Database, DatabaseKind, database_for, store_option
from bench.speed.province import FurnishedProvince, Size, furnish
from bench.speed.rows import Row, print_rows
from bench.speed.screens import BAR_MS, BAR_QUERIES, TimedScreen, Walk
from cms.accounts.queries import in_service
from cms.health.queries.telemetry import ChartSpan, chart, latest
from cms.health.repository import telemetry_days
from cms.platform.store.engine import reading
from devices.hourly_rollup import HOUR_MS
from devices.model import DeviceId
from province.people import Role
from province.wall_clock import instant_of

YEAR_DAYS: Final = 365
ASKED: Final = 20
HELD_BAR_MS: Final = 50.0
"""Bar of a housekeeping transaction, for which an alert's approval may have to wait."""
RULES: Final = 100
PLANNED_DAYS: Final = 14
TABLES: Final = ("device_raw", "device_hourly", "telemetry_snapshots", "presence_changes")


@click.command()
@click.option("--devices", default=500, show_default=True, help="How many devices.")
@click.option("--days", default=30, show_default=True, help="How many days.")
@click.option("--raw-days", default=7, show_default=True, help="Of these, days that are kept raw.")
@click.option("--every-s", default=300, show_default=True, help="Seconds between two records of a device.")
@store_option
@click.option("--json", "as_json", is_flag=True, help="JSON lines instead of a table.")
def telemetry(*, devices: int, days: int, raw_days: int, every_s: int, store: str, as_json: bool) -> None:
    """Measure bytes on disk, and the time of charts, screens, roll-up and deletion."""
    with tempfile.TemporaryDirectory(prefix="loa-bench-") as folder:
        home = Path(folder)
        with database_for(DatabaseKind(store), home / "loa.db") as database:
            province = furnish(home, Size(devices, RULES, min(days, PLANNED_DAYS)), database.url)
            try:
                month = _Month(province, database, Extent(devices, days, min(days, raw_days), every_s))
                print_rows(month.rows(), as_json=as_json)
            finally:
                province.context.engine.dispose()


@dataclass(frozen=True, slots=True)
class Extent:
    """Extent of the telemetry: devices, days, days that are kept raw, and seconds between two records."""

    devices: int
    days: int
    raw_days: int
    every_s: int


class _Month:
    def __init__(self, province: FurnishedProvince, database: Database, told: Extent) -> None:
        self._province, self._database = province, database
        self._engine = province.context.engine
        self._devices, self._days, self._raw_days = told.devices, told.days, told.raw_days
        now_ms = int(province.context.now().timestamp() * 1000)
        self._now_ms = now_ms - now_ms % HOUR_MS
        with reading(self._engine) as session:
            self._ids = sorted(in_service(session))
        self._told = HealthDays(self._engine, self._ids, self._now_ms, told.every_s)
        self._records = told.raw_days * 86_400 // told.every_s * len(self._ids)

    def rows(self) -> Iterator[Row]:
        # A day more than is kept: it is let go.
        raw_ms = self._now_ms - (self._raw_days + 1) * DAY_MS
        self._told.comings_and_goings(self._now_ms - self._days * DAY_MS)
        self._told.hours_only(self._ids, self._now_ms - self._days * DAY_MS, raw_ms)
        yield from self._added_up(self._told.raw(raw_ms))
        yield from self._let_go(raw_ms)
        yield from self._sizes()
        yield from self._charts()
        yield from self._screens()

    def _added_up(self, kept: RollUpDurations) -> Iterator[Row]:
        yield self._row("add_up_hour_ms", round(statistics.median(kept.hours_ms), 1), "ms")
        yield from self._held("add_up", kept.held_ms)

    def _held(self, name: str, found_ms: Sequence[float]) -> Iterator[Row]:
        yield self._against(f"{name}_held_ms", statistics.median(found_ms), HELD_BAR_MS)
        yield self._against(f"{name}_held_p99_ms", _p99(found_ms), HELD_BAR_MS)
        yield self._against(f"{name}_held_max_ms", max(found_ms), HELD_BAR_MS)

    def _let_go(self, raw_ms: int) -> Iterator[Row]:
        """Delete an hour of raw records, as in normal service, then the rest of the day, as after a standstill."""
        found_ms: list[float] = []
        for name, before_ms in (("hour", raw_ms + HOUR_MS), ("day", raw_ms + DAY_MS)):
            with held(self._engine) as taken:
                began_s = time.perf_counter()
                telemetry_days.ready_days(self._engine, instant_of(self._now_ms), before_ms)
                finish(partial(telemetry_days.let_go, self._engine, raw_before_ms=before_ms, hourly_before_ms=0))
                yield self._row(f"let_go_{name}_ms", round((time.perf_counter() - began_s) * 1000, 1), "ms")
            found_ms += taken
        yield from self._held("let_go", found_ms)

    def _sizes(self) -> Iterator[Row]:
        for table in TABLES:
            held_mb = _bytes_of(self._engine, table) / 1e6
            yield self._row(f"{table}_mb", round(held_mb, 2), "MB")
            if table == "device_hourly":
                yield self._row(f"{table}_year_mb", round(held_mb / self._days * YEAR_DAYS), "MB")
            if table == "device_raw":
                yield self._row("raw_row_bytes", round(held_mb * 1e6 / self._records), "B")

    def _charts(self) -> Iterator[Row]:
        some = some_of(self._ids, ASKED)
        self._told.hours_only(some, self._now_ms - YEAR_DAYS * DAY_MS, self._now_ms - self._days * DAY_MS)
        for span in ChartSpan:
            yield from self._asked(f"chart_{span}", [partial(self._draw, each, span) for each in some])
        hundred = some_of(self._ids, 100)
        yield from self._asked("latest_100", [partial(self._latest, hundred)] * ASKED)

    def _draw(self, device_id: DeviceId, span: ChartSpan) -> object:
        with reading(self._engine) as session:
            return chart(session, device_id, span, self._now_ms)

    def _latest(self, device_ids: Sequence[DeviceId]) -> object:
        with reading(self._engine) as session:
            return latest(session, device_ids)

    def _asked(self, name: str, asks: Sequence[Callable[[], object]]) -> Iterator[Row]:
        taken_ms = []
        for ask in asks:
            began_s = self._spent_s()
            ask()
            taken_ms.append((self._spent_s() - began_s) * 1000)
        yield self._against(f"{name}_ms", statistics.median(taken_ms), BAR_MS)
        yield self._against(f"{name}_max_ms", max(taken_ms), BAR_MS)

    def _screens(self) -> Iterator[Row]:
        walk = Walk(self._province, self._spent_s)
        for name, paths in self._paths().items():
            screens = [TimedScreen(name, path, Role.TECHNICIAN) for path in paths]
            walk.cost(screens[0])  # a page compiles its template when it is first shown
            costs = [walk.cost(screen) for screen in screens]
            yield self._against(f"{name}_ms", statistics.median(cost.ms for cost in costs), BAR_MS)
            yield self._against(f"{name}_max_ms", max(cost.ms for cost in costs), BAR_MS)
            queries = max(cost.queries for cost in costs)
            yield Row.against(f"{name}_queries", self._devices, queries, "", baseline=BAR_QUERIES)

    def _paths(self) -> dict[str, Sequence[str]]:
        """Map names to paths that show health: each page of a device for several devices, all others several times."""
        pages = [f"/devices/{each}" for each in some_of(self._ids, ASKED)]
        of_device = {f"device_{span}": [f"{page}?span={span}" for page in pages] for span in ChartSpan}
        others = {
            "device_list": "/devices",
            "device_list_doubtful": "/devices?speaks=doubtful",
            "device_map": "/devices/map",
            "device_clusters": "/devices/map/clusters?zoom=9",
            "fleet": "/fleet",
            "faults": "/faults",
            "metrics": "/metrics",
        }
        return {**of_device, **{name: [path] * ASKED for name, path in others.items()}}

    def _spent_s(self) -> float:
        return time.process_time() + self._database.cpu_ms() / 1000

    def _row(self, name: str, value: float, unit: str) -> Row:
        return Row(name, self._devices, value, unit)

    def _against(self, name: str, value: float, bar: float) -> Row:
        return Row.against(name, self._devices, value, "ms", baseline=bar)


def _p99(found: Sequence[float]) -> float:
    return sorted(found)[len(found) * 99 // 100]


_SQLITE_BYTES: Final = (
    "SELECT sum(pgsize) FROM dbstat WHERE name IN (SELECT name FROM sqlite_schema WHERE tbl_name = :name)"
)
_POSTGRESQL_BYTES: Final = (
    "SELECT sum(pg_total_relation_size(part)) FROM (SELECT CAST(:name AS regclass) AS part"
    " UNION ALL SELECT inhrelid FROM pg_inherits WHERE inhparent = CAST(:name AS regclass)) AS parts"
)


def _bytes_of(engine: Engine, table: str) -> int:
    """Return the bytes of a table, with indexes and partitions."""
    query = _SQLITE_BYTES if engine.dialect.name == "sqlite" else _POSTGRESQL_BYTES
    with engine.connect() as connection:
        return int(connection.scalar(text(query), {"name": table}) or 0)
