"""A month of a province, its fault scenario, and the comparison of the server's view with the ground truth."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

from bench.scenarios.fault import End, SharedFault, to_ms
from bench.scenarios.injection import ScenarioStage
from bench.scenarios.reader import Scenario
from bench.virtual_province.comparison import DAY_MS, ComparisonResult, FleetComparison
from bench.virtual_province.editors import PROVINCE, Settlement, day_of
from bench.virtual_province.province import VirtualProvince
from bench.virtual_province.server import LOOK_MS
from devices.model import DeviceId

NEWS_BEFORE_MS: Final = to_ms("8h")
"""Time before midnight at which tomorrow's own bulletin is approved."""
TELLING_MS: Final = to_ms("3h")
"""Time after the last fault in which devices come back and send the records that they still keep."""


@dataclass(frozen=True)
class RunPlan:
    """Parameters of a run: scenario, size, random seed, interval of evaluation, and power feeders."""

    scenario: Scenario
    settlement: Settlement
    seed: int
    look_ms: int = LOOK_MS
    feeders: Mapping[DeviceId, str] = field(default_factory=dict)


class MonthRun:
    """Run of a month: ``run`` it once. ``home`` is an empty folder."""

    def __init__(self, plan: RunPlan, home: Path, log: IO[str] | None = None) -> None:
        self._plan = plan
        self._province = VirtualProvince(plan.settlement, home, plan.seed, look_ms=plan.look_ms, log=log)
        self._timeline, self._broker = self._province.timeline, self._province.broker
        self._server, self._fleet = self._province.server, self._province.fleet
        self._editors = self._province.editors
        self._editors.standing(plan.settlement.areas, day_of(self._server.context))
        self._stage = ScenarioStage(plan.scenario, self._fleet, self._for_all)
        self._comparison = FleetComparison(self._server, self._fleet, self._province.start_ms, plan.look_ms)
        self._server.on_stored = self._comparison.heard
        self._start_ms = self._province.start_ms
        self._end_ms = self._start_ms + to_ms(plan.scenario.lasts)

    def run(self, on_day: Callable[[int, ComparisonResult], object] = lambda *_: None) -> ComparisonResult:
        """Play the month. ``on_day`` gets each day's number and the findings so far; ``records`` are that day's own."""
        began_s = time.perf_counter()
        gc.freeze()
        self._server.start()
        self._server.health.start(PROVINCE, self._plan.feeders.items())
        self._fleet.power_on()
        self._stage.set_up()
        day = 0
        while (until_ms := self._start_ms + (day + 1) * DAY_MS) <= self._end_ms:
            self._timeline.run_until(until_ms - NEWS_BEFORE_MS)
            self._editors.news(day_of(self._server.context, 1))
            self._timeline.run_until(until_ms)
            self._comparison.day(until_ms - DAY_MS)
            day += 1
            on_day(day, self._comparison.found)
        self._timeline.run_until(self._end_ms + TELLING_MS)
        self._comparison.minutes(self._end_ms)
        self._comparison.whole()
        found = self._comparison.found
        found.seconds = round(time.perf_counter() - began_s, 1)
        found.happened = self._timeline.happened
        found.heard = self._server.heard
        found.faults = self._stage.began
        found.takeovers = self._broker.takeovers
        return found

    def _for_all(self, fault: SharedFault) -> End:
        return fault.begin_for_all(self._fleet.around, self._server_is)

    def _server_is(self, is_there: bool) -> None:  # noqa: FBT001 - a call-back's only word
        if is_there:
            self._server.revive()
        else:
            self._server.die()
