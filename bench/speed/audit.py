"""``loa bench audit``: the audit page with a million events, by every filter, and the check of their chain.

The log is written in bulk as the server writes it, each line chained to the one before. The time of a page is the
processor's, spent in this process and by a PostgreSQL of the bench's own; each page has been shown once before.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

import click

from bench.speed.postgres import Database, DatabaseKind, database_for, store_option
from bench.speed.province import FurnishedProvince, Size, furnish
from bench.speed.rows import Row, print_rows
from bench.speed.screens import BAR_QUERIES, TimedScreen, Walk
from cms.audit.service import checks
from cms.platform.store import chain
from province.events import Event
from province.people import Role

BAR_MS: Final = 200.0
EVENTS: Final = 1_000_000
TIMES: Final = 20
DAYS: Final = 700
_BATCH: Final = 2_000
"""Lines of one transaction: on a busy machine, too, it ends before the store rolls it back."""
_AROUND: Final = Size(124, 20, 4)
_COMMON: Final = (
    *("device.moved", "device.described", "bulletin.created", "bulletin.edited", "bulletin.submitted"),
    *("bulletin.approved", "alert.sent", "ticket.opened", "ticket.noted", "user.signed_in", "user.signed_out"),
)
_RARE: Final = ("station.reported", "right.refused", "live.ended", "firmware.uploaded", "area.rules_set")
_RARE_EVERY: Final = 5_000
_PEOPLE: Final = 400


@dataclass(frozen=True, slots=True)
class AuditSearch:
    """Search by its name and its query."""

    name: str
    query: dict[str, str]


@click.command()
@click.option("--events", default=EVENTS, show_default=True, help="Lines of the log.")
@click.option("--times", default=TIMES, show_default=True, help="How often each search is made.")
@store_option
@click.option("--json", "as_json", is_flag=True, help="JSON lines instead of a table.")
def audit(*, events: int, times: int, store: str, as_json: bool) -> None:
    """Search a long event log by every filter, and check its chain."""
    with tempfile.TemporaryDirectory() as folder, database_for(DatabaseKind(store), Path(folder, "loa.db")) as database:
        province = furnish(Path(folder), _AROUND, database.url)
        try:
            print_rows(_rows(province, database, events, times), as_json=as_json)
        finally:
            province.context.engine.dispose()


def _rows(province: FurnishedProvince, database: Database, events: int, times: int) -> Iterator[Row]:
    began_s = time.process_time()
    write_log(province, events)
    yield Row("written_s", events, round(time.process_time() - began_s, 1), "s")
    walk = Walk(province, lambda: time.process_time() + database.cpu_ms() / 1000)
    worst_ms, queries = 0.0, 0
    for search in searches(province.context.now()):
        screen = TimedScreen(search.name, f"/audit?{urlencode(search.query)}", Role.AUDITOR)
        walk.cost(screen)
        cost = walk.measured(screen, times)
        worst_ms, queries = max(worst_ms, cost.p95_ms), max(queries, cost.queries)
        yield Row.against(f"{search.name} p95", events, cost.p95_ms, "ms", baseline=BAR_MS)
    chained = TimedScreen("chain", "/audit/chain", Role.AUDITOR)
    walk.cost(chained)
    yield Row.against("chain p95", events, walk.measured(chained, times).p95_ms, "ms", baseline=BAR_MS)
    yield Row.against("audit_ms", events, worst_ms, "ms", baseline=BAR_MS)
    yield Row.against("audit_queries", events, queries, "", baseline=BAR_QUERIES)
    yield from _check_rows(province)


def _check_rows(province: FurnishedProvince) -> Iterator[Row]:
    context, parts_ms = province.context, []
    lines = 0
    while True:
        began_s = time.process_time()
        held = checks.continue_check(context.uow, list, context.now(), context.new_id)
        parts_ms.append((time.process_time() - began_s) * 1000)
        lines += held
        if held < chain.PAGE_ROWS * checks.PAGES_A_PART:
            break
    yield Row("check_part_ms", lines, round(max(parts_ms), 1), "ms")
    yield Row("check_s", lines, round(sum(parts_ms) / 1000, 1), "s")


def searches(now: datetime) -> Iterator[AuditSearch]:
    """Yield a search for each filter, and for pairs of them of which few lines have both."""
    day = f"{now - timedelta(days=DAYS // 2):%Y-%m-%d}"
    deep = f"{(now - timedelta(days=DAYS - 10)).timestamp():.6f}~1"
    for name, query in {
        "everything": {},
        "everything, last page": {"after": deep},
        "person": {"person": "person-7"},
        "program": {"person": "gateway"},
        "nobody": {"person": "nobody"},
        "program, kind it never has": {"person": "gateway", "kind": "bulletin"},
        "person, rare kind": {"person": "person-7", "kind": "station"},
        "common kind": {"kind": "device"},
        "rare kind": {"kind": "station"},
        "subject": {"subject": "subject-77"},
        "day": {"from": day, "until": day},
        "day, rare kind": {"from": day, "until": day, "kind": "station"},
        "day, person": {"from": day, "until": day, "person": "person-7"},
        "rare kind, last page": {"kind": "station", "after": deep},
    }.items():
        yield AuditSearch(name, query)


def write_log(province: FurnishedProvince, events: int) -> None:
    """Append that many events, spread over two years, in bulk."""
    context = province.context
    dice = random.Random(1)  # noqa: S311 - no secret
    first_at = context.now() - timedelta(days=DAYS)
    for start in range(0, events, _BATCH):
        numbers = range(start, min(start + _BATCH, events))
        with context.uow() as unit:
            for number in numbers:
                unit.record(_event(number, first_at + timedelta(days=DAYS) * number / events, dice))
            unit.commit()


def _event(number: int, at: datetime, dice: random.Random) -> Event:
    name = dice.choice(_RARE if number % _RARE_EVERY == 0 else _COMMON)
    is_program = name.startswith(("device.", "alert."))
    by = "gateway" if is_program else f"person-{dice.randrange(_PEOPLE)}"
    return Event(name, f"subject-{dice.randrange(20_000)}", at, by, by, {"source": "10.0.0.1"})
