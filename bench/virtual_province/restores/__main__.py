"""``python -m bench.virtual_province.restores``: rounds of restores, a table for people, one line of JSON."""

from __future__ import annotations

import json
import logging
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import click
import psycopg

from bench.speed import postgres as bench_postgres
from bench.speed.postgres import SUPERUSER, DatabaseKind, store_option, url_of
from bench.virtual_province.editors import Settlement
from bench.virtual_province.restores.rounds import RestoreRound, play
from bench.virtual_province.restores.stage import NewDatabase, RestoreKind, sqlite_in

SHOWN: Final = 12


@click.command()
@click.option("--rounds", default=30, show_default=True, type=click.IntRange(1, 10_000))
@click.option("--devices", default=12, show_default=True, type=click.IntRange(1, 500))
@click.option("--communes", default=4, show_default=True, type=click.IntRange(1, 99))
@click.option("--seed", default=1, show_default=True)
@click.option("--way", type=click.Choice([way.value for way in RestoreKind]), help="Only this one; else each in turn.")
@store_option
def main(*, rounds: int, devices: int, communes: int, seed: int, way: str | None, store: str) -> None:
    """Lose the server at random instants, restore it from a back-up, and compare devices with server a minute later."""
    # A server that was restored says so, which is no news here.
    logging.basicConfig(level=logging.CRITICAL)
    ways = [RestoreKind(way)] if way else list(RestoreKind)
    found = []
    began_s = time.perf_counter()
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="loa-restore-")))
        new_database = sqlite_in if DatabaseKind(store) is DatabaseKind.SQLITE else _on_postgres(stack)
        click.echo(_HEAD)
        for number in range(1, rounds + 1):
            folder = home / str(number)
            folder.mkdir()
            each = ways[(number - 1) % len(ways)]
            one = play(
                number, folder, Settlement(communes, devices), each, seed=seed + number, new_database=new_database
            )
            found.append(one)
            click.echo(_line(one))
            for what in [*(f"{gap.device_id}: {gap.what}" for gap in one.late), *one.left][:SHOWN]:
                click.echo(f"      {what}")
    click.echo(json.dumps(summary(found, store, round(time.perf_counter() - began_s, 1))))
    sys.exit(0 if all(one.is_ok for one in found) else 1)


def summary(found: list[RestoreRound], store: str, seconds: float) -> dict[str, object]:
    """Return the JSON line."""
    done: Counter[str] = Counter()
    for one in found:
        done.update(one.done)
    return {
        "ok": all(one.is_ok for one in found),
        "rounds": len(found),
        "store": store,
        "devices": sum(one.devices for one in found),
        "held": sum(one.held for one in found),
        "unknown": sum(one.unknown for one in found),
        "late": sum(len(one.late) for one in found),
        "left": sum(len(one.left) for one in found),
        "again": sum(one.again for one in found),
        "slowest_s": max(one.slowest_s for one in found),
        "done": dict(sorted(done.items())),
        "seconds": seconds,
    }


_HEAD: Final = "round  way            lost s  agreed s  held  unknown  late  left  again"


def _line(one: RestoreRound) -> str:
    figures = f"{one.lost_s:>6.0f}  {one.slowest_s:>8.0f}  {one.held:>4}  {one.unknown:>7}"
    return f"{one.number:>5}  {one.way:<13}  {figures}  {len(one.late):>4}  {len(one.left):>4}  {one.again:>5}"


def _on_postgres(stack: ExitStack) -> NewDatabase:
    """Run a server of its own; return a factory of empty databases, one for each home."""
    socket_dir = stack.enter_context(bench_postgres.running_postgres(bench_postgres.AS_ADVISED))
    made = Counter[str]()

    def new(_home: Path) -> str:
        made["databases"] += 1
        name = f"restore_{made['databases']}"
        with psycopg.connect(host=str(socket_dir), user=SUPERUSER, dbname="postgres", autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        return url_of(socket_dir, name)

    return new


if __name__ == "__main__":
    main()
