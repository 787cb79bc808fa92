"""Heads of the event log and of the as-run log, their comparison with anchors, and checks of the event log."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from cms.audit.model import Anchor, AuditCheck, Head, LostAnchor
from cms.audit.tables import AuditCheckRow
from cms.platform.store.chain import GENESIS
from cms.platform.store.records import KeyedRepository
from cms.platform.store.tables import EventRow
from cms.schedule.tables import AsRunSealRow

AT_ONCE: Final = 500


class AuditChecks(KeyedRepository[str, AuditCheck], row=AuditCheckRow, noun="audit_check"):
    def latest(self, *, is_finished: bool | None = None) -> AuditCheck | None:
        """Return the check that was asked for last, of those that are finished, or are not, if that is given."""
        row = AuditCheckRow
        where = {None: [], True: [row.finished_at.is_not(None)], False: [row.finished_at.is_(None)]}[is_finished]
        found = self._list(*where, order=(row.asked_at.desc(), row.id.desc()), limit=1)
        return found[0] if found else None


def anchor_of(session: Session, now: datetime) -> Anchor:
    """Read the present heads."""
    return Anchor(now.isoformat(), _head(session, EventRow), _head(session, AsRunSealRow))


def lost_anchors(session: Session, anchors: Sequence[Anchor]) -> list[LostAnchor]:
    """List the anchored lines that the logs no longer hold; empty: all hold."""
    found = []
    for log, row in (("events", EventRow), ("as_run", AsRunSealRow)):
        heads = [(each.events if row is EventRow else each.as_run, each.at) for each in anchors]
        heads = [each for each in heads if each[0].count]
        for start in range(0, len(heads), AT_ONCE):
            some = heads[start : start + AT_ONCE]
            seqs = sorted({head.count for head, _at in some})
            rows = session.execute(select(row.seq, row.hash).where(row.seq.in_(seqs)))
            kept = {each.seq: each.hash for each in rows}
            found += [
                LostAnchor(log, head.count, at, head.count not in kept)
                for head, at in some
                if kept.get(head.count) != head.head
            ]
    return found


def _head(session: Session, row: type[EventRow | AsRunSealRow]) -> Head:
    last = session.execute(select(row.seq, row.hash).order_by(row.seq.desc()).limit(1)).first()
    return Head(0, GENESIS) if last is None else Head(last.seq, last.hash)
