"""Comparison of as-run records with the devices' real soundings, in both directions. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bench.virtual_fleet.ground_truth import TrueSound
from broadcast.bulletins.deliveries import AsRun

EXACT_MS: Final = 20
BEACON_MS: Final = 1_000
"""Error of a clock that was set by a beacon: the time of the beacon on its way."""
CLOCK_SET_MS: Final = 2_000
"""Error from which on a clock is set."""
BY_POWER: Final = "POWER_LOST"
_HEARD: Final = frozenset({"done", "cut"})


@dataclass(frozen=True, slots=True)
class Odd:
    """One difference between a device and its record, described by ``what``."""

    physics: str
    item: str
    what: str


def compare(
    soundings: Iterable[TrueSound], runs: Iterable[AsRun], on_flash: Mapping[str, Collection[str]]
) -> list[Odd]:
    """List differences. ``on_flash``: by device, items whose records are still kept there: the server may lack those.

    A record's id names the boot of the device that made it, so two devices with one identity can be distinguished.
    """
    truth: dict[tuple[str, str], list[TrueSound]] = defaultdict(list)
    for sounding in soundings:
        truth[sounding.device, sounding.item].append(sounding)
    found: dict[tuple[str, str], list[AsRun]] = defaultdict(list)
    for run in runs:
        found[physics_of(run.record_id), run.occurrence_id].append(run)
    odd: list[Odd] = []
    for key in sorted(truth.keys() | found.keys()):
        physics, item = key
        if what := _wrong(truth.get(key, []), found.get(key, []), is_kept=item in on_flash.get(physics, ())):
            odd.append(Odd(physics, item, what))
    return odd


def physics_of(record_id: str) -> str:
    """Return the device of a record id ``{device}-{boot}-{number}``."""
    return record_id.rsplit("-", 2)[0]


def _wrong(parts: list[TrueSound], runs: list[AsRun], *, is_kept: bool) -> str:
    """Describe the difference in words; empty if they agree."""
    heard = [run for run in runs if run.result in _HEARD]
    if not parts:
        return "told as heard, and nothing was sounded" if heard else ""
    if not runs:
        return "" if is_kept or parts[-1].ended_at is None else "sounded, and not told"
    if len(runs) > 1:
        return f"told {len(runs)} times"
    return _differs(parts, runs[0])


def _differs(parts: list[TrueSound], run: AsRun) -> str:
    first, last = parts[0], parts[-1]
    if run.result == "missed":
        return "told as missed, and was sounded"
    if last.by_power:
        return "" if (run.result, run.reason) == ("cut", BY_POWER) else f"cut by power, told as {run.result}"
    if (run.result == "done") != last.is_whole:
        return f"told as {run.result}, and was {'whole' if last.is_whole else 'cut'}"
    if run.started_at is None or not _is_near(run.started_at, first.started_at, first.off_ms):
        return "began at another time than told"
    if run.ended_at is None or last.ended_at is None or not _is_near(run.ended_at, last.ended_at, last.off_ms):
        return "ended at another time than told"
    return ""


def _is_near(sent_at: datetime, true_ms: int, off_ms: int) -> bool:
    """Compare by the device's own time, which is wrong by ``off_ms``, or by the time that a beacon has set."""
    late_ms = sent_at.timestamp() * 1000 - true_ms
    allowed_ms = BEACON_MS if abs(off_ms) > CLOCK_SET_MS else EXACT_MS
    return abs(late_ms) <= allowed_ms or abs(late_ms - off_ms) <= EXACT_MS
