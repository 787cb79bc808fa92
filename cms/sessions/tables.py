"""Tables of broadcast sessions and their running orders."""

from datetime import date, time

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from broadcast.bulletins.schedules import SessionId
from broadcast.sessions.model import BroadcastSession, RunningOrder, RunningOrderId
from cms.platform.store.columns import Base
from province.areas import AreaId


class BroadcastSessionRow(Base, table="broadcast_sessions", value=BroadcastSession):
    """Broadcast session. Never deleted: bulletins that were heard in it name it."""

    id: Mapped[SessionId] = mapped_column(primary_key=True)
    area_id: Mapped[AreaId] = mapped_column(ForeignKey("areas.id"), index=True)
    clock: Mapped[time]
    last_on: Mapped[date | None]


class RunningOrderRow(Base, table="running_orders", value=RunningOrder):
    """Running order of one date, once it differs from the session's standing items or was locked."""

    __table_args__ = (UniqueConstraint("session_id", "on"),)

    id: Mapped[RunningOrderId] = mapped_column(primary_key=True)
    session_id: Mapped[SessionId] = mapped_column(ForeignKey("broadcast_sessions.id"))
    on: Mapped[date]
