"""Repository of communes' inboxes."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, or_, select

from broadcast.bulletins.model import BulletinId
from broadcast.inbox.model import HandedDown, HandedDownId, HandedDownState, InboxRules
from cms.areas.repository import PlacedRepository
from cms.inbox.tables import HandedDownRow, InboxRulesRow
from cms.platform.store.insert_or_update import put_rows
from cms.platform.store.records import VersionedRepository
from cms.platform.store.rows import is_any
from province.areas import AreaId

_WAITING = (HandedDownState.OFFERED, HandedDownState.COLLIDING)


class HandedDowns(
    PlacedRepository, VersionedRepository[HandedDownId, HandedDown], row=HandedDownRow, noun="handed_down"
):
    """Bulletins handed down to communes, and the rules for communes that do not answer."""

    def of_bulletin(self, bulletin_id: BulletinId) -> Sequence[HandedDown]:
        """Return the copies handed down of one sender's bulletin, by area."""
        return self._list(HandedDownRow.bulletin_id == bulletin_id, order=(HandedDownRow.area_id,))

    def due(self, now: datetime, limit: int) -> Sequence[HandedDownId]:
        """Return items to place, and items whose answer is overdue, oldest first."""
        row = HandedDownRow
        is_overdue = and_(row.state.in_(_WAITING), row.answer_by_at <= now)
        query = select(row.id).where(or_(row.state == HandedDownState.PLACING, is_overdue))
        return self._session.scalars(query.order_by(row.sent_at, row.id).limit(limit)).all()

    def is_any_open(self) -> bool:
        """Return whether an item is to be placed, or waits for an answer."""
        return is_any(self._session, HandedDownRow.state.in_([*_WAITING, HandedDownState.PLACING]))

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
        put_rows(self._session, InboxRulesRow, [{"area_id": area_id, "rules": rules}])
