"""Replay of a past flood through the rules of a gauge: what would have been drafted when. It raises nothing."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from flask import render_template, request

from broadcast.gauges.limits import LevelRise
from broadcast.gauges.model import Gauge, GaugeId, GaugeReading, GaugeRise, GaugeRule, StoredReading
from broadcast.gauges.replay import GaugeReplay, ReplayStep
from cms.gauges.flood_series import BYTES_MOST, read_series
from cms.gauges.repository import GaugeRules, Gauges
from cms.gauges.views.gauges import RiseLine, plots
from cms.platform.web import messages
from cms.platform.web.forms import Answer, redisplay
from cms.platform.web.request_context import context, pages
from province.errors import Problem
from province.people import Action

SPEEDS: Final = (60, 600, 3_600)


@pages.get("/gauges/<gauge_id>/replay")
def gauge_replay(gauge_id: str, problems: Sequence[Problem] = ()) -> str:
    found, rules = _found(gauge_id)
    return render_template(
        "gauges/replay.html", gauge=found, rules=rules, plots="", problems=messages.by_field(problems)
    )


@pages.post("/gauges/<gauge_id>/replay")
def replay_flood(gauge_id: str) -> Answer:
    found, rules = _found(gauge_id)
    sent = request.files.get("file")
    with redisplay(gauge_replay, gauge_id):
        readings = read_series(b"" if sent is None else sent.stream.read(BYTES_MOST + 1))
    # The other gauges of a rule are not in the file: they are taken to agree.
    replay = GaugeReplay(replace(found, added_at=readings[0].at), [replace(each, agree_least=1) for each in rules])
    for reading in readings:
        replay.take(reading, reading.at)
    return render_template(
        "gauges/replay.html",
        gauge=found,
        rules=rules,
        problems={},
        begin=readings[0].at,
        end=readings[-1].at,
        count=len(readings),
        unused=sum(verdict != "good" for verdict in replay.verdicts),
        steps=[(each, each.step.level if isinstance(each.step, LevelRise) else 0) for each in replay.steps],
        troubles=list(replay.troubles.items()),
        plots=_plots(replay, readings, rules),
        speeds=SPEEDS,
    )


def _plots(replay: GaugeReplay, readings: Sequence[GaugeReading], rules: Sequence[GaugeRule]) -> str:
    drawn = [
        StoredReading(replay.gauge.id, each.at, each.value, verdict, each.at)
        for each, verdict in zip(readings, replay.verdicts, strict=True)
    ]
    end = readings[-1].at + timedelta(seconds=1)
    return plots(replay.gauge, drawn, rules, list(_lines(replay.steps)), end)


def _lines(steps: Sequence[ReplayStep]) -> Sequence[RiseLine]:
    """Return the rises, each until the fall or the next rise of its rule."""
    found = []
    for number, each in enumerate(steps):
        if isinstance(each.step, LevelRise):
            after = (later.at for later in steps[number + 1 :] if later.rule.id == each.rule.id)
            rise = GaugeRise("", each.rule.id, each.step.level, each.at, each.step.reached, fell_at=next(after, None))
            found.append(RiseLine(rise, each.rule, None))
    return found


def _found(gauge_id: str) -> tuple[Gauge, Sequence[GaugeRule]]:
    messages.tree_for(Action.ALERT_READ)
    with context().uow.reading() as uow:
        found = uow[Gauges].get(GaugeId(gauge_id))
        return found, [each for each in uow[GaugeRules].of_gauge(found.id) if each.is_on]
