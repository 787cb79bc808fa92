"""``loa bench alert-report``: coverage over drawn shapes against points counted one by one, and forecast against truth.

The truth is the draw's own: loudspeakers that are away, refuse, or are mute are known to health and to the forecast;
besides, some fail in the alert that no health could know.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from time import process_time
from typing import Final

import click

from bench.drawn_shapes import DrawnShape, counted, drawn_shapes
from bench.speed.rows import Row, print_rows
from broadcast.alerts.coverage import coverage
from broadcast.alerts.miss_reasons import MissReason
from broadcast.alerts.warned import AddressedLoudspeaker, expected_miss, figures_of
from devices.model import DeviceId
from province.areas import AreaId, Point

SHARE_WITHIN: Final = 0.01
FORECAST_WITHIN: Final = 0.05
_SIDE: Final = 400
_KNOWN_BAD, _SURPRISES = 0.08, 0.005
"""Share of loudspeakers that health knows to be dead, mute or refusing, and of those that fail unexpectedly."""
_AREA: Final = AreaId("drawn")


@click.command("alert-report")
@click.option("--shapes", default=1_000, show_default=True, help="Drawn shapes.")
@click.option("--seed", default=1, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def alert_report(*, shapes: int, seed: int, as_json: bool) -> None:
    """Compare the figures of alert reports with the truth over drawn shapes; exit status 1 if they are too far off."""
    rows = list(compared(shapes, seed))
    print_rows(rows, as_json=as_json)
    if any(row.baseline is not None and row.value > row.baseline for row in rows):
        raise click.exceptions.Exit(1)


def compared(shapes: int, seed: int) -> Iterator[Row]:
    """Yield the largest differences, each beside its limit, and the time that a shape takes."""
    share = overshoot = area = forecast = took_s = 0.0
    for number, shape in enumerate(drawn_shapes(shapes, seed)):
        began = process_time()
        found = coverage(shape.audience, (), shape.hearing)
        took_s += process_time() - began
        truth = counted(shape, _SIDE)
        assert found is not None
        share = max(share, abs(found.share - truth.share))
        overshoot = max(overshoot, abs(found.overshoot - truth.overshoot))
        area = max(area, abs(found.area_m2 - truth.area_m2) / truth.area_m2)
        forecast = max(forecast, _forecast_error(shape, seed + number))
    yield Row.against("heard_share_error_max", shapes, share, "", baseline=SHARE_WITHIN)
    yield Row.against("overshoot_error_max", shapes, overshoot, "", baseline=SHARE_WITHIN)
    yield Row.against("area_error_max", shapes, area, "", baseline=SHARE_WITHIN)
    yield Row.against("forecast_share_error_max", shapes, forecast, "", baseline=FORECAST_WITHIN)
    yield Row("coverage_ms_mean", shapes, round(1_000 * took_s / shapes, 3), "ms")


def _forecast_error(shape: DrawnShape, seed: int) -> float:
    """Return how far the forecast's share of people warned is from what happened."""
    dice = random.Random(seed)  # noqa: S311 - figures that repeat, no secret
    # A forecast is about a place: few loudspeakers of one drawn shape would make one failure a tenth of all.
    expected = [_loudspeaker(number, shape, dice) for number in range(max(200, len(shape.hearing)))]
    real = [
        replace(each, missed=MissReason.UNREACHABLE) if each.missed is None and dice.random() < _SURPRISES else each
        for each in expected
    ]
    return abs(_share(shape, expected) - _share(shape, real))


def _loudspeaker(number: int, shape: DrawnShape, dice: random.Random) -> AddressedLoudspeaker:
    disc = shape.hearing[number % len(shape.hearing)]
    fault = dice.choice(("away", "refuses", "mute")) if dice.random() < _KNOWN_BAD else ""
    reason = expected_miss(is_online=fault != "away", refuses=fault == "refuses", is_silenced=fault == "mute")
    people = dice.randint(50, 400)
    return AddressedLoudspeaker(DeviceId(f"l{number}"), _AREA, Point(disc.lat, disc.lon), disc.radius_m, people, reason)


def _share(shape: DrawnShape, loudspeakers: Sequence[AddressedLoudspeaker]) -> float:
    figures = figures_of(shape.audience, (), loudspeakers)
    assert figures.people
    return (figures.people_warned or 0) / figures.people
