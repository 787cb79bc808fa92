"""Alerts over drawn shapes in a virtual province: their signed reports and forecasts beside the ground truth.

The server, its reports and the loudspeakers are the real ones. The truth is that of their cards and amplifiers, and of
points counted one by one. Some loudspeakers are known to be away or mute; after an approval some lose their power or
their link, or restart.
"""

from __future__ import annotations

import json
import random
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from functools import partial
from pathlib import Path
from time import process_time
from typing import Any, Final, TypeAlias

from bench.drawn_shapes import DrawnShape, counted, drawn_audience, drawn_hearing, lies_in
from bench.report_making import make_reports
from bench.virtual_fleet.device import VirtualDevice
from bench.virtual_province.alerts import send_alert
from bench.virtual_province.editors import PROVINCE, Settlement
from bench.virtual_province.province import VirtualProvince
from bench.virtual_province.server import VirtualBrokerLink
from broadcast.alerts.model import Audience
from broadcast.alerts.orders import Order
from broadcast.alerts.warned import WarnedFigures, delays_of
from broadcast.bulletins.model import Targets
from cms.alert_reports.jobs import AlertReportJob
from cms.alert_reports.model import AlertReport
from cms.alert_reports.queries.forecasts import forecast_of
from cms.alert_reports.repository import DeviceHearing, HearingPlaces, ReportVersions
from cms.alerts.messages.alerts import AlertMessages
from cms.alerts.messages.publisher import AlertPublisher
from cms.alerts.repository.orders import Orders
from cms.alerts.service.expiry import expire_due
from cms.areas.repository import Places
from devices.model import DeviceId
from firmware_sim.physics.amplifier import LineState
from province.areas import Point
from province.wall_clock import local_date

LOUDSPEAKERS: Final = 30
SHAPES_A_PROVINCE: Final = 50
REPORT_WITHIN_S: Final = 60
_MIDDLE: Final = (11.1, 108.1)
_SPREAD_M: Final = 6_000
_SIDE: Final = 400
_KNOWN_AWAY, _KNOWN_MUTE = 0.05, 0.05
_SETTLING_MS: Final = 180_000
_KNOWN_AFTER_MS: Final = 15 * 60_000
"""By then health knows the faults of before."""
_LOOK_MS, _CALM_LOOK_MS = 500, 5_000
"""Intervals of the publisher's look while an alert is in force, and otherwise."""
_REPORTS_LOOK_MS: Final = 5_000
"""Interval of the scheduler's look for reports."""
_LASTS_S: Final = (60, 90)
_ENDED_EARLY_S: Final = (5, 30)
_ENDED_EARLY: Final = 0.1
"""Share of the alerts that are called off, some before a round was whole."""
_AFTERWARDS_MS: Final = 240_000
"""Time in which loudspeakers come back, health knows it, and the last version of the report is made."""
_CALM_MS: Final = 30_000
_TROUBLE_WITHIN_MS: Final = 20_000


class _Trouble(StrEnum):
    """Trouble of a loudspeaker that nobody foresees: no power from the approval on, a restart, no link for a while."""

    POWER = "power"
    RESTART = "restart"
    LINK = "link"


_TROUBLES: Final = {_Trouble.POWER: 0.004, _Trouble.RESTART: 0.003, _Trouble.LINK: 0.003}


Figures: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class AlertTruth:
    """Ground truth of one alert.

    ``people``: near the loudspeakers in the shape. ``failed``: loudspeakers there that had trouble after the approval;
    ``late``: those without a link, whose reports come later.
    """

    devices: int
    warned: int
    people: int
    people_warned: int
    share: float
    overshoot: float
    last_ms: int | None
    failed: int
    late: int

    @property
    def people_share(self) -> float:
        return self.people_warned / self.people if self.people else 0.0


@dataclass(frozen=True, slots=True)
class ReportedAlert:
    """One alert: the figures of its report's first version and of its last, its forecast and the truth.

    ``ready_s``: from its end to the signed report. ``is_whole``: it lasted for a whole round.
    """

    figures: Figures
    last: Figures
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
        self._look_ms = _CALM_LOOK_MS
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
        is_whole = dice.random() >= _ENDED_EARLY
        with context.uow.reading() as unit:
            audience = replace(shape, targets=Targets((PROVINCE,)))
            on = local_date(context.now())
            forecast = forecast_of(unit.session, audience, unit[Places].tree(), on).figures
        order = send_alert(
            context,
            self._province.editors.approver,
            PROVINCE,
            lasts=timedelta(seconds=dice.uniform(*(_LASTS_S if is_whole else _ENDED_EARLY_S))),
            shape=shape,
        )
        self._look_ms = _LOOK_MS
        self._publisher.send()
        troubled = self._trouble_some()
        first, ready_s = self._report(order)
        self._look_ms = _CALM_LOOK_MS
        self._repair(troubled)
        self._run(_AFTERWARDS_MS if troubled else _CALM_MS)
        with context.uow.reading() as unit:
            last = next(each for each in unit[ReportVersions].of(order.alert_id) if each.ready_at is not None)
        truth = self._truth(order, shape, troubled)
        return ReportedAlert(self._figures(first), self._figures(last), forecast, truth, ready_s, is_whole)

    def close(self) -> None:
        self._context.engine.dispose()

    def _figures(self, report: AlertReport) -> Figures:
        found: Figures = json.loads(self._context.content.read_bytes(report.json_sha256))["figures"]
        return found

    def _truth(self, order: Order, shape: Audience, troubled: Mapping[DeviceId, _Trouble]) -> AlertTruth:
        """Read the truth from the cards: of every loudspeaker of the province, also of those outside the shape."""
        meant = {each for each, disc in self._discs.items() if lies_in(shape, disc.lat, disc.lon)}
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
            failed=len(meant & troubled.keys()),
            late=sum(troubled.get(each) is _Trouble.LINK for each in meant),
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

    def _trouble_some(self) -> dict[DeviceId, _Trouble]:
        found = {}
        for device_id in self._discs:
            device = self._province.fleet.devices[device_id]
            (trouble,) = self._dice.choices([*_TROUBLES, None], [*_TROUBLES.values(), 1 - sum(_TROUBLES.values())])
            after_ms = self._dice.uniform(0, _TROUBLE_WITHIN_MS)
            if trouble is None or not device.is_on:
                continue
            found[device_id] = trouble
            match trouble:
                case _Trouble.POWER:
                    device.power_off()
                case _Trouble.RESTART:
                    self._province.timeline.after(after_ms, partial(device.restart, "watchdog"))
                case _Trouble.LINK:
                    self._province.timeline.after(after_ms, partial(_hold, device, is_held=True))
        return found

    def _repair(self, troubled: Mapping[DeviceId, _Trouble]) -> None:
        for device_id, trouble in troubled.items():
            device = self._province.fleet.devices[device_id]
            if trouble is _Trouble.POWER:
                device.power_on()
            elif trouble is _Trouble.LINK:
                _hold(device, is_held=False)

    def _look(self) -> None:
        self._publisher.send()
        self._publisher._waves.step()  # noqa: SLF001 - its own step counts real seconds
        expire_due(self._context, self._context.now())
        self._province.timeline.after(self._look_ms, self._look)

    def _look_for_reports(self) -> None:
        """Work as the scheduler and a worker do; what it takes is added to the virtual time."""
        began = process_time()
        make_reports(self._context, self._reports)
        self._made_s += process_time() - began
        self._province.timeline.after(_REPORTS_LOOK_MS, self._look_for_reports)

    def _run(self, ms: float) -> None:
        timeline = self._province.timeline
        timeline.run_until(timeline.now_ms + round(ms))


def _hold(device: VirtualDevice, *, is_held: bool) -> None:
    device.network.is_held = is_held
    device.link.network_changed()
