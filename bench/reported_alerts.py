"""Alerts over drawn shapes in a virtual province: their signed reports and forecasts beside the ground truth.

The server, its reports and the loudspeakers are the real ones. The truth is that of their cards and amplifiers, and of
points counted one by one. Some loudspeakers are known to be away or mute; some lose their power after an approval.
"""

from __future__ import annotations

import json
import random
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from time import process_time
from typing import Any, Final

from bench.drawn_shapes import DrawnShape, counted, drawn_audience, drawn_hearing, lies_in
from bench.virtual_fleet.broker import VirtualBroker
from bench.virtual_fleet.timeline import Timeline
from bench.virtual_province.alerts import send_alert
from bench.virtual_province.editors import PROVINCE, Settlement, VirtualEditors
from bench.virtual_province.province import START, VirtualProvince
from bench.virtual_province.server import VirtualBrokerLink, VirtualServer
from broadcast.alerts.model import Audience
from broadcast.alerts.orders import Order, OrderEnd, ReachState
from broadcast.alerts.warned import WarnedFigures, delays_of
from cms.alert_reports.jobs import AlertReportJob, MakeAlertReport
from cms.alert_reports.model import AlertReport
from cms.alert_reports.queries.forecasts import forecast_of
from cms.alert_reports.repository import DeviceHearing, HearingPlaces, ReportVersions
from cms.alerts.messages.alerts import AlertMessages
from cms.alerts.messages.publisher import AlertPublisher
from cms.alerts.repository.orders import Orders
from cms.alerts.service.expiry import expire_due
from cms.areas.repository import Places
from cms.platform.context import Context
from cms.platform.settings import Settings
from cms.platform.store.kinds import JobKind
from cms.platform.worker.runner import Runner
from devices.model import DeviceId
from firmware_sim.physics.amplifier import LineState
from province.areas import Point
from province.wall_clock import local_date

LOUDSPEAKERS: Final = 60
SHAPES_A_PROVINCE: Final = 50
REPORT_WITHIN_S: Final = 60
_COMMUNES: Final = 120
_MIDDLE: Final = (11.1, 108.1)
_SPREAD_M: Final = 6_000
_SIDE: Final = 400
_KNOWN_AWAY, _KNOWN_MUTE, _SURPRISES = 0.05, 0.05, 0.005
_SETTLING_MS: Final = 180_000
_KNOWN_AFTER_MS: Final = 15 * 60_000
"""By then health knows the faults of before."""
_LOOK_MS: Final = 500
_REPORTS_LOOK_MS: Final = 5_000
"""Interval of the scheduler's look for reports."""
_LASTS_S: Final = (60, 90)
_ENDED_EARLY_S: Final = (5, 30)
_ENDED_EARLY: Final = 0.1
"""Share of the alerts that are called off, some before a round was whole."""
_AFTERWARDS_MS: Final = 120_000
"""Time in which loudspeakers without power come back, and health knows it."""


@dataclass(frozen=True, slots=True)
class AlertTruth:
    """Ground truth of one alert.

    ``people``: near the loudspeakers in the shape; ``failed`` of these lost their power after the approval.
    """

    devices: int
    warned: int
    people: int
    people_warned: int
    share: float
    overshoot: float
    last_ms: int | None
    failed: int

    @property
    def people_share(self) -> float:
        return self.people_warned / self.people if self.people else 0.0


@dataclass(frozen=True, slots=True)
class ReportedAlert:
    """One alert: the figures of its report, its forecast and the truth.

    ``ready_s``: from its end to the signed report. ``is_whole``: it lasted for a whole round.
    """

    figures: dict[str, Any]
    forecast: WarnedFigures
    truth: AlertTruth
    ready_s: float
    is_whole: bool


def reported_alerts(shapes: int, seed: int, loudspeakers: int) -> Iterator[ReportedAlert]:
    """Send alerts to drawn shapes, in provinces of their own for each few, and take their reports."""
    for first in range(0, shapes, SHAPES_A_PROVINCE):
        home = Path(tempfile.mkdtemp(prefix="loa-alert-report-"))
        try:
            province = _ReportedProvince(home, f"{seed}:{first}", loudspeakers)
            for number in range(first, min(shapes, first + SHAPES_A_PROVINCE)):
                yield province.alert(number)
            province.close()
        finally:
            shutil.rmtree(home, ignore_errors=True)


def full_report_s(devices: int, seed: int) -> float:
    """Make the report of an alert that sounded on this many loudspeakers; return how long that took."""
    dice = random.Random(seed)  # noqa: S311 - a simulation, no secret
    points = tuple(Point(disc.lat, disc.lon) for disc in drawn_hearing(dice, _MIDDLE, 20 * _SPREAD_M, devices))
    with tempfile.TemporaryDirectory(prefix="loa-alert-report-") as home:
        timeline = Timeline(round(START.timestamp() * 1000))
        context = VirtualServer(Settings(home=Path(home)), timeline, VirtualBroker(timeline), seed).context
        editors = VirtualEditors(context)
        editors.settle(Settlement(_COMMUNES, devices, points))
        order = send_alert(context, editors.approver, PROVINCE, lasts=timedelta(minutes=1))
        with context.uow() as unit:
            now, reaches = context.now(), unit[Orders].reaches(order.id)
            unit[Orders].report(replace(each, state=ReachState.DONE, started_at=now) for each in reaches)
            unit[Orders].end(order.id, context.now(), OrderEnd.EXPIRED)
            unit.commit()
        timeline.now_ms += 30_000
        began = process_time()
        reports = AlertReportJob(context)
        _make_reports(context, reports)
        reports.step()
        with context.uow.reading() as unit:
            (report,) = unit[ReportVersions].of(order.alert_id)
        assert report.ready_at is not None
        context.engine.dispose()
        return process_time() - began


def _make_reports(context: Context, job: AlertReportJob) -> None:
    """Sign the reports that were made, ask for those that are due, and make them as a worker does."""
    job.step()
    work = MakeAlertReport(context.engine, context.content, context.now)
    runner = Runner(context.uow, {JobKind.MAKE_ALERT_REPORT: work}, 20)
    for job_id in runner.due(only_urgent=False):
        runner.run(job_id)


class _ReportedProvince:
    def __init__(self, home: Path, seed: str, loudspeakers: int) -> None:
        self._dice = random.Random(seed)  # noqa: S311 - a simulation, no secret
        discs = drawn_hearing(self._dice, _MIDDLE, _SPREAD_M, loudspeakers)
        settlement = Settlement(1, loudspeakers, tuple(Point(disc.lat, disc.lon) for disc in discs))
        ids = [device_id for device_id, _ in settlement.ids()]
        self._discs = dict(zip(ids, discs, strict=True))
        self._people = {each: self._dice.randint(50, 400) for each in ids}
        self._province = VirtualProvince(settlement, home, self._dice.randrange(2**31))
        server = self._province.server
        self._context = context = server.context
        with context.uow() as unit:
            hearing = [DeviceHearing(each, self._discs[each].radius_m, self._people[each]) for each in ids]
            unit[HearingPlaces].set_devices(hearing)
            unit.commit()
        link = VirtualBrokerLink(self._province.broker)
        self._publisher = AlertPublisher(context, link, AlertMessages(context.keyring), lambda _: None)
        self._reports = AlertReportJob(context)
        self._made_s = 0.0
        server.start()
        server.health.start(PROVINCE)
        self._province.fleet.power_on()
        self._run(_SETTLING_MS)
        self._break_some()
        self._look()
        self._look_for_reports()
        self._run(_KNOWN_AFTER_MS)

    def alert(self, number: int) -> ReportedAlert:
        """Send an alert to a drawn shape, let it end, and compare its report."""
        dice, context = self._dice, self._context
        (middle,) = drawn_hearing(dice, _MIDDLE, _SPREAD_M / 2, 1)
        shape = drawn_audience(dice, (middle.lat, middle.lon), dice.uniform(1_000, _SPREAD_M), number)
        on = local_date(context.now())
        is_whole = dice.random() >= _ENDED_EARLY
        order = send_alert(
            context,
            self._province.editors.approver,
            PROVINCE,
            lasts=timedelta(seconds=dice.uniform(*(_LASTS_S if is_whole else _ENDED_EARLY_S))),
            shape=shape,
        )
        with context.uow.reading() as unit:
            tree = unit[Places].tree()
            forecast = forecast_of(unit.session, order.audience, tree, on).figures
        meant = [each for each, disc in self._discs.items() if lies_in(shape, disc.lat, disc.lon)]
        failing = [each for each in self._discs if self._is_on(each) and dice.random() < _SURPRISES]
        for each in failing:
            self._province.fleet.devices[each].power_off()
        report, ready_s = self._report(order)
        truth = self._truth(order, shape, meant, len({*failing} & {*meant}))
        for each in failing:
            self._province.fleet.devices[each].power_on()
        self._run(_AFTERWARDS_MS)
        figures = json.loads(context.content.read_bytes(report.json_sha256))["figures"]
        return ReportedAlert(figures, forecast, truth, ready_s, is_whole)

    def close(self) -> None:
        self._context.engine.dispose()

    def _truth(self, order: Order, shape: Audience, meant: list[DeviceId], failed: int) -> AlertTruth:
        """Read the truth from the cards: of every loudspeaker of the province, also of those outside the shape."""
        sounds = [each for each in self._province.fleet.truth.soundings if each.item.partition("#")[0] == order.id]
        warned = sorted({DeviceId(each.device) for each in sounds if each.is_whole and each.is_heard})
        area = counted(DrawnShape(shape, tuple(self._discs[each] for each in warned)), _SIDE)
        first = {each.device: each.started_at for each in reversed(sounds)}
        issued_ms = round(order.issued_at.timestamp() * 1000)
        delays = delays_of([at_ms - issued_ms for at_ms in first.values()])
        return AlertTruth(
            devices=len(meant),
            warned=len(warned),
            people=sum(self._people[each] for each in meant),
            people_warned=sum(self._people[each] for each in warned),
            share=area.share,
            overshoot=area.overshoot,
            last_ms=None if delays is None else delays.last,
            failed=failed,
        )

    def _report(self, order: Order) -> tuple[AlertReport, float]:
        """Let the alert end and its report come; return how long after the end it was there, with the time it took."""
        context = self._context
        self._made_s = 0.0
        for _ in range((_LASTS_S[1] + 2 * REPORT_WITHIN_S) * 1_000 // _REPORTS_LOOK_MS):
            self._run(_REPORTS_LOOK_MS)
            with context.uow.reading() as unit:
                found = [each for each in unit[ReportVersions].of(order.alert_id) if each.ready_at is not None]
                ended_at = unit[Orders].get(order.id).ended_at
            if found:
                assert ended_at is not None
                assert found[0].ready_at is not None
                return found[0], (found[0].ready_at - ended_at).total_seconds() + self._made_s
        raise TimeoutError(f"no report of {order.alert_id}")

    def _break_some(self) -> None:
        for device in self._province.fleet.devices.values():
            chance = self._dice.random()
            if chance < _KNOWN_AWAY:
                device.power_off()
            elif chance < _KNOWN_AWAY + _KNOWN_MUTE:
                device.physics.line.state = LineState.OPEN
                device.felt()

    def _is_on(self, device_id: DeviceId) -> bool:
        return self._province.fleet.devices[device_id].is_on

    def _look(self) -> None:
        self._publisher.send()
        self._publisher._waves.step()  # noqa: SLF001 - its own step counts real seconds
        expire_due(self._context, self._context.now())
        self._province.timeline.after(_LOOK_MS, self._look)

    def _look_for_reports(self) -> None:
        """Work as the scheduler and a worker do; what it takes is added to the virtual time."""
        began = process_time()
        _make_reports(self._context, self._reports)
        self._made_s += process_time() - began
        self._province.timeline.after(_REPORTS_LOOK_MS, self._look_for_reports)

    def _run(self, ms: float) -> None:
        timeline = self._province.timeline
        timeline.run_until(timeline.now_ms + round(ms))
