"""``loa bench officer``: seconds from the officer's first press to the siren, beside a load, at human pace."""

from __future__ import annotations

import os
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from bench.chromium import running_chromium
from bench.pace.busy import busy_processes
from bench.pace.person import SELDOM, PacedPerson
from bench.speed.rows import Row, print_rows

if TYPE_CHECKING:
    from bench.pace.rounds import MeasuredRound

BARS: Final = {"submit_s": 30.0, "approve_s": 15.0, "heard_ms": 1_000.0, "siren_ms": 100.0}
"""Limits, which the worst round keeps."""


@click.command()
@click.option("--rounds", default=5, type=click.IntRange(1), show_default=True, help="Alerts, one after the other.")
@click.option("--load", default=4, type=click.IntRange(0, 64), show_default=True, help="Busy processes beside them.")
@click.option("--browser", default="chromium-headless-shell", show_default=True, help="Executable of the browser.")
@click.option("--json", "as_json", is_flag=True, help="JSON lines instead of a table.")
def officer(*, rounds: int, load: int, browser: str, as_json: bool) -> None:
    """Raise an alert for three communes at a desk and approve it by passkey on a telephone, at human pace, and hear it.

    The whole set runs as by ``loa up``, with simulated loudspeakers. Fails where the worst round is above a limit.
    """
    with tempfile.TemporaryDirectory(prefix="loa-pace-") as home:
        measured = list(_measured(Path(home), rounds, load, browser))
    found = [*rows(measured), Row("load_average", rounds, round(os.getloadavg()[1], 1), "")]
    print_rows(found, as_json=as_json)
    if above := missed(found):
        raise click.ClickException(f"above the limit: {', '.join(above)}")


def rows(measured: Sequence[MeasuredRound]) -> list[Row]:
    """Return median and worst of each figure; the limit stands beside the worst."""
    found, count = [], len(measured)
    for name in asdict(measured[0]):
        values = [getattr(each, name) for each in measured]
        worst, unit, bar = round(max(values), 2), name.rsplit("_", 1)[1], BARS.get(name)
        found.append(Row(f"{name} p50", count, round(statistics.median(values), 2), unit))
        metric = f"{name} worst"
        found.append(
            Row(metric, count, worst, unit) if bar is None else Row.against(metric, count, worst, unit, baseline=bar)
        )
    return found


def missed(found: Sequence[Row]) -> list[str]:
    """List the figures above their limit."""
    return [each.metric for each in found if each.baseline is not None and each.value > each.baseline]


def _measured(home: Path, rounds: int, load: int, executable: str) -> Iterator[MeasuredRound]:
    from bench.pace.rounds import PacedOfficers  # noqa: PLC0415 - it needs a tool of developers
    from bench.pace.stage import running_stage  # noqa: PLC0415

    with (
        running_stage(home) as stage,
        running_chromium(executable) as chromium,
        PacedOfficers.at_work(stage, chromium, PacedPerson(SELDOM)) as officers,
        busy_processes(load),
    ):
        for number in range(1, rounds + 1):
            measured = officers.measure()
            click.echo(f"round {number}: {measured}", err=True)
            yield measured
