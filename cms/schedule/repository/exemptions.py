"""Repository of exemptions: dates without an area's quota."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from broadcast.scheduling.area_rules import Exemption, ExemptionId
from cms.areas.repository import SqlPlaces
from cms.areas.tables import ExemptionRow
from cms.platform.store.rows import change, columns_of, value_of
from province.areas import AreaId
from province.errors import NotFoundError


class SqlExemptions:
    """SQL implementation of ``broadcast.ports.unit_of_work.Exemptions``."""

    def __init__(self, session: Session, places: SqlPlaces) -> None:
        self._session = session
        self._places = places

    def get(self, exemption_id: ExemptionId) -> Exemption:
        row = self._session.get(ExemptionRow, exemption_id)
        if row is None:
            raise NotFoundError("exemption", exemption_id)
        return value_of(Exemption, row)

    def in_areas(self, area_ids: Iterable[AreaId]) -> Sequence[Exemption]:
        rows = self._session.scalars(
            select(ExemptionRow)
            .where(ExemptionRow.area_id.in_(list(area_ids)))
            .order_by(ExemptionRow.on.desc(), ExemptionRow.id)
        )
        return [value_of(Exemption, row) for row in rows]

    def put(self, exemption: Exemption) -> None:
        change(self._session, delete(ExemptionRow).where(ExemptionRow.id == exemption.id))
        self._session.execute(insert(ExemptionRow), [columns_of(exemption)])
        self._session.expire_all()
        self._places.forget_rules()
