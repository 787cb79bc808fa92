"""``loa bench alert-report``: reports of alerts to drawn shapes, and their forecasts, against the ground truth."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from time import process_time
from typing import Final, TypeAlias

import click

from bench.drawn_shapes import counted, drawn_shapes
from bench.report_making import full_report_s
from bench.reported_alerts import (
    LOUDSPEAKERS,
    REPORT_WITHIN_S,
    AlertTruth,
    Figures,
    ReportedAlert,
    reported_alerts,
)
from bench.speed.rows import Row, print_rows
from broadcast.alerts.coverage import coverage

WITHIN_PCT: Final = 1
FORECAST_WITHIN_PCT: Final = 5
DELAY_WITHIN_MS: Final = 50
_SIDE: Final = 400
_Error: TypeAlias = Callable[[ReportedAlert], float]
_FiguresError: TypeAlias = Callable[[Figures, AlertTruth], float]


@click.command("alert-report")
@click.option("--shapes", default=1_000, show_default=True, help="Drawn shapes.")
@click.option("--loudspeakers", default=LOUDSPEAKERS, show_default=True, help="Loudspeakers of each small province.")
@click.option("--province", default=12_000, show_default=True, help="Loudspeakers of one report at full size; 0: none.")
@click.option("--seed", default=1, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def alert_report(*, shapes: int, loudspeakers: int, province: int, seed: int, as_json: bool) -> None:
    """Compare reports and forecasts of alerts with the truth over drawn shapes; exit status 1 if they are too far off.

    Each shape is measured twice: once with up to 120 loudspeakers around it, of which all warn; and once alerted in a
    virtual province, from the approval to the signed report.
    """
    logging.getLogger().setLevel(logging.WARNING)
    rows = list(_rows(shapes, loudspeakers, province, seed))
    print_rows(rows, as_json=as_json)
    if any(row.baseline is not None and row.value > row.baseline for row in rows):
        raise click.exceptions.Exit(1)


def _rows(shapes: int, loudspeakers: int, province: int, seed: int) -> Iterator[Row]:
    yield from _covered(shapes, seed)
    yield from _reported(list(reported_alerts(shapes, seed, loudspeakers)))
    if province:
        yield Row.against("report_at_full_size", province, full_report_s(province, seed), "s", baseline=REPORT_WITHIN_S)


def _covered(shapes: int, seed: int) -> Iterator[Row]:
    """Yield the largest differences in geometry, each beside its limit, and the time that a shape takes."""
    share = overshoot = area = took_s = 0.0
    for shape in drawn_shapes(shapes, seed):
        began = process_time()
        found = coverage(shape.audience, (), shape.hearing)
        took_s += process_time() - began
        truth = counted(shape, _SIDE)
        assert found is not None
        share = max(share, abs(found.share - truth.share))
        overshoot = max(overshoot, abs(found.overshoot - truth.overshoot))
        area = max(area, abs(found.area_m2 - truth.area_m2) / truth.area_m2)
    yield Row.against("covered_share_error_max", shapes, 100 * share, "%", baseline=WITHIN_PCT)
    yield Row.against("covered_overshoot_error_max", shapes, 100 * overshoot, "%", baseline=WITHIN_PCT)
    yield Row.against("covered_area_error_max", shapes, 100 * area, "%", baseline=WITHIN_PCT)
    yield Row("coverage_ms_mean", shapes, round(1_000 * took_s / shapes, 3), "ms")


def _reported(alerts: Sequence[ReportedAlert]) -> Iterator[Row]:
    """Yield the largest errors of the reports and of the forecasts; a forecast speaks of alerts that last a round."""

    def worst(metric: str, error: _Error, of: Sequence[ReportedAlert], unit: str, limit: float) -> Row:
        return Row.against(metric, len(of), max(map(error, of), default=0.0), unit, baseline=limit)

    yield worst("report_after_end_max", lambda each: each.ready_s, alerts, "s", REPORT_WITHIN_S)
    # A loudspeaker without a link tells later what it did: the first version cannot know it, the last one does.
    prompt = [each for each in alerts if not each.truth.late]
    for metric, of, unit, limit in _ERRORS:
        yield worst(f"report_{metric}_error_max", partial(_error_of_first, of), prompt, unit, limit)
    for metric, of, unit, limit in _ERRORS:
        yield worst(f"final_{metric}_error_max", partial(_error_of_last, of), alerts, unit, limit)
    whole = [each for each in alerts if each.is_whole and each.truth.devices]
    foreseeable = [each for each in whole if not each.truth.failed]
    yield worst("forecast_people_share_error_max", _forecast_people_error, foreseeable, "%", FORECAST_WITHIN_PCT)
    yield worst("forecast_heard_share_error_max", _forecast_share_error, foreseeable, "%", FORECAST_WITHIN_PCT)
    # In some of these loudspeakers had trouble after the approval, as nobody could foresee.
    expected = sum(each.forecast.people_warned or 0 for each in whole)
    came = sum(each.truth.people_warned for each in whole)
    error = 100 * abs(expected - came) / max(1, came)
    yield Row.against("forecast_people_error_together", len(whole), error, "%", baseline=FORECAST_WITHIN_PCT)
    near = sum(_forecast_people_error(each) <= FORECAST_WITHIN_PCT for each in whole)
    yield Row("forecasts_within_limit", len(whole), round(100 * near / max(1, len(whole)), 1), "%")
    yield Row("alerts_ended_early", len(alerts), sum(not each.is_whole for each in alerts), "")
    yield Row("alerts_with_unforeseen_trouble", len(alerts), sum(each.truth.failed > 0 for each in alerts), "")
    yield Row("alerts_reported_late_by_some", len(alerts), len(alerts) - len(prompt), "")


def _error_of_first(of: _FiguresError, each: ReportedAlert) -> float:
    return of(each.figures, each.truth)


def _error_of_last(of: _FiguresError, each: ReportedAlert) -> float:
    return of(each.last, each.truth)


def _heard_share_error(figures: Figures, truth: AlertTruth) -> float:
    return _apart_pct(figures["heard_share"], truth.share)


def _overshoot_error(figures: Figures, truth: AlertTruth) -> float:
    return _apart_pct(figures["overshoot_share"], truth.overshoot)


def _people_share_error(figures: Figures, truth: AlertTruth) -> float:
    people, warned = figures["people"] or 0, figures["people_warned"] or 0
    return _apart_pct(warned / people if people else 0.0, truth.people_share)


def _loudspeakers_error(figures: Figures, truth: AlertTruth) -> float:
    return float(abs(figures["devices"] - truth.devices) + abs(figures["devices_warned"] - truth.warned))


def _delay_error_ms(figures: Figures, truth: AlertTruth) -> float:
    told = figures["delay_ms"]
    return float(abs((0 if told is None else told["last"]) - (truth.last_ms or 0)))


_ERRORS: Final[Sequence[tuple[str, _FiguresError, str, float]]] = (
    ("heard_share", _heard_share_error, "%", WITHIN_PCT),
    ("overshoot", _overshoot_error, "%", WITHIN_PCT),
    ("people_share", _people_share_error, "%", WITHIN_PCT),
    ("loudspeakers", _loudspeakers_error, "", 0),
    ("last_delay", _delay_error_ms, "ms", DELAY_WITHIN_MS),
)


def _forecast_people_error(each: ReportedAlert) -> float:
    people, warned = each.forecast.people, each.forecast.people_warned or 0
    return _apart_pct(warned / people if people else 0.0, each.truth.people_share)


def _forecast_share_error(each: ReportedAlert) -> float:
    covered = each.forecast.coverage
    return _apart_pct(0.0 if covered is None else covered.share, each.truth.share)


def _apart_pct(share: float, true_share: float) -> float:
    return 100 * abs(share - true_share)
