"""Calendar as RFC 5545 text: the same bytes for the same plan."""

from collections.abc import Iterable
from datetime import timedelta

from icalendar import Event

from broadcast.bulletins.model import BulletinStatus
from broadcast.bulletins.priority import CLASSES
from broadcast.scheduling.timetable import ChangeEffect, TimetableAiring
from cms.platform.calendars import begun
from cms.platform.clean_text import clean
from province.areas import AreaId, AreaTree


def calendar_text(slots: Iterable[TimetableAiring], tree: AreaTree, area_id: AreaId, base: str) -> bytes:
    """Return the calendar as text; airings that are not approved yet, or only proposed, are TENTATIVE."""
    calendar = begun("calendar", tree.get(area_id).name)
    for slot in slots:
        calendar.add_component(_event(slot, tree, base))
    return bytes(calendar.to_ical())


def _event(slot: TimetableAiring, tree: AreaTree, base: str) -> Event:
    planned = slot.planned
    is_firm = planned.status is not BulletinStatus.SUBMITTED and slot.change is not ChangeEffect.COMING
    # An airing that goes and one that comes may stem from the same date of the same rule.
    name = f"{planned.bulletin_id}-{slot.schedule_id}-{slot.original_on:%Y%m%d}"
    event = Event()
    event.add("uid", f"{name}-new@loa" if slot.change is ChangeEffect.COMING else f"{name}@loa")
    # The instant when it was put on the calendar, not of this request: the same plan gives the same bytes.
    event.add("dtstamp", planned.since_at)
    event.add("dtstart", slot.start_at)
    event.add("dtend", max(slot.end_at, slot.start_at + timedelta(seconds=1)))
    event.add("summary", clean(planned.title))
    event.add("location", clean(", ".join(tree.get(row).name for row in slot.rows)))
    event.add("status", "CONFIRMED" if is_firm else "TENTATIVE")
    event.add("priority", CLASSES[planned.priority].icalendar)
    event.add("url", f"{base}/bulletins/{planned.bulletin_id}")
    return event
