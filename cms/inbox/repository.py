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
from cms.platform.store.rows import change, columns_of, value_of
from cms.platform.store.uow import Repository, UnitOfWork
from province.areas import AreaId
from province.errors import ConflictError, NotFoundError

_WAITING = (HandedDownState.OFFERED, HandedDownState.COLLIDING)


class HandedDowns(Repository):
    """Bulletins handed down to communes, and the rules for communes that do not answer."""

    def __init__(self, session: Session, places: Places) -> None:
        super().__init__(session)
        self._places = places

    @classmethod
    def within(cls, unit: UnitOfWork) -> Self:
        return cls(unit.session, unit[Places])

    def get(self, item_id: HandedDownId) -> HandedDown:
        """Return the one of this id. Raises NotFoundError."""
        row = self._session.scalar(select(HandedDownRow).where(HandedDownRow.id == item_id))
        if row is None:
            raise NotFoundError("handed_down", item_id)
        return value_of(HandedDown, row)

    def add(self, item: HandedDown) -> None:
        self._session.execute(insert(HandedDownRow), [columns_of(item)])

    def save(self, item: HandedDown) -> None:
        """Store ``item`` whose ``version`` is one above the stored one; else raises ConflictError."""
        saved = change(
            self._session,
            update(HandedDownRow)
            .where(HandedDownRow.id == item.id, HandedDownRow.version == item.version - 1)
            .values(columns_of(item)),
        )
        if saved != 1:
            actual = self._session.scalar(select(HandedDownRow.version).where(HandedDownRow.id == item.id))
            if actual is None:
                raise NotFoundError("handed_down", item.id)
            raise ConflictError("handed_down", item.id, item.version - 1, actual)

    def of_bulletin(self, bulletin_id: BulletinId) -> Sequence[HandedDown]:
        """Return the copies handed down of one sender's bulletin, by area."""
        rows = self._session.scalars(
            select(HandedDownRow).where(HandedDownRow.bulletin_id == bulletin_id).order_by(HandedDownRow.area_id)
        )
        return [value_of(HandedDown, row) for row in rows]

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
