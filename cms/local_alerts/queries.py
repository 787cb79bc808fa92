"""Local orders as lists show them: boxes with keys, and those whose orders have expired."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import Session

from broadcast.alerts.local_alerts import KeyHolder, LocalIssue, LocalIssueState
from cms.fleet.tables import DeviceRow, in_service
from cms.local_alerts.repository import KeyHolders, LocalIssues
from cms.local_alerts.tables import DeviceKeyRow, KeyHolderRow, LocalIssueRow
from cms.platform.store.rows import among
from devices.model import DeviceId, DeviceKind
from province.areas import AreaId


@dataclass(frozen=True, slots=True)
class BoxLine:
    """Box of which somebody has a key. ``issue`` None: it was never sent orders."""

    device_id: DeviceId
    name: str
    area_id: AreaId
    holders: Sequence[KeyHolder]
    issue: LocalIssue | None

    def state(self, now: datetime) -> LocalIssueState:
        return LocalIssueState.NONE if self.issue is None else self.issue.state(now)


def boxes(session: Session, areas: Collection[AreaId] | None, limit: int) -> Sequence[BoxLine]:
    """List boxes with a key holder in these areas (None: everywhere), those that expire first at the top."""
    row = DeviceRow
    query = (
        select(row.id, row.name, row.area_id)
        .outerjoin(LocalIssueRow, LocalIssueRow.device_id == row.id)
        .where(in_service(), _has_holder())
        .order_by(LocalIssueRow.held_until_at, row.id)
        .limit(limit)
    )
    rows = session.execute(query if areas is None else query.where(among(row.area_id, areas))).all()
    named = [device_id for device_id, _, _ in rows]
    holders, issues = KeyHolders(session).by_device(named), LocalIssues(session).get_many(named)
    return [
        BoxLine(device_id, name, area_id, holders.get(device_id, ()), issues.get(device_id))
        for device_id, name, area_id in rows
    ]


def expired_count(areas: Collection[AreaId] | None, now: datetime) -> Select[int]:
    """Build the count of boxes in these areas (None: everywhere) at which an alert should be possible, and is not."""
    issue = LocalIssueRow
    # Named by their keys, which few boxes have.
    held = select(DeviceKeyRow.device_id).join(KeyHolderRow, KeyHolderRow.id == DeviceKeyRow.holder_id)
    query = (
        select(func.count())
        .select_from(issue)
        .join(DeviceRow, DeviceRow.id == issue.device_id)
        .where(in_service(), issue.mark != "", issue.held_until_at <= now)
        .where(issue.device_id.in_(held.where(KeyHolderRow.withdrawn_at.is_(None))))
    )
    return query if areas is None else query.where(among(DeviceRow.area_id, areas))


def loudspeakers(session: Session, area_id: AreaId) -> Sequence[tuple[DeviceId, str]]:
    """List the devices in service at this very area that have a loudspeaker, with their names."""
    kinds = [kind for kind in DeviceKind if kind.has_loudspeaker]
    row = DeviceRow
    query = select(row.id, row.name).where(in_service(), row.area_id == area_id, row.kind.in_(kinds)).order_by(row.id)
    return [(device_id, name) for device_id, name in session.execute(query)]


def speech_on_flash(session: Session, areas: Collection[AreaId]) -> tuple[int, int]:
    """Count the loudspeakers in these areas that have all speech of their local alerts on flash, and all of them."""
    issue, row = LocalIssueRow, DeviceRow
    is_kept = and_(issue.spoken > 0, issue.held_number == issue.number)
    kinds = [kind for kind in DeviceKind if kind.has_loudspeaker]
    query = (
        select(func.count().filter(is_kept), func.count())
        .select_from(row)
        .outerjoin(issue, issue.device_id == row.id)
        .where(in_service(), row.kind.in_(kinds), among(row.area_id, areas))
    )
    ready, there = session.execute(query).one()
    return ready, there


def _has_holder() -> ColumnElement[bool]:
    """Build the condition that somebody has a key of the device."""
    return (
        select(DeviceKeyRow.device_id)
        .join(KeyHolderRow, KeyHolderRow.id == DeviceKeyRow.holder_id)
        .where(DeviceKeyRow.device_id == DeviceRow.id, KeyHolderRow.withdrawn_at.is_(None))
        .exists()
    )
