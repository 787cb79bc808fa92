"""Repository of recordings sent in: counted by person and day, and settled once something uses them."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from typing import Any, Final, get_args, get_type_hints

from sqlalchemy import ColumnElement, Text, cast, delete, exists, func, insert, literal, select
from sqlalchemy.orm import Session, aliased

from cms.bulletins.tables.recordings import SentRecordingRow
from cms.platform.store.columns import Frozen
from cms.platform.store.rows import change
from cms.platform.store.uow import Repository
from cms.tables import Base
from province.people import UserId

NO_USE: Final = frozenset(
    {"sent_recordings", "events", "outbox", "idempotency_keys", "as_runs", "as_run_seals", "bulletin_sounds"}
)
"""Tables that mention hashes but play nothing: content on air is held by the tables of approvals."""


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

    def waiting_before(self, before_at: datetime, limit: int) -> Sequence[SentRecording]:
        """List waiting recordings, longest first, without files that were sent again since."""
        row, later = SentRecordingRow, aliased(SentRecordingRow)
        again = exists().where(later.is_waiting, later.sha256 == row.sha256, later.at >= before_at)
        query = select(row.id, row.sha256, row.bytes).where(row.is_waiting, row.at < before_at, ~again).order_by(row.at)
        return [SentRecording(*found) for found in self._session.execute(query.limit(limit))]

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


def is_used(session: Session, sha256: str) -> bool:
    """Return whether any row that something is played from names these bytes."""
    for column in hash_columns():
        named = column == sha256 if _is_hash(column) else cast(column, Text).contains(sha256)
        if session.scalar(select(literal(1)).select_from(column.table).where(named).limit(1)):
            return True
    return False


def hash_columns() -> Iterator[ColumnElement[Any]]:
    """Yield every column that names content by its hash, directly or within a frozen value."""
    for table in Base.metadata.sorted_tables:
        if table.name not in NO_USE:
            yield from (each for each in table.columns if _is_hash(each) or _holds_hashes(each.type))


def _is_hash(column: ColumnElement[Any]) -> bool:
    return str(column.key).endswith("sha256")


def _holds_hashes(kind: object) -> bool:
    return isinstance(kind, Frozen) and _names_hashes(kind.kind, frozenset())


def _names_hashes(kind: Any, seen: frozenset[Any]) -> bool:
    """Return whether a type may name a hash; a dictionary of anything may."""
    if kind in seen:
        return False
    seen |= {kind}
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        names = [field.name for field in fields(kind)]
        return any("sha256" in name or name == "made_from" for name in names) or any(
            _names_hashes(hints[name], seen) for name in names
        )
    return kind is object or any(_names_hashes(each, seen) for each in get_args(kind))
