"""Header of the calendars (RFC 5545): product id, name, refresh interval, time zone."""

from datetime import datetime, timedelta
from typing import Final

from icalendar import Calendar, Timezone, TimezoneStandard

from cms.platform.clean_text import clean
from province.wall_clock import DEFAULT_ZONE

MEDIA_TYPE: Final = "text/calendar"
_REFRESH: Final = timedelta(hours=1)
"""Refresh interval that clients are asked for."""
_OFFSET: Final = timedelta(hours=7)
_ZONE_SINCE: Final = datetime(1975, 6, 13)  # noqa: DTZ001 - wall time, as the format has it


def begun(kind: str, name: str) -> Calendar:
    """Build a calendar without events; ``kind`` is the kind of calendar, for the product id."""
    calendar = Calendar()
    calendar.add("prodid", f"-//Loa//{kind}//VI")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", clean(f"Loa · {name}"))
    calendar.add("refresh-interval", _REFRESH, parameters={"VALUE": "DURATION"})
    # A calendar has one component at least, also while nothing is planned.
    calendar.add_component(_zone())
    return calendar


def _zone() -> Timezone:
    standard = TimezoneStandard()
    standard.add("dtstart", _ZONE_SINCE)
    for name in ("tzoffsetfrom", "tzoffsetto"):
        standard.add(name, _OFFSET)
    zone = Timezone()
    zone.add("tzid", DEFAULT_ZONE)
    zone.add_component(standard)
    return zone
