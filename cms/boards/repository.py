"""Repository of board plans, as the planner stores them and the gateway sends them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update

from cms.bulletins.tables.bulletins import BoardPlanRow
from cms.platform.store.insert_or_update import put_rows
from cms.platform.store.rows import change, columns_of
from cms.platform.store.uow import Repository
from province.areas import AreaId


@dataclass(frozen=True, slots=True)
class StoredBoardPlan:
    """Board plan of an area, as it was published. ``is_empty``: nothing to show, and a manifest names none."""

    area_id: AreaId
    sha256: str
    bytes: int
    is_empty: bool
    built_at: datetime


class BoardPlans(Repository):
    """Board plans, one an area."""

    def get(self, area_id: AreaId) -> StoredBoardPlan | None:
        return self._found(StoredBoardPlan, select(BoardPlanRow).where(BoardPlanRow.area_id == area_id))

    def put(self, plan: StoredBoardPlan) -> None:
        """Replace that area's."""
        put_rows(self._session, BoardPlanRow, [{**columns_of(plan), "sent_at": None}])

    def drop(self, area_ids: Iterable[AreaId]) -> None:
        """Forget the plans of closed areas: no board stands there any more."""
        change(self._session, delete(BoardPlanRow).where(BoardPlanRow.area_id.in_(list(area_ids))))

    def mark_sent(self, area_id: AreaId, sha256: str, at: datetime) -> None:
        """Record that the manifest naming the plan was sent at ``at``."""
        is_it = (BoardPlanRow.area_id == area_id, BoardPlanRow.sha256 == sha256, BoardPlanRow.sent_at.is_(None))
        change(self._session, update(BoardPlanRow).where(*is_it).values(sent_at=at))
