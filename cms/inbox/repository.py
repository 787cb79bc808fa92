"""Repository of communes' inboxes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Self

from sqlalchemy import and_, insert, or_, select, update
from sqlalchemy.orm import Session

from broadcast.bulletins.model import BulletinId
from broadcast.inbox.model import HandedDown, HandedDownId, HandedDownState, InboxRules
from cms.areas.repository import Places
from cms.inbox.tables import HandedDownRow, InboxRulesRow
from cms.platform.store.records import VersionedRepository
from cms.platform.store.rows import change
from cms.platform.store.uow import UnitOfWork
from province.areas import AreaId

_WAITING = (HandedDownState.OFFERED, HandedDownState.COLLIDING)


class HandedDowns(
    VersionedRepository[HandedDownId, HandedDown], kind=HandedDown, row=HandedDownRow, noun="handed_down"
):
    """Bulletins handed down to communes, and the rules for communes that do not answer."""

    def __init__(self, session: Session, places: Places) -> None:
        super().__init__(session)
        self._places = places

    @classmethod
    def within(cls, unit: UnitOfWork) -> Self:
        return cls(unit.session, unit[Places])

    def of_bulletin(self, bulletin_id: BulletinId) -> Sequence[HandedDown]:
        """Return the copies handed down of one sender's bulletin, by area."""
        return self._listed(
            HandedDown,
            select(HandedDownRow).where(HandedDownRow.bulletin_id == bulletin_id).order_by(HandedDownRow.area_id),
        )

    def due(self, now: datetime, limit: int) -> Sequence[HandedDownId]:
        """Return items to place, and items whose answer is overdue, oldest first."""
        row = HandedDownRow
        return list(
            self._session.scalars(
                select(row.id)
                .where(
                    or_(
                        row.state == HandedDownState.PLACING,
                        and_(row.state.in_(_WAITING), row.answer_by_at <= now),
                    )
                )
                .order_by(row.sent_at, row.id)
                .limit(limit)
            )
        )

    def is_placed(self, bulletin_id: BulletinId) -> bool:
        """Return whether it is a commune's bulletin made from one handed down."""
        found = select(HandedDownRow.id).where(HandedDownRow.placed_id == bulletin_id).limit(1)
        return self._session.scalar(found) is not None

    def rules(self, area_id: AreaId) -> InboxRules:
        """Return the rules in effect: the nearest ancestor's that sets any, else the default."""
        chain = self._places.tree().chain(area_id)
        rows = self._session.scalars(select(InboxRulesRow).where(InboxRulesRow.area_id.in_(chain)))
        known = {row.area_id: row.rules for row in rows}
        return next((known[above] for above in chain if above in known), InboxRules())

    def set_rules(self, area_id: AreaId, rules: InboxRules) -> None:
        changed = change(
            self._session, update(InboxRulesRow).where(InboxRulesRow.area_id == area_id).values(rules=rules)
        )
        if not changed:
            self._session.execute(insert(InboxRulesRow), [{"area_id": area_id, "rules": rules}])
