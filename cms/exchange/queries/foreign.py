"""Foreign sound: sound without a command, as bridges reported it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from cms.fleet.tables import DeviceRow
from cms.platform.store.tables import EventRow
from devices.model import DeviceId
from devices.protocol.messages import Code
from province.areas import AreaId

_CODES: Final = frozenset({Code.FOREIGN_INPUT.value, Code.FOREIGN_OUTPUT.value})
_EVENTS_READ: Final = 500


@dataclass(frozen=True, slots=True)
class ForeignSound:
    """Foreign sound. ``code`` is FOREIGN_INPUT (muted) or FOREIGN_OUTPUT (heard); ``over_at`` None: it goes on."""

    device_id: DeviceId
    device_name: str
    area_id: AreaId
    code: str
    since_at: datetime
    over_at: datetime | None = None


def foreign_sounds(session: Session, areas: Collection[AreaId] | None, since_at: datetime) -> Sequence[ForeignSound]:
    """List the foreign sounds reported since then in these very areas (None: everywhere): ongoing first, then newest.

    Only the last one of each device and code.
    """
    query = (
        select(EventRow.at, EventRow.detail, DeviceRow.id, DeviceRow.name, DeviceRow.area_id)
        .join(DeviceRow, DeviceRow.id == EventRow.subject_id)
        .where(EventRow.name == "device.security", EventRow.at >= since_at)
        .where(EventRow.detail.contains("FOREIGN_", autoescape=True))
        .order_by(EventRow.seq.desc())
        .limit(_EVENTS_READ)
    )
    last: dict[tuple[DeviceId, str], ForeignSound] = {}
    for at, text, device_id, name, area_id in reversed(session.execute(query).all()):
        told = msgspec.json.decode(text, type=dict[str, object])
        code, detail = str(told.get("code")), str(told.get("detail"))
        if code not in _CODES or (areas is not None and area_id not in areas):
            continue
        before = last.get((device_id, code))
        if detail == "since" or before is None:
            before = ForeignSound(device_id, name, area_id, code, at)
        last[device_id, code] = before if detail == "since" else replace(before, over_at=at)
    return sorted(last.values(), key=lambda each: (each.over_at is not None, -each.since_at.timestamp()))
