"""Repository of the link to the central source system: received bulletins, state of the link, outgoing reports."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import aliased

from broadcast.exchange.central import ReportKind
from cms.exchange.model import CentralLinkState, CentralOutcome, CentralRecord, CentralReport
from cms.exchange.tables import CentralBulletinRow, CentralDeviceRow, CentralLinkRow, CentralReportRow
from cms.platform.store.insert_or_update import put_rows
from cms.platform.store.rows import change, columns_of
from cms.platform.store.uow import Repository
from devices.model import DeviceId
from province.areas import AreaId, Point


@dataclass(frozen=True, slots=True)
class KindState:
    """State of the reports of one kind: counts of sent, waiting and set-aside ones, last sending, latest error."""

    kind: ReportKind
    told: int = 0
    waiting: int = 0
    set_aside: int = 0
    reported_at: datetime | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class DeviceFigures:
    """Device as it is reported. ``playing`` is the title that it sounds now, since ``playing_since_at``."""

    device_id: DeviceId
    name: str
    area_id: AreaId
    volume_pct: int
    is_online: bool
    firmware: str
    point: Point | None
    is_in_service: bool = True
    playing: str = ""
    playing_since_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CentralState:
    """Progress of a central bulletin here. ``reason`` is why it does not air; counts are over all communes."""

    central_id: str
    central_version: int
    state: str
    reason: str = ""
    communes_placed: int = 0
    communes_declined: int = 0
    done: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class CentralAsRun:
    """As-run record of a central bulletin."""

    record_id: str
    device_id: DeviceId
    central_id: str
    title: str
    started_at: datetime | None
    result: str
    volume_pct: int


def key_hash(central_id: str, version: int, raw: bytes) -> str:
    """Hash id and version, or the bytes where either could not be read."""
    named = f"{central_id}\0{version}".encode() if central_id and version else raw
    return sha256(named).hexdigest()


class CentralRecords(Repository):
    def link(self) -> CentralLinkState:
        return self._found(CentralLinkState, select(CentralLinkRow)) or CentralLinkState()

    def save_link(self, link: CentralLinkState) -> None:
        put_rows(self._session, CentralLinkRow, [columns_of(link)])

    def known(self, key: str) -> CentralRecord | None:
        return self._found(CentralRecord, select(CentralBulletinRow).where(CentralBulletinRow.key_hash == key))

    def put(self, record: CentralRecord) -> None:
        """Insert the record, or replace the one of the same id. Raises IntegrityError where its key is another's."""
        put_rows(self._session, CentralBulletinRow, [columns_of(record)])

    def of_central(self, central_id: str) -> Sequence[CentralRecord]:
        """List a bulletin's versions that were not refused, newest version first."""
        row = CentralBulletinRow
        query = select(row).where(row.central_id == central_id, row.outcome != CentralOutcome.REFUSED)
        return self._listed(CentralRecord, query.order_by(row.central_version.desc()))

    def recent(self, limit: int) -> Sequence[CentralRecord]:
        """List the latest records, newest first."""
        row = CentralBulletinRow
        return self._listed(CentralRecord, select(row).order_by(row.received_at.desc(), row.id.desc()).limit(limit))

    def awaiting_sound(self, now: datetime, limit: int) -> Sequence[CentralRecord]:
        """List the records whose sound file is due to be requested, the longest due first."""
        row = CentralBulletinRow
        due = select(row).where(row.sound_due_at <= now).order_by(row.sound_due_at, row.id)
        return self._listed(CentralRecord, due.limit(limit))

    def queue(self, report: CentralReport) -> None:
        self._session.execute(insert(CentralReportRow), [columns_of(report)])

    def next_report(self) -> CentralReport | None:
        """Return the oldest report neither sent nor set aside: they go in order, so that no newer one is overtaken."""
        row = CentralReportRow
        is_open = (row.sent_at.is_(None), row.dead_at.is_(None))
        return self._found(CentralReport, select(row).where(*is_open).order_by(row.made_at, row.id).limit(1))

    def save_report(self, report: CentralReport) -> None:
        statement = update(CentralReportRow).where(CentralReportRow.id == report.id)
        change(self._session, statement.values(columns_of(report)))

    def forget_sent(self, before: datetime) -> None:
        """Delete reports sent before then, except the last of each kind; the event log keeps the decisions."""
        row, other = CentralReportRow, aliased(CentralReportRow)
        last = select(func.max(other.sent_at)).where(other.kind == row.kind).scalar_subquery()
        change(self._session, delete(row).where(row.sent_at < before, row.sent_at < last))

    def kinds(self) -> Sequence[KindState]:
        """List the state of every kind, in their order."""
        row = CentralReportRow
        counted = self._session.execute(
            select(
                row.kind, func.count(row.sent_at), func.count(row.dead_at), func.count(), func.max(row.sent_at)
            ).group_by(row.kind)
        )
        found = {kind: (told, every - told - dead, dead, at) for kind, told, dead, every, at in counted}
        # The newest error counts: of a report set aside, or tried and still waiting.
        failed = self._session.execute(
            select(row.kind, row.error).where(row.sent_at.is_(None), row.error != "").order_by(row.made_at, row.id)
        )
        errors = {row.kind: row.error for row in failed}
        return [KindState(kind, *found.get(kind, (0, 0, 0, None)), errors.get(kind, "")) for kind in ReportKind]

    def told_devices(self) -> dict[DeviceId, str]:
        """Return the hash over each device's last report."""
        rows = self._session.execute(select(CentralDeviceRow.device_id, CentralDeviceRow.reported_hash))
        return {row.device_id: row.reported_hash for row in rows}

    def mark_devices(self, hashes: Mapping[DeviceId, str]) -> None:
        """Store the hashes of reported devices."""
        rows = [{"device_id": each, "reported_hash": mark} for each, mark in hashes.items()]
        put_rows(self._session, CentralDeviceRow, rows)
