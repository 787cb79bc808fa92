"""``python -m bench.virtual_province``: a scenario over a province, a table for people, one line of JSON."""

from __future__ import annotations

import json
import logging
import sys
import tempfile
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import IO

import click

from bench.scenarios import reader
from bench.scenarios.fault import to_ms
from bench.scenarios.reader import Scenario
from bench.virtual_province.comparison import DAY_MS, ComparisonResult
from bench.virtual_province.editors import Settlement
from bench.virtual_province.month import MonthRun, RunPlan
from bench.virtual_province.server import LOOK_MS
from cms.health.feature import LOOK_S

SHOWN = 12


@click.command()
@click.option("--scenario", default="month", help="One of the simulator's, or a file.")
@click.option("--devices", default=500, type=click.IntRange(1, 5000))
@click.option("--communes", default=20, type=click.IntRange(1, 99))
@click.option("--days", default=0, type=click.IntRange(0, 366), help="Only so many of the scenario's days.")
@click.option("--seed", default=1)
@click.option("--look-s", default=0, type=click.IntRange(0, 60), help="How often health is looked at.")
@click.option("--truth", "truth_path", default=None, type=click.Path(dir_okay=False, path_type=Path), help="Its log.")
@click.option("--home", default=None, type=click.Path(file_okay=False, path_type=Path), help="Keep the server's here.")
def main(
    *,
    scenario: str,
    devices: int,
    communes: int,
    days: int,
    seed: int,
    look_s: int,
    truth_path: Path | None,
    home: Path | None,
) -> None:
    """Play a scenario on a province in virtual time, and compare the server's belief with the ground truth."""
    # Log lines about deliberately faulty devices are noise here.
    logging.basicConfig(level=logging.CRITICAL)
    try:
        played = reader.named(scenario)
    except (reader.ScenarioError, OSError) as error:
        raise click.ClickException(str(error)) from None
    if days:
        played = Scenario(name=played.name, lasts=f"{days}d", faults=played.faults)
    plan = RunPlan(played, Settlement(communes, devices), seed, (look_s or look_every_s(played)) * 1000)
    with ExitStack() as stack:
        folder = home or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        log: IO[str] | None = (
            None if truth_path is None else stack.enter_context(truth_path.open("w", encoding="utf-8"))
        )
        found = MonthRun(plan, folder, log).run(_day_over)
    _show(found)
    _show_wrong(found)
    click.echo(json.dumps(summary(plan, found), ensure_ascii=False))
    sys.exit(0 if found.is_ok else 1)


def look_every_s(scenario: Scenario) -> int:
    """Return the interval of evaluation: the gateway's for a run of hours; a month would have a million more."""
    return round(LOOK_S) if to_ms(scenario.lasts) < DAY_MS else LOOK_MS // 1000


def summary(plan: RunPlan, found: ComparisonResult) -> dict[str, object]:
    """Return the JSON line."""
    return {
        "ok": found.is_ok,
        "scenario": plan.scenario.name,
        "devices": plan.settlement.devices,
        "seed": plan.seed,
        "lasts": plan.scenario.lasts,
        "seconds": found.seconds,
        "happenings": found.happened,
        "happenings_per_s": round(found.happened / max(found.seconds, 0.001)),
        "messages": found.heard,
        "soundings": found.soundings,
        "records": dict(found.records),
        "odd_records": len(found.odd_records),
        "presence_samples": found.presence_samples,
        "presence_wrong": found.presence_wrong,
        "labels_wrong": found.label_minutes_wrong,
        "incidents": sum(not each.merged_into for each in found.incidents),
        "letters": dict(Counter(each.stage if each.incident else "single" for each in found.letters)),
        "told_wrong": len(found.told_wrong),
        "faults": sum(found.faults.values()),
        "takeovers": found.takeovers,
        "trespassers": found.trespassers,
        "accused_wrong": len(found.accused_wrong),
    }


def _day_over(day: int, found: ComparisonResult) -> None:
    """Print progress and new disagreements to stderr."""
    wrong = (
        f"{found.presence_wrong} presence, {found.label_minutes_wrong} labels, {len(found.told_wrong)} told"
        f" wrong so far, {len(found.odd_records)} of the day's records"
    )
    click.echo(f"day {day}: {found.soundings} sounded, {len(found.incidents)} incidents; {wrong}", err=True)
    if not found.is_ok:
        _show_wrong(found, err=True)


def _show(found: ComparisonResult) -> None:
    click.echo(f"{'fault':<22} times")
    for kind, times in sorted(found.faults.items()):
        click.echo(f"{kind:<22} {times:>5}")
    click.echo(f"\n{'as-run':<22} records")
    for kind, count in found.records.most_common():
        click.echo(f"{kind:<22} {count:>7}")
    click.echo(f"sounded {found.soundings}, not as told {len(found.odd_records)}")
    click.echo(f"presence: {found.presence_samples} minutes of devices looked at, {found.presence_wrong} wrong")
    click.echo(f"labels: the same minutes, {found.label_minutes_wrong} wrong")
    click.echo(f"{found.trespassers} went beyond their own, {len(found.accused_wrong)} not told of or told of wrongly")
    click.echo(f"{len(found.incidents)} incidents, {len(found.letters)} letters")
    for each in found.incidents[:SHOWN]:
        letters = [letter.at for letter in found.letters if letter.incident == each.id]
        opened_s = (each.opened_at - each.began_at).total_seconds()
        told_s = f"told after {(letters[0] - each.began_at).total_seconds():.0f} s" if letters else "not told"
        part = ", part of another" if each.merged_into else ""
        click.echo(
            f"  {each.began_at:%d %H:%M:%S} {each.scope} {each.cause}, {each.members} devices, "
            f"opened after {opened_s:.0f} s, {told_s}, {len(letters)} letters{part}"
        )


def _show_wrong(found: ComparisonResult, *, err: bool = False) -> None:
    """Print the first disagreement of each kind; nothing if all agrees."""
    for what, count in Counter(odd.what for odd in found.odd_records).most_common():
        click.echo(f"  {count:>5} records: {what}", err=err)
    for odd in found.odd_records[:SHOWN]:
        click.echo(f"        {odd.physics} {odd.item}: {odd.what}", err=err)
    for name in found.accused_wrong[:SHOWN]:
        click.echo(f"        {name}: what it is told to have tried is not what it tried", err=err)
    for name, wrong in sorted(found.presence.items(), key=lambda each: -len(each[1]))[:SHOWN]:
        first = wrong[0]
        text = f"{len(wrong)} minutes from {first.at_ms} on: {first.true}, believed {first.believed}"
        click.echo(f"  presence of {name}: {text}", err=err)
    for name, said in sorted(found.labels_wrong.items(), key=lambda each: -len(each[1]))[:SHOWN]:
        because = " ".join(said[0].why) or "it could be heard"
        label = " ".join(filter(None, (said[0].said.can_speak, said[0].said.reason)))
        text = f"{len(said)} minutes from {said[0].at_ms} on: {because}, called {label}"
        click.echo(f"  label of {name}: {text}", err=err)
    for much in found.told_wrong[:SHOWN]:
        click.echo(f"  told at {much.at_ms}: {much.what}", err=err)


if __name__ == "__main__":
    main()
