"""Repository of the call log."""

from collections.abc import Sequence

from sqlalchemy import select

from broadcast.alerts.call_list import CallRecord
from broadcast.alerts.model import OrderId
from cms.call_lists.tables import CallLogRow
from cms.platform.store.insert_or_update import add_row
from cms.platform.store.rows import columns_of, value_of
from cms.platform.store.uow import Repository
from province.areas import AreaId


class CallLog(Repository):
    """Telephone calls to places, order by order."""

    def of_order(self, order_id: OrderId) -> Sequence[CallRecord]:
        """List the calls of an order, by time."""
        order = (CallLogRow.at, CallLogRow.area_id, CallLogRow.number)
        rows = self._session.scalars(select(CallLogRow).where(CallLogRow.order_id == order_id).order_by(*order))
        return [value_of(CallRecord, row) for row in rows]

    def last(self, order_id: OrderId, area_id: AreaId) -> CallRecord | None:
        """Return the last call to a place."""
        where = (CallLogRow.order_id == order_id, CallLogRow.area_id == area_id)
        row = self._session.scalar(select(CallLogRow).where(*where).order_by(CallLogRow.number.desc()).limit(1))
        return None if row is None else value_of(CallRecord, row)

    def add_once(self, entry: CallRecord) -> bool:
        """Insert the entry. False: the place has one of that number."""
        return add_row(self._session, CallLogRow, columns_of(entry))
