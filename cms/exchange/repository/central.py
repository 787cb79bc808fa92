"""Repository of the link to the central source system: received bulletins, state of the link, outgoing reports."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Final

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import aliased

from broadcast.bulletins.model import BulletinId
from broadcast.exchange.central import ReportKind
from cms.exchange.tables import CentralBulletinRow, CentralDeviceRow, CentralLinkRow, CentralReportRow
from cms.platform.store.insert_or_update import insert_or
from cms.platform.store.rows import change, columns_of, value_of
from cms.platform.store.uow import Repository
from devices.model import DeviceId
from province.areas import AreaId, Point

_LINK: Final = "central"
_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


class CentralOutcome(StrEnum):
    """Outcomes of a central bulletin.

    DRAFTED: people submit and approve it · REDRAFTED: an untouched draft of ours got the new text.

    REPLACES: a draft beside the earlier bulletin, for people to decide · ASKS_WITHDRAWAL: people are asked to withdraw
    the bulletin made from it · AWAITS_SOUND: its sound file is being fetched, then it is drafted · OLD: a newer
    version came before · REFUSED: kept with its reason.
    """

    DRAFTED = "drafted"
    REDRAFTED = "redrafted"
    REPLACES = "replaces"
    ASKS_WITHDRAWAL = "asks_withdrawal"
    NOTHING_OF_IT = "nothing_of_it"
    AWAITS_SOUND = "awaits_sound"
    OLD = "old"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class CentralRecord:
    """Version of a central bulletin as it was received. ``reported_hash`` is over our last report of it.

    ``sound_due_at`` is when its sound file is next requested, while it is awaited.
    """

    id: str
    key_hash: str
    central_id: str
    central_version: int
    title: str
    outcome: CentralOutcome
    reason: str
    bulletin_id: BulletinId | None
    sha256: str
    received_at: datetime
    times_heard: int = 1
    reported_hash: str = ""
    sound_tries: int = 0
    sound_due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CentralLinkState:
    """State of the link.

    ``failing_since_at`` is None while it answers. ``played_until_at``: as-run records up to then are reported.
    """

    id: str = _LINK
    cursor: str = ""
    due_at: datetime = _NEVER
    answered_at: datetime | None = None
    failing_since_at: datetime | None = None
    failures: int = 0
    error: str = ""
    played_until_at: datetime = _NEVER
    figures_on: str = ""


@dataclass(frozen=True, slots=True)
class CentralReport:
    id: str
    kind: ReportKind
    body: str
    made_at: datetime
    attempts: int = 0
    sent_at: datetime | None = None
    dead_at: datetime | None = None
    error: str = ""


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
        row = self._session.scalar(select(CentralLinkRow).where(CentralLinkRow.id == _LINK))
        return CentralLinkState() if row is None else value_of(CentralLinkState, row)

    def save_link(self, link: CentralLinkState) -> None:
        statement = update(CentralLinkRow).where(CentralLinkRow.id == _LINK).values(columns_of(link))
        if not change(self._session, statement):
            self._session.execute(insert(CentralLinkRow), [columns_of(link)])

    def known(self, key: str) -> CentralRecord | None:
        row = self._session.scalar(select(CentralBulletinRow).where(CentralBulletinRow.key_hash == key))
        return None if row is None else _record(row)

    def put(self, record: CentralRecord) -> None:
        """Insert the record, or replace the one of the same id. Raises IntegrityError where its key is another's."""
        statement = update(CentralBulletinRow).where(CentralBulletinRow.id == record.id)
        if not change(self._session, statement.values(columns_of(record))):
            self._session.execute(insert(CentralBulletinRow), [columns_of(record)])

    def of_central(self, central_id: str) -> Sequence[CentralRecord]:
        """List a bulletin's versions that were not refused, newest version first."""
        row = CentralBulletinRow
        rows = self._session.scalars(
            select(row)
            .where(row.central_id == central_id, row.outcome != CentralOutcome.REFUSED)
            .order_by(row.central_version.desc())
        )
        return [_record(each) for each in rows]

    def recent(self, limit: int) -> Sequence[CentralRecord]:
        """List the latest records, newest first."""
        row = CentralBulletinRow
        rows = self._session.scalars(select(row).order_by(row.received_at.desc(), row.id.desc()).limit(limit))
        return [_record(each) for each in rows]

    def awaiting_sound(self, now: datetime, limit: int) -> Sequence[CentralRecord]:
        """List the records whose sound file is due to be requested, the longest due first."""
        row = CentralBulletinRow
        rows = self._session.scalars(
            select(row).where(row.sound_due_at <= now).order_by(row.sound_due_at, row.id).limit(limit)
        )
        return [_record(each) for each in rows]

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
        if not hashes:
            return
        word = insert_or(self._session, CentralDeviceRow)
        told = word.on_conflict_do_update(
            index_elements=["device_id"], set_={"reported_hash": word.excluded.reported_hash}
        )
        rows = [{"device_id": each, "reported_hash": mark} for each, mark in hashes.items()]
        self._session.connection().execute(told, rows)


def _record(row: CentralBulletinRow) -> CentralRecord:
    found = value_of(CentralRecord, row)
    # Stored as text, so that a new outcome needs no migration.
    return replace(found, outcome=CentralOutcome(found.outcome))
