"""The link to the central source system: what came, how the link is, and what is on its way up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Final

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from broadcast.model.bulletins import BulletinId
from broadcast.model.central import ReportKind
from cms.store.rows import change, columns_of, value_of
from cms.store.tables import CentralBulletinRow, CentralLinkRow, CentralReportRow
from devices.areas import AreaId, Point
from devices.model import DeviceId

_LINK: Final = "central"
_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


class CentralOutcome(StrEnum):
    """DRAFTED: people submit and approve it · REDRAFTED: an untouched draft of ours says the new words.

    REPLACES: a draft beside what was taken before, for people to decide · ASKS_WITHDRAWAL: people are asked to withdraw
    what was made of it · OLD: a newer version came before · REFUSED: kept with its reason.
    """

    DRAFTED = "drafted"
    REDRAFTED = "redrafted"
    REPLACES = "replaces"
    ASKS_WITHDRAWAL = "asks_withdrawal"
    NOTHING_OF_IT = "nothing_of_it"
    OLD = "old"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class CentralRecord:
    """One version of one bulletin as it came. ``told_hash`` is over what was last reported of it."""

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
    told_hash: str = ""


@dataclass(frozen=True, slots=True)
class CentralLinkState:
    """``failing_since_at`` is None while it answers. ``played_until_at``: as-run records up to then are reported."""

    id: str = _LINK
    cursor: str = ""
    due_at: datetime = _NEVER
    answered_at: datetime | None = None
    failing_since_at: datetime | None = None
    failures: int = 0
    error: str = ""
    played_until_at: datetime = _NEVER
    devices_hash: str = ""
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
class DeviceFigures:
    """A device as it is told upwards."""

    device_id: DeviceId
    name: str
    area_id: AreaId
    volume_pct: int
    is_online: bool
    firmware: str
    point: Point | None


@dataclass(frozen=True, slots=True)
class CentralState:
    """How far one of theirs has come with us. ``reason`` is why it does not air; counts are over all communes."""

    central_id: str
    central_version: int
    state: str
    reason: str = ""
    communes_placed: int = 0
    communes_declined: int = 0
    done: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Played:
    """One sounding of one of theirs."""

    record_id: str
    device_id: DeviceId
    central_id: str
    title: str
    started_at: datetime | None
    result: str
    volume_pct: int


def key_hash(central_id: str, version: int, raw: bytes) -> str:
    """By id and version; by the bytes where either could not be read."""
    named = f"{central_id}\0{version}".encode() if central_id and version else raw
    return sha256(named).hexdigest()


class SqlCentral:
    def __init__(self, session: Session) -> None:
        self._session = session

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

    def add(self, record: CentralRecord) -> None:
        """Raises IntegrityError where its key is known."""
        self._session.execute(insert(CentralBulletinRow), [columns_of(record)])

    def save(self, record: CentralRecord) -> None:
        statement = update(CentralBulletinRow).where(CentralBulletinRow.id == record.id)
        change(self._session, statement.values(columns_of(record)))

    def of_central(self, central_id: str) -> Sequence[CentralRecord]:
        """Its versions that were not refused, newest version first."""
        row = CentralBulletinRow
        rows = self._session.scalars(
            select(row)
            .where(row.central_id == central_id, row.outcome != CentralOutcome.REFUSED)
            .order_by(row.central_version.desc())
        )
        return [_record(each) for each in rows]

    def recent(self, limit: int) -> Sequence[CentralRecord]:
        """Newest first."""
        row = CentralBulletinRow
        rows = self._session.scalars(select(row).order_by(row.received_at.desc(), row.id.desc()).limit(limit))
        return [_record(each) for each in rows]

    def queue(self, report: CentralReport) -> None:
        self._session.execute(insert(CentralReportRow), [columns_of(report)])

    def next_report(self) -> CentralReport | None:
        """The oldest that is neither told nor set aside: they go in order, so that no newer state is overtaken."""
        row = CentralReportRow
        is_open = (row.sent_at.is_(None), row.dead_at.is_(None))
        found = self._session.scalar(select(row).where(*is_open).order_by(row.made_at, row.id).limit(1))
        return None if found is None else value_of(CentralReport, found)

    def save_report(self, report: CentralReport) -> None:
        statement = update(CentralReportRow).where(CentralReportRow.id == report.id)
        change(self._session, statement.values(columns_of(report)))

    def forget_sent(self, before: datetime) -> None:
        """What was told long ago; the event log keeps what was decided."""
        change(self._session, delete(CentralReportRow).where(CentralReportRow.sent_at < before))

    def counts(self) -> tuple[int, int, int]:
        """How many reports were told, wait, and were set aside."""
        row = CentralReportRow
        told, dead, all_of_them = self._session.execute(
            select(func.count(row.sent_at), func.count(row.dead_at), func.count())
        ).one()
        return told, all_of_them - told - dead, dead


def _record(row: CentralBulletinRow) -> CentralRecord:
    found = value_of(CentralRecord, row)
    # Stored as text, so that a new outcome needs no migration.
    return replace(found, outcome=CentralOutcome(found.outcome))
