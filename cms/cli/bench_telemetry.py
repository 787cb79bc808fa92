"""``loa bench telemetry``: what so many devices cost in so many days: bytes, and times of reading and keeping.

Days are generated into a database of the bench's own, through the gateway's own writing, adding up and letting go,
with raw records for the last week only, as they are kept. Of each query, asked of a device taken at random, the
processor time is told: the middle and the slowest of a hundred.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

import click
import msgspec
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from cms import migrations
from cms.cli.bench_field import alone
from cms.cli.bench_rows import Row, print_rows
from cms.store import telemetry_days
from cms.store.engine import make_engine, reading
from cms.store.packed import pack
from cms.store.queries.telemetry import Span, chart
from cms.store.queries.vitals import latest
from cms.store.telemetry import Told, write
from devices.hours import HOUR_MS
from devices.model import DeviceId
from devices.protocol.messages import Telemetry

RAW_DAYS: Final = 7
A_DAY: Final = 24
ASKED: Final = 100
YEAR_DAYS: Final = 365
BAR_MS: Final = 100.0
"""A device's page, at the server."""
_SAMPLE: Final = Telemetry(
    v=1,
    ts=0,
    boot="0a1b2c3d4e",
    up_s=86_400,
    st="idle",
    volume_pct=70,
    disk_pct=12,
    fw="loa-1.4.2",
    clk_ms=-35,
    rssi=-71.5,
    rsrp=-98.5,
    rsrq=-11.0,
    sinr=7.5,
    tech="lte",
    oper="45204",
    cell="23141-077",
    mb_day=18.4,
    rtt_ms=84,
    reconn_24h=3,
    mains=True,
    vin=23.6,
    batt_v=12.4,
    batt_pct=81,
    amp_on=False,
    amp_ma=60,
    line_ohm=97.5,
    ref_ohm=98.0,
    spk="ok",
    clip_pct=0,
    amp_temp=44.5,
    self_test="ok",
    mic_db=-52.0,
    played_s_day=1260,
    underruns=0,
    temp=41.5,
    hum=66,
    door=False,
    reset_reason="power",
    disk_ro=False,
    plan_ver=9,
)


@click.command()
@click.option("--devices", default=500, show_default=True, help="How many devices.")
@click.option("--days", default=30, show_default=True, help="How many days.")
@click.option("--every-s", default=300, show_default=True, help="Seconds between two records of a device.")
@click.option("--json", "as_json", is_flag=True, help="JSON lines instead of a table.")
def telemetry(devices: int, days: int, every_s: int, *, as_json: bool) -> None:
    """Bytes a row and a year, and how long device pages, adding up and letting go take."""
    with alone() as root:
        print_rows(_rows(root, devices, days, every_s), as_json=as_json)


def _rows(root: Path, devices: int, days: int, every_s: int) -> Iterator[Row]:
    path = root / "telemetry.db"
    for suffix in ("", "-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
    migrations.upgrade(f"sqlite:///{path}")
    engine = make_engine(f"sqlite:///{path}")
    now_ms = int(datetime.now(UTC).timestamp() * 1000)
    now_ms -= now_ms % HOUR_MS
    ids = [DeviceId(f"bench-{number:05}") for number in range(devices)]
    added, pieces = _generate(engine, ids, now_ms - days * A_DAY * HOUR_MS, now_ms, every_s)
    yield Row("records", devices, days * 86_400 // every_s * devices, "")
    yield Row("add_up_hour_ms", devices, round(statistics.median(added), 1), "ms")
    yield Row("add_up_piece_max_ms", telemetry_days.A_PIECE, round(max(pieces), 1), "ms")
    yield from _let_go(engine, devices, now_ms)
    raw, hourly = _bytes_of(engine, "device_raw"), _bytes_of(engine, "device_hourly")
    yield Row("raw_row_bytes", devices, raw, "B")
    yield Row("hourly_row_bytes", devices, hourly, "B")
    a_day = 86_400 // every_s
    yield Row("raw_5000_devices_mb", 5_000, round(5_000 * RAW_DAYS * a_day * raw / 1e6), "MB")
    yield Row("hourly_5000_devices_year_mb", 5_000, round(5_000 * YEAR_DAYS * A_DAY * hourly / 1e6), "MB")
    for span in Span:
        yield from _asked(engine, f"chart_{span}", devices, partial(_draw, ids, span, now_ms))
    some = random.sample(ids, min(ASKED, devices))
    yield from _asked(engine, "latest_100", devices, partial(latest, device_ids=some))
    yield Row("file_mb", devices, round(path.stat().st_size / 1e6, 1), "MB")
    engine.dispose()


def _generate(
    engine: Engine, ids: list[DeviceId], first_ms: int, until_ms: int, every_s: int
) -> tuple[list[float], list[float]]:
    """How many ms adding up took, by hour and by piece. What is no longer kept raw is let go on the way."""
    chance = random.Random(34)  # noqa: S311 - figures to be written, not secrets
    hours, pieces = [], []
    for hour_ms in range(first_ms, until_ms, HOUR_MS):
        with engine.begin() as connection:
            told = [
                Told(device_id, at_ms, at_ms, pack(_record(chance, at_ms)))
                for at_ms in range(hour_ms, hour_ms + HOUR_MS, every_s * 1000)
                for device_id in ids
            ]
            write(connection, told, {}, hour_ms)
        settled_ms = hour_ms + HOUR_MS + telemetry_days.SETTLED_MS
        taken = list(_timed(partial(telemetry_days.add_up, engine, settled_ms)))
        hours.append(sum(taken))
        pieces += taken
        if (hour_ms - first_ms) % (A_DAY * HOUR_MS) == 0:
            list(_timed(partial(_sweep, engine, hour_ms)))
    return hours, pieces


def _sweep(engine: Engine, at_ms: int) -> int:
    return telemetry_days.let_go(engine, raw_before_ms=at_ms - RAW_DAYS * A_DAY * HOUR_MS, hourly_before_ms=0)


def _let_go(engine: Engine, devices: int, now_ms: int) -> Iterator[Row]:
    """What is left since the last day's round: up to a day of it, which is let go hour by hour in life."""
    taken = list(_timed(partial(_sweep, engine, now_ms + HOUR_MS)))
    if taken:
        yield Row("let_go_day_ms", devices, round(sum(taken), 1), "ms")
        yield Row("let_go_piece_max_ms", telemetry_days.A_SWEEP, round(max(taken), 1), "ms")


def _timed(step: Callable[[], int]) -> Iterator[float]:
    """Ms of each piece until none is left."""
    while True:
        began_s = time.perf_counter()
        if not step():
            return
        yield (time.perf_counter() - began_s) * 1000


def _asked(engine: Engine, name: str, devices: int, ask: Callable[[Session], object]) -> Iterator[Row]:
    taken = []
    for _ in range(ASKED):
        began_s = time.process_time()
        with reading(engine) as session:
            ask(session)
        taken.append((time.process_time() - began_s) * 1000)
    yield Row.against(f"{name}_ms", devices, statistics.median(taken), "ms", baseline=BAR_MS)
    yield Row.against(f"{name}_max_ms", devices, max(taken), "ms", baseline=BAR_MS)


def _draw(ids: list[DeviceId], span: Span, now_ms: int, session: Session) -> None:
    chart(session, random.choice(ids), span, now_ms)  # noqa: S311 - any device will do


def _record(chance: random.Random, at_ms: int) -> Telemetry:
    return msgspec.structs.replace(
        _SAMPLE,
        ts=at_ms,
        rsrp=round(-98 + chance.gauss(0, 3), 1),
        rtt_ms=round(abs(chance.gauss(84, 20))),
        vin=round(23.6 + chance.gauss(0, 0.2), 1),
        temp=round(38 + chance.gauss(0, 2), 1),
        mic_db=round(-52 + chance.gauss(0, 3), 1),
    )


def _bytes_of(engine: Engine, table: str) -> int:
    """Pages and all, a row."""
    with engine.connect() as connection:
        used = connection.scalar(text("SELECT sum(pgsize) FROM dbstat WHERE name = :name"), {"name": table})
        rows = connection.scalar(text(f"SELECT count(*) FROM {table}"))  # noqa: S608 - one of our two
    return round((used or 0) / max(1, rows or 0))
