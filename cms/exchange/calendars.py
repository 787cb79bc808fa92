"""How our calendars begin (RFC 5545): who made them, what they are called, how often to look again."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from icalendar import Calendar

from cms.clean_text import clean

MEDIA_TYPE: Final = "text/calendar"
_REFRESH: Final = timedelta(hours=1)
"""How often programs are asked to look again."""


def begun(kind: str, name: str) -> Calendar:
    """A calendar without events; ``kind`` is what of ours makes it."""
    calendar = Calendar()
    calendar.add("prodid", f"-//Loa//{kind}//VI")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", clean(f"Loa · {name}"))
    calendar.add("refresh-interval", _REFRESH, parameters={"VALUE": "DURATION"})
    return calendar
