"""Repository of notices to those on call: written with their cause, sent later, retried until one was accepted."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import and_, bindparam, func, select, update

from cms.fleet.tables import DeviceRow, in_service
from cms.health.tables import FaultRow, IncidentRow, NoticeFaultRow, NoticeRow
from cms.platform.store.insert_or_update import add_rows
from cms.platform.store.rows import among, change, columns_of, is_any
from cms.platform.store.uow import Repository
from devices.health.incidents import SERVER_WIDE
from devices.health.notices import IncidentStage
from province.areas import AreaId

ALERT_SUBJECT: Final = "alert:"
"""Prefix of the subject of a notice about an alert that waits for its second person."""
IN_DIGEST: Final = "IN_DIGEST"
"""Error of a notice that is not sent by itself: a digest of all waiting ones contains it."""

# Run every two seconds: built once.
_WRITTEN = (
    select(NoticeRow.address, NoticeRow.written_at)
    .where(
        NoticeRow.written_at > bindparam("since"),
        NoticeRow.subject_id.not_like(f"{ALERT_SUBJECT}%"),
        NoticeRow.error != IN_DIGEST,
    )
    .order_by(NoticeRow.written_at)
)
_LAST_DIGESTS = (
    select(NoticeRow.address, func.max(NoticeRow.written_at))
    .where(NoticeRow.subject_id == "")
    .group_by(NoticeRow.address)
)


@dataclass(frozen=True, slots=True)
class Notice:
    """Notice. ``subject_id``: the incident or alert it is about; empty: single faults.

    Neither sent nor dead: tried at ``due_at``.
    """

    id: str
    address: str
    subject_id: str
    stage: IncidentStage
    title: str
    text: str
    written_at: datetime
    due_at: datetime
    attempts: int = 0
    sent_at: datetime | None = None
    dead_at: datetime | None = None
    error: str = ""


class Notices(Repository):
    def write(self, notice: Notice, fault_ids: Iterable[str] = ()) -> None:
        """Insert the notice. ``fault_ids``: the single faults it names."""
        add_rows(self._session, NoticeRow, [columns_of(notice)])
        told = ({"fault_id": each, "address": notice.address, "notice_id": notice.id} for each in fault_ids)
        add_rows(self._session, NoticeFaultRow, told)

    def save(self, notice: Notice) -> None:
        change(self._session, update(NoticeRow).where(NoticeRow.id == notice.id).values(columns_of(notice)))

    def due(self, now: datetime, limit: int) -> Sequence[Notice]:
        """List the due notices, longest due first."""
        row = NoticeRow
        query = select(row).where(row.sent_at.is_(None), row.dead_at.is_(None), row.due_at <= now)
        return self._listed(Notice, query.order_by(row.due_at, row.id).limit(limit))

    def is_any_open(self) -> bool:
        """Return whether a notice is to be sent, now or later."""
        return is_any(self._session, and_(NoticeRow.sent_at.is_(None), NoticeRow.dead_at.is_(None)))

    def of(self, subjects: Collection[str]) -> Sequence[Notice]:
        """List the notices about these incidents, oldest first."""
        row = NoticeRow
        return self._listed(Notice, select(row).where(among(row.subject_id, subjects)).order_by(row.written_at, row.id))

    def all(self) -> Sequence[Notice]:
        """List every notice ever written, oldest first."""
        row = NoticeRow
        return self._listed(Notice, select(row).order_by(row.written_at, row.id))

    def written_since(self, at: datetime) -> Mapping[str, Sequence[datetime]]:
        """Return by address when notices about the fleet were written since then; alerts have a limit of their own."""
        found: dict[str, list[datetime]] = {}
        for address, written_at in self._session.execute(_WRITTEN, {"since": at}):
            found.setdefault(address, []).append(written_at)
        return found

    def last_digests(self) -> Mapping[str, datetime]:
        """Return by address when the last digest of single faults was written."""
        return {address: at for address, at in self._session.execute(_LAST_DIGESTS)}  # noqa: C416 rows have no type

    def told_of(self, fault_ids: Iterable[str]) -> frozenset[tuple[str, str]]:
        """Return the pairs of fault and address that were notified."""
        row = NoticeFaultRow
        found = self._session.execute(select(row.fault_id, row.address).where(among(row.fault_id, fault_ids)))
        return frozenset((fault_id, address) for fault_id, address in found)

    def areas_of(self, incidents: Collection[str]) -> Mapping[str, frozenset[AreaId]]:
        """Return the areas of devices that were ever in these incidents; all areas for a server-wide incident."""
        rows = self._session.execute(
            select(FaultRow.incident_id, DeviceRow.area_id)
            .join(DeviceRow, DeviceRow.id == FaultRow.device_id)
            .where(among(FaultRow.incident_id, incidents))
            .distinct()
        )
        found: dict[str, set[AreaId]] = {}
        for incident_id, area_id in rows:
            found.setdefault(incident_id, set()).add(area_id)
        deaf = self._session.scalars(
            select(IncidentRow.id).where(among(IncidentRow.id, incidents), IncidentRow.scope.in_(SERVER_WIDE))
        ).all()
        if deaf:
            everywhere = select(DeviceRow.area_id).where(in_service()).distinct()
            areas = set(self._session.scalars(everywhere))
            found |= {incident_id: areas for incident_id in deaf}  # noqa: C420 - not one that all of them change
        return {incident_id: frozenset(areas) for incident_id, areas in found.items()}
