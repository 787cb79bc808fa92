"""Link to the central source system: bulletins down; devices, states, playback results and statistics up.

Each step exchanges a bounded amount. Every report is a row first, kept until it is sent, in order, whatever happens to
the link or to this server; a report may be sent twice, with the same id.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

from broadcast.exchange.central import ReportKind
from cms.exchange.model import CentralLinkState, CentralReport
from cms.exchange.queries.central import device_figures, figures_between, played_between, state_of
from cms.exchange.repository.central import CentralRecords
from cms.exchange.service import central_wire as wire
from cms.exchange.service.central_bulletins import Taking
from cms.exchange.service.central_client import CentralSystem, SoundFetching
from cms.exchange.service.central_emergencies import CENTRAL, Emergencies
from cms.exchange.service.errors import ExchangeError
from cms.exchange.service.webhooks import pause_after
from cms.platform.store.engine import reading
from cms.platform.store.uow import UnitOfWork, UowFactory
from cms.reports.repository.reports import bounds_of
from media.ports import ContentStore, Voices
from province.events import Event
from province.wall_clock import local_date

log = logging.getLogger(__name__)

STATES_OF: Final = 200
"""Number of their newest bulletins whose states are compared; a report has the changed ones."""
DEVICES_A_REPORT: Final = 500
PLAYED_A_REPORT: Final = 500
REPORTS_A_STEP: Final = 50
SETTLED: Final = timedelta(seconds=5)
"""A record's time of receipt is the begin of its transaction; by then it has ended."""
KEPT: Final = timedelta(days=7)
TRIES: Final = 12
_REFUSALS: Final = ("FETCH_FAILED HTTP_400", "FETCH_FAILED HTTP_413", "FETCH_FAILED HTTP_422")
_DAY: Final = timedelta(days=1)
_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class CentralLink:
    """Link to the central system. ``step`` pulls, collects and reports what is due. One process at a time.

    ``is_proved``: it is encrypted, so that it is the central system who speaks.
    """

    uow: UowFactory
    content: ContentStore
    voices: Voices
    system: CentralSystem
    now: Callable[[], datetime]
    new_id: Callable[[], str]
    poll: timedelta = timedelta(seconds=30)
    sound_max_bytes: int = 50 * 1024 * 1024
    is_proved: bool = False

    def step(self, is_stopping: Callable[[], bool] = lambda: False) -> int:
        """Pull and report; return how many items. An error is stored, and everything is retried at the next due time.

        Reports are collected only while the other side answers: during an outage nothing piles up, and afterwards it
        gets the present state.
        """
        with reading(self.uow.engine) as session:
            link = CentralRecords(session).link()
        if link.due_at > self.now():
            return 0
        try:
            taking = self._taking(link.answered_at or _NEVER)
            taken, is_more = self._pull(link.cursor, taking)
            taken += SoundFetching(taking, self.system, self.sound_max_bytes, is_stopping).step()
            self._collect()
            told = self._tell()
        except ExchangeError as error:
            self._failed(error)
            return 0
        self._well(self.now() if is_more or told == REPORTS_A_STEP else self.now() + self.poll)
        return taken + told

    def _pull(self, cursor: str, taking: Taking) -> tuple[int, bool]:
        page = self.system.bulletins_after(cursor)
        for sent in page.items:
            taking.take(sent)
        # Only now: after a crash the same page is requested again, and no item is processed twice.
        with (unit := self.uow()):
            unit[CentralRecords].save_link(replace(unit[CentralRecords].link(), cursor=page.cursor))
            unit.commit()
        return len(page.items), bool(page.items) and page.cursor != cursor

    def _taking(self, contact_at: datetime) -> Taking:
        emergencies = Emergencies(self.uow, self.voices, self.now, self.new_id, self.is_proved, contact_at)
        return Taking(self.uow, self.content, self.now, self.new_id, emergencies)

    def _collect(self) -> None:
        """Queue the changes since the last report, and mark them as reported, in one transaction."""
        now = self.now()
        with (unit := self.uow()):
            link = unit[CentralRecords].link()
            after = self._played(unit, self._statistics(unit, link, now), now)
            self._devices(unit, now)
            self._states(unit, now)
            if after != link:
                unit[CentralRecords].save_link(after)
            unit[CentralRecords].forget_sent(now - KEPT)
            unit.commit()

    def _tell(self) -> int:
        """Send the reports in order. One that the other side rejects again and again is set aside, with an event."""
        told = 0
        while told < REPORTS_A_STEP:
            with reading(self.uow.engine) as session:
                report = CentralRecords(session).next_report()
            if report is None:
                break
            tried = replace(report, attempts=report.attempts + 1)
            try:
                self.system.report(report.id, report.kind, report.body.encode())
            except ExchangeError as error:
                is_hopeless = str(error).startswith(_REFUSALS) and tried.attempts >= TRIES
                self._save(replace(tried, error=str(error), dead_at=self.now() if is_hopeless else None))
                raise
            self._save(replace(tried, error="", sent_at=self.now()))
            told += 1
        return told

    def _states(self, unit: UnitOfWork, now: datetime) -> None:
        store, changed = unit[CentralRecords], []
        for record in store.recent(STATES_OF):
            if not record.central_id:
                continue
            state = state_of(unit.session, record)
            mark = _hash(wire.bulletins_body([state]))
            if mark != record.reported_hash:
                changed.append(state)
                store.put(replace(record, reported_hash=mark))
        if changed:
            self._queue(unit, ReportKind.BULLETINS, wire.bulletins_body(changed), now)

    def _devices(self, unit: UnitOfWork, now: datetime) -> None:
        """Queue the devices with a change since they were last reported."""
        store = unit[CentralRecords]
        rows = {each.device_id: wire.device_row(each) for each in device_figures(unit.session, now)}
        marks, told = {name: wire.mark_of(row) for name, row in rows.items()}, store.told_devices()
        changed = {name: mark for name, mark in marks.items() if told.get(name) != mark}
        new = [rows[name] for name in changed]
        for at in range(0, len(new), DEVICES_A_REPORT):
            self._queue(unit, ReportKind.DEVICES, wire.devices_body(new[at : at + DEVICES_A_REPORT]), now)
        store.mark_devices(changed)

    def _played(self, unit: UnitOfWork, link: CentralLinkState, now: datetime) -> CentralLinkState:
        until_at = now - SETTLED
        found = played_between(unit.session, link.played_until_at, until_at, PLAYED_A_REPORT)
        if not found:
            return link
        self._queue(unit, ReportKind.PLAYED, wire.played_body([each for _, each in found]), now)
        return replace(link, played_until_at=found[-1][0])

    def _statistics(self, unit: UnitOfWork, link: CentralLinkState, now: datetime) -> CentralLinkState:
        """Queue the statistics of the day before, once a local day."""
        yesterday = local_date(now) - _DAY
        on = yesterday.isoformat()
        if on == link.figures_on:
            return link
        figures = figures_between(unit.session, *bounds_of(yesterday))
        self._queue(unit, ReportKind.STATISTICS, wire.statistics_body(on, figures), now)
        return replace(link, figures_on=on)

    def _queue(self, unit: UnitOfWork, kind: ReportKind, body: bytes, now: datetime) -> None:
        unit[CentralRecords].queue(CentralReport(self.new_id(), kind, body.decode(), now))

    def _save(self, report: CentralReport) -> None:
        with (unit := self.uow()):
            unit[CentralRecords].save_report(report)
            if report.dead_at is not None:
                unit.record(_event("abandoned", report.dead_at, report=report.id, error=report.error))
            unit.commit()

    def _well(self, due_at: datetime) -> None:
        with (unit := self.uow()):
            link = unit[CentralRecords].link()
            if link.failing_since_at is not None:
                unit.record(_event("recovered", self.now(), failures=link.failures))
            well = replace(link, failing_since_at=None, failures=0, error="", answered_at=self.now(), due_at=due_at)
            unit[CentralRecords].save_link(well)
            unit.commit()

    def _failed(self, error: ExchangeError) -> None:
        now = self.now()
        with (unit := self.uow()):
            link = unit[CentralRecords].link()
            if link.failing_since_at is None:
                unit.record(_event("failing", now, error=str(error)))
            failures = link.failures + 1
            bad = replace(link, failures=failures, error=str(error), due_at=now + pause_after(failures))
            unit[CentralRecords].save_link(replace(bad, failing_since_at=link.failing_since_at or now))
            unit.commit()


def _hash(body: bytes) -> str:
    return sha256(body).hexdigest()


def _event(name: str, at: datetime, **detail: object) -> Event:
    return Event.of(CENTRAL, f"central_link.{name}", "central", at, **detail)
