"""Repository of board plans, as the planner stores them and the gateway sends them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from broadcast.ports.unit_of_work import StoredBoardPlan
from cms.bulletins.tables.bulletins import BoardPlanRow
from cms.platform.store.rows import change, columns_of, value_of
from province.areas import AreaId


class SqlBoardPlans:
    """SQL implementation of ``broadcast.ports.unit_of_work.BoardPlans``."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, area_id: AreaId) -> StoredBoardPlan | None:
        row = self._session.scalar(select(BoardPlanRow).where(BoardPlanRow.area_id == area_id))
        return None if row is None else value_of(StoredBoardPlan, row)

    def put(self, plan: StoredBoardPlan) -> None:
        values = {**columns_of(plan), "sent_at": None}
        mine = BoardPlanRow.area_id == plan.area_id
        if change(self._session, update(BoardPlanRow).where(mine).values(values)) == 0:
            self._session.execute(insert(BoardPlanRow), [values])

    def drop(self, area_ids: Iterable[AreaId]) -> None:
        """Forget the plans of closed areas: no board stands there any more."""
        change(self._session, delete(BoardPlanRow).where(BoardPlanRow.area_id.in_(list(area_ids))))

    def mark_sent(self, area_id: AreaId, sha256: str, at: datetime) -> None:
        """Record that the manifest naming the plan was sent at ``at``."""
        change(
            self._session,
            update(BoardPlanRow)
            .where(BoardPlanRow.area_id == area_id, BoardPlanRow.sha256 == sha256, BoardPlanRow.sent_at.is_(None))
            .values(sent_at=at),
        )
