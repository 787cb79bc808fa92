"""Header of the calendars (RFC 5545): product id, name, refresh interval."""

from datetime import timedelta
from typing import Final

from icalendar import Calendar

from cms.platform.clean_text import clean

MEDIA_TYPE: Final = "text/calendar"
_REFRESH: Final = timedelta(hours=1)
"""Refresh interval that clients are asked for."""


def begun(kind: str, name: str) -> Calendar:
    """Build a calendar without events; ``kind`` is the kind of calendar, for the product id."""
    calendar = Calendar()
    calendar.add("prodid", f"-//Loa//{kind}//VI")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", clean(f"Loa · {name}"))
    calendar.add("refresh-interval", _REFRESH, parameters={"VALUE": "DURATION"})
    return calendar
