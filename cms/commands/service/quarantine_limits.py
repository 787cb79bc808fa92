"""Limits of immediate quarantines by one person, and notices about them to those on call there."""

from datetime import datetime, timedelta
from typing import Final

from cms.areas.repository import Places
from cms.fleet.queries.lifecycle import shut_off_at_once
from cms.health.repository.faults import FaultRecords
from cms.health.repository.notices import Notice, Notices
from cms.platform.store import chain
from cms.platform.store.uow import UnitOfWork
from devices.health import notices as rules
from devices.health.notices import IncidentStage
from devices.model import Device
from province.areas import AreaId
from province.call import Call, NewId
from province.errors import Problem

SPAN: Final = timedelta(hours=1)


def problems(unit: UnitOfWork, device: Device, call: Call, most: int) -> list[Problem]:
    """Return the problem if a second person is needed: ``most`` within the hour by this person, or in the area.

    Within a unit of work. Devices that the server itself saw misbehave do not count.
    """
    chain.hold_commit_lock(unit.session)  # so that many requests in one moment are counted one after the other
    before = shut_off_at_once(unit.session, call.now - SPAN)
    own = sum(by == call.actor.user_id for by, _ in before)
    here = sum(area_id == device.area_id for _, area_id in before)
    return [Problem("at_once", "TOO_MANY_AT_ONCE", {"max": most})] if max(own, here) >= most else []


def letter(device: Device, area_name: str, by: str, why: str, *, alerts_pass: bool) -> tuple[str, str]:
    """Return title and text of the notice."""
    lines = [
        f"{by} vừa khóa tiếng {device.name} ({device.id}), {area_name}, không chờ người thứ hai.",
        f"Lý do: {why}",
        "Cảnh báo khẩn cấp vẫn phát." if alerts_pass else "Thiết bị im hoàn toàn, kể cả cảnh báo khẩn cấp.",
    ]
    return f"[Loa] Khóa tiếng ngay: {device.name}"[:300], "\n".join(lines)


def tell(unit: UnitOfWork, area_id: AreaId, title: str, text: str, *, now: datetime, new_id: NewId) -> None:
    """Queue this notice for those on call there, within a unit of work and the hourly limit per address."""
    duties = unit[FaultRecords].duties()
    if not duties:
        return
    notices = unit[Notices]
    written = notices.written_since(now - SPAN)
    for address in sorted({each.address for each in rules.recipients(duties, [area_id], unit[Places].tree(), 1, now)}):
        if rules.may_write(written.get(address, ()), now):
            letter_id = new_id()
            notices.write(Notice(letter_id, address, letter_id, IncidentStage.OPENED, title, text, now, now))
