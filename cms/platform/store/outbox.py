"""Outbox: messages for the gateway, written with the change, read in order per subject, kept until marked sent."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import Select, delete, exists, func, insert, select, update
from sqlalchemy.orm import Session

from cms.platform.store.kinds import OutboxKind
from cms.platform.store.rows import among, change
from cms.platform.store.tables import OutboxRow

# These kinds mean "bring it up to date": the newest replaces all before it. A CANCEL or RECEIPT has its own payload.
LATEST_WINS = frozenset({OutboxKind.PLAN, OutboxKind.MANIFEST, OutboxKind.DESIRED})
BACK_OFF_MAX_S = 60


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """Message to send; ``ids`` are all rows it settles and ``payloads`` theirs, oldest first.

    ``payload`` is the last. ``attempts`` counts earlier failures.
    """

    ids: tuple[int, ...]
    kind: OutboxKind
    subject_id: str
    payload: dict[str, object]
    payloads: tuple[dict[str, object], ...]
    created_at: datetime
    attempts: int


class Outbox:
    """Outbox as one unit of work fills it, and the gateway's reading side.

    New rows are held back until ``flush``, which the unit of work calls under its commit lock: so row order is commit
    order, and no row appears before one already taken.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._new: list[tuple[OutboxKind, str, dict[str, object]]] = []

    @property
    def pending(self) -> bool:
        return bool(self._new)

    def add(self, kind: OutboxKind, subject_id: str, payload: dict[str, object] | None = None) -> None:
        """Add a row, due from the commit until it is marked sent: at least once, in order per subject."""
        self._new.append((kind, subject_id, payload or {}))

    def flush(self, at: datetime) -> None:
        fresh = {"created_at": at, "due_at": at, "attempts": 0, "error": ""}
        rows = [{"kind": kind, "subject_id": about, "payload": payload, **fresh} for kind, about, payload in self._new]
        self._new = []
        if rows:
            # Past the ORM: a province that answers has a receipt for each device.
            self._session.connection().execute(insert(OutboxRow), rows)

    def take(
        self, now: datetime, limit: int = 200, kinds: Collection[OutboxKind] = tuple(OutboxKind)
    ) -> Sequence[OutboxMessage]:
        """Return due messages of at most ``limit`` rows, oldest first; a subject waiting after a failure waits whole.

        Nothing is locked or marked: one gateway runs, and sending twice is harmless. An empty outbox
        is found in a third of the time.
        """
        if not self.is_waiting(frozenset(kinds)):
            return []
        waiting = select(OutboxRow.subject_id).where(OutboxRow.sent_at.is_(None), OutboxRow.due_at > now)
        rows = self._session.scalars(
            select(OutboxRow)
            .where(OutboxRow.sent_at.is_(None), OutboxRow.kind.in_(kinds), OutboxRow.subject_id.not_in(waiting))
            .order_by(OutboxRow.id)
            .limit(limit)
        ).all()
        merged: dict[object, list[OutboxRow]] = {}
        for row in rows:
            key = (row.kind, row.subject_id) if row.kind in LATEST_WINS else row.id
            merged.setdefault(key, []).append(row)
        groups = sorted(merged.values(), key=lambda group: group[-1].id)
        return [_message(group) for group in groups]

    def is_waiting(self, kinds: frozenset[OutboxKind]) -> bool:
        """Return whether any row of these kinds is not sent yet, due or not."""
        return bool(self._session.connection().scalar(_is_waiting(kinds)))

    def mark_sent(self, ids: Iterable[int], at: datetime) -> None:
        change(self._session, update(OutboxRow).where(among(OutboxRow.id, ids)).values(sent_at=at, error=""))

    def defer(self, ids: Iterable[int], error: str, now: datetime) -> None:
        """Retry these rows later: after 1 s, 2 s, 4 s … at most a minute."""
        for row in self._session.scalars(select(OutboxRow).where(among(OutboxRow.id, ids))):
            row.attempts += 1
            row.error = error[:2000]
            row.due_at = now + timedelta(seconds=min(2 ** (row.attempts - 1), BACK_OFF_MAX_S))
        self._session.flush()

    def cancels_since(self, at: datetime, areas: Collection[str]) -> Sequence[OutboxMessage]:
        """List every CANCEL for these areas decided since then and sent: for a device that may have missed it."""
        row = OutboxRow
        is_sent = (row.created_at > at, row.sent_at.is_not(None))
        query = select(row).where(row.kind == OutboxKind.CANCEL, row.subject_id.in_(areas), *is_sent)
        return [_message([each]) for each in self._session.scalars(query.order_by(row.id))]

    def newest_unsent(self, kind: OutboxKind, subject_id: str) -> int | None:
        """Return the id of the newest row that waits: another one as soon as this is asked for again, or done."""
        row = OutboxRow
        waits = (row.sent_at.is_(None), row.kind == kind, row.subject_id == subject_id)
        return self._session.scalar(select(func.max(row.id)).where(*waits))

    def unsent(self) -> int:
        return self._session.scalar(select(func.count()).where(OutboxRow.sent_at.is_(None))) or 0

    def forget(self, before_at: datetime) -> None:
        """Delete rows sent before then: the event log keeps the decisions, this table only the work."""
        change(self._session, delete(OutboxRow).where(OutboxRow.sent_at < before_at))


@cache
def _is_waiting(kinds: frozenset[OutboxKind]) -> Select[bool]:
    return select(exists().where(OutboxRow.sent_at.is_(None), OutboxRow.kind.in_(sorted(kinds))))


def _message(group: Sequence[OutboxRow]) -> OutboxMessage:
    last = group[-1]
    return OutboxMessage(
        ids=tuple(row.id for row in group),
        kind=last.kind,
        subject_id=last.subject_id,
        payload=last.payload,
        payloads=tuple(row.payload for row in group),
        created_at=group[0].created_at,
        attempts=max(row.attempts for row in group),
    )
