"""Call log of alerts."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from broadcast.alerts.call_list import CallOutcome, CallRecord
from broadcast.alerts.model import OrderId
from cms.platform.store.columns import Base
from province.areas import AreaId
from province.people import UserId


class CallLogRow(Base, table="call_log", value=CallRecord):
    """Telephone call to a place in which an alert was not heard. Written once; the key keeps two officers apart."""

    order_id: Mapped[OrderId] = mapped_column(primary_key=True)
    area_id: Mapped[AreaId] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    outcome: Mapped[CallOutcome]
    by: Mapped[UserId]
    at: Mapped[datetime]
