"""Busy devices, not to be disturbed: in an alert, on air, or about to be."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cms.alerts.tables import OrderRow, ReachRow
from cms.bulletins.tables.bulletins import PlanItemRow
from cms.live.tables import LivePlaceRow
from cms.platform.store.rows import among
from devices.model import DeviceId
from province.areas import AreaId


@dataclass(frozen=True, slots=True)
class Busy:
    """Busy places. ``in_alert``: devices of an alert or drill in force. ``on_air``: areas that sound or will."""

    in_alert: frozenset[DeviceId] = frozenset()
    on_air: frozenset[AreaId] = frozenset()


def busy(session: Session, devices: Sequence[tuple[DeviceId, AreaId]], now: datetime, until_at: datetime) -> Busy:
    """Find the busy ones of these devices with their areas, between ``now`` and ``until_at``."""
    if not devices:
        return Busy()
    areas = sorted({area_id for _, area_id in devices})
    orders = session.scalars(select(OrderRow.id).where(OrderRow.ended_at.is_(None), OrderRow.expires_at > now)).all()
    meant: frozenset[DeviceId] = frozenset()
    if orders:
        wanted = frozenset(device_id for device_id, _ in devices)
        meant = wanted.intersection(session.scalars(select(ReachRow.device_id).where(among(ReachRow.order_id, orders))))
    planned = select(PlanItemRow.area_id).where(
        PlanItemRow.area_id.in_(areas), PlanItemRow.placed, PlanItemRow.start_at < until_at, PlanItemRow.end_at > now
    )
    spoken = select(LivePlaceRow.area_id).where(LivePlaceRow.area_id.in_(areas))
    return Busy(meant, frozenset([*session.scalars(planned), *session.scalars(spoken)]))
