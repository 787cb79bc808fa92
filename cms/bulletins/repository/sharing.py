"""Repositories of what areas keep: templates and shares, chimes, and recordings that were sent."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, exists, func, insert, select
from sqlalchemy.orm import aliased

from broadcast.bulletins.framing import Chime, ChimeId, ChimePlace
from broadcast.bulletins.sharing import BulletinTemplate, Share, ShareId, ShareKind, TemplateId
from cms.bulletins.tables.sharing import ChimeRow, SentRecordingRow, ShareRow, TemplateRow
from cms.platform.store.insert_or_update import put_rows
from cms.platform.store.records import KeyedRepository
from cms.platform.store.rows import among, change, columns_of, values_of
from cms.platform.store.uow import Repository
from province.areas import AreaId
from province.people import UserId


class Templates(KeyedRepository[TemplateId, BulletinTemplate], row=TemplateRow, noun="template"):
    """Templates of bulletins."""

    def in_areas(self, area_ids: Iterable[AreaId]) -> Sequence[BulletinTemplate]:
        """Return the templates of these very areas, by name."""
        return _by_name(values_of(self._session, BulletinTemplate, TemplateRow, among(TemplateRow.area_id, area_ids)))

    def named(self, template_ids: Iterable[TemplateId]) -> Sequence[BulletinTemplate]:
        """Return the templates of these ids that exist, by name."""
        return _by_name(values_of(self._session, BulletinTemplate, TemplateRow, among(TemplateRow.id, template_ids)))

    def put(self, template: BulletinTemplate) -> None:
        """Replace the template of the same id, or add a new one."""
        put_rows(self._session, TemplateRow, [columns_of(template)])


class Shares(KeyedRepository[ShareId, Share], row=ShareRow, noun="share"):
    """Shares: once for each kind, subject and area."""

    def with_areas(self, area_ids: Iterable[AreaId], kind: ShareKind) -> Sequence[Share]:
        """Return the shares with these very areas, the oldest first."""
        return self._of_kind(kind, among(ShareRow.area_id, area_ids))

    def of(self, kind: ShareKind, *subject_ids: str) -> Sequence[Share]:
        """Return the shares of these subjects, the oldest first."""
        return self._of_kind(kind, among(ShareRow.subject_id, subject_ids))

    def _of_kind(self, kind: ShareKind, where: ColumnElement[bool]) -> Sequence[Share]:
        found = values_of(self._session, Share, ShareRow, ShareRow.kind == kind, where)
        return sorted(found, key=lambda each: (each.shared_at, each.id))


def _by_name(templates: Iterable[BulletinTemplate]) -> Sequence[BulletinTemplate]:
    """Sort here, as databases differ in where they put Vietnamese letters."""
    return sorted(templates, key=lambda each: (each.name.casefold(), each.id))


class Chimes(KeyedRepository[ChimeId, Chime], row=ChimeRow, noun="chime"):
    """Opening and closing sounds: one for each area and place."""

    def of_area(self, area_id: AreaId, place: ChimePlace) -> Chime | None:
        """Return the chime of this very area."""
        return self._first(ChimeRow.area_id == area_id, ChimeRow.place == place)

    def all(self) -> Sequence[Chime]:
        """Return the chimes of these very areas, by area and place."""
        # Sorted here: databases differ in how they order dashes.
        return sorted(self._list(), key=lambda each: (each.area_id, each.place))


@dataclass(frozen=True, slots=True)
class SentRecording:
    """Recording that waits to be used."""

    id: int
    sha256: str
    bytes: int


class SentRecordings(Repository):
    """Repository of the rows of ``sent_recordings``."""

    def add(self, owner_id: UserId, sha256: str, size: int, at: datetime, *, is_new: bool) -> None:
        """Insert a recording. ``is_new``: the store did not hold it. A file that waits, waits for this sender too."""
        is_waiting = is_new or bool(sha256 and self._waits(sha256))
        row = {"owner_id": owner_id, "sha256": sha256, "bytes": size, "at": at, "is_waiting": is_waiting}
        self._session.execute(insert(SentRecordingRow), [row])

    def sent_since(self, owner_id: UserId, since_at: datetime) -> tuple[int, int]:
        """Return the number and bytes of files that a person sent since then."""
        mine = (SentRecordingRow.owner_id == owner_id, SentRecordingRow.at >= since_at)
        count, size = self._session.execute(select(func.count(), func.sum(SentRecordingRow.bytes)).where(*mine)).one()
        return count, size or 0

    def waiting_bytes(self) -> int:
        """Return the bytes of all files that nothing uses yet."""
        return self._session.scalar(select(func.sum(SentRecordingRow.bytes)).where(SentRecordingRow.is_waiting)) or 0

    def waiting_before(self, before_at: datetime) -> Sequence[SentRecording]:
        """List waiting recordings, without files that were sent again since."""
        row, later = SentRecordingRow, aliased(SentRecordingRow)
        again = exists().where(later.is_waiting, later.sha256 == row.sha256, later.at >= before_at)
        query = select(row.id, row.sha256, row.bytes).where(row.is_waiting, row.at < before_at, ~again)
        return [SentRecording(*found) for found in self._session.execute(query)]

    def _waits(self, sha256: str) -> bool:
        row = SentRecordingRow
        return self._session.scalar(select(row.id).where(row.is_waiting, row.sha256 == sha256).limit(1)) is not None

    def settle(self, ids: Collection[int]) -> None:
        """Mark these as no longer waiting: they are used, or gone."""
        if ids:
            change(self._session, delete(SentRecordingRow).where(SentRecordingRow.id.in_(ids)))

    def prune(self, before_at: datetime) -> None:
        """Delete rows of past days that no longer wait."""
        old = (SentRecordingRow.at < before_at, SentRecordingRow.is_waiting.is_(False))
        change(self._session, delete(SentRecordingRow).where(*old))
