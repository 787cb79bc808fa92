"""Acts of a training world's people, and the bulletins that they wrote for the time of the exercise."""

from collections.abc import Collection, Sequence
from datetime import time

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from cms.bulletins.tables.bulletins import BulletinRow
from cms.platform.store.rows import among
from cms.platform.store.tables import EventRow
from cms.training.model import PracticeAct
from province.people import UserId

ACTS_MOST = 20_000
"""Acts that are read: a training world of a district's people in a month has some thousands."""


def acts_of(session: Session, names: Collection[str], user_id: UserId | None = None) -> Sequence[PracticeAct]:
    """List the acts of these names, oldest first; of one person, if one is named."""
    row = EventRow
    query = select(row.by, row.name, row.subject_id, row.at, row.detail).where(row.name.in_(names))
    if user_id is not None:
        query = query.where(row.by == user_id)
    rows = session.execute(query.order_by(row.seq).limit(ACTS_MOST))
    return [
        PracticeAct(UserId(by), name, subject_id, at, msgspec.json.decode(detail, type=dict[str, object]))
        for by, name, subject_id, at, detail in rows
    ]


def bulletins_at(session: Session, bulletin_ids: Collection[str], at: time) -> frozenset[str]:
    """Return those of the bulletins that air at this time, by themselves or in a session that begins then."""
    query = select(BulletinRow.id, BulletinRow.schedules).where(among(BulletinRow.id, bulletin_ids))
    rows = session.execute(query) if bulletin_ids else ()
    return frozenset(found for found, schedules in rows if any(each.starts.time() == at for each in schedules))
