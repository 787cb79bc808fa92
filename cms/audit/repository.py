"""Anchors: heads of the event log and of the as-run log, kept outside the database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cms.platform.store.chain import GENESIS
from cms.platform.store.tables import EventRow
from cms.schedule.tables import AsRunSealRow


@dataclass(frozen=True, slots=True)
class Head:
    """Head of a chain: the number of its lines, and the hash of the last."""

    count: int
    head: str


@dataclass(frozen=True, slots=True)
class Anchor:
    """Heads of both chains at one instant."""

    at: str
    events: Head
    as_run: Head

    def encoded(self) -> bytes:
        return msgspec.json.encode(asdict(self), order="deterministic")

    @classmethod
    def decoded(cls, payload: bytes) -> Anchor:
        """Decode an anchor. Raises msgspec.MsgspecError."""
        return msgspec.json.decode(payload, type=Anchor)


def anchor_of(session: Session, now: datetime) -> Anchor:
    """Read the present heads."""
    return Anchor(now.isoformat(), _head(session, EventRow), _head(session, AsRunSealRow))


def disagreeing(session: Session, anchors: Iterable[Anchor]) -> list[str]:
    """List the anchored heads that the chains no longer hold, each as a sentence; empty: all hold."""
    found = []
    for anchor in anchors:
        for name, row, head in (("events", EventRow, anchor.events), ("as-run seals", AsRunSealRow, anchor.as_run)):
            if head.count and session.scalar(select(row.hash).where(row.seq == head.count)) != head.head:
                found.append(f"{name}: line {head.count}, anchored at {anchor.at}, is gone or was written again")
    return found


def _head(session: Session, row: type[EventRow | AsRunSealRow]) -> Head:
    last = session.execute(select(row.seq, row.hash).order_by(row.seq.desc()).limit(1)).first()
    count = session.scalar(select(func.count()).select_from(row)) or 0
    return Head(0, GENESIS) if last is None else Head(max(count, last.seq), last.hash)
