"""Half a year of figures for every commune, and a report that was made: the screen of reports is measured with them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from broadcast.bulletins.priority import PriorityClass
from broadcast.reports.counting import Airtime, Cell, FleetUptime
from broadcast.reports.model import Span
from cms.platform.context import Context
from cms.reports.repository.counting import DayCount, open_day, store_day
from cms.reports.service import requests
from devices.model import DeviceKind
from province.areas import AreaId
from province.people import Actor

DAYS: Final = 183
_DAY_MS: Final = 86_400_000
_TOPICS: Final = ("notice", "health", "policy", "security", "culture", "disaster")
_DEVICES: Final = 32


def furnish_reports(context: Context, communes: list[AreaId], actor: Actor) -> str:
    """Add half a year of figures and a finished report; return the report's id."""
    now = context.now()
    today = furnish_figures(context, communes, DAYS)
    first_on = today - timedelta(days=90)
    made = requests.order(context.uow(), communes[0], Span(first_on, today), call=context.call(actor, now))
    sha256 = context.content.put_bytes(b"%PDF")
    files = dict.fromkeys(("xlsx", "docx", "pdf"), sha256)
    requests.finish(context.uow(), made.id, files=files, area_name="Tỉnh", counted_at=now, now=now)
    return made.id


def furnish_figures(context: Context, communes: list[AreaId], days: int) -> date:
    """Add the figures of the last days; return the date of the last."""
    now = context.now()
    today = (now + timedelta(hours=7)).date()
    names = dict.fromkeys(communes, "Xã")
    for number in range(days):
        on = today - timedelta(days=days - 1 - number)
        with context.uow() as unit:
            open_day(unit.session, on)
            store_day(unit.session, _count(on, communes, now, names))
            unit.commit()
    return today


def _count(on: date, communes: list[AreaId], now: datetime, names: dict[AreaId, str]) -> DayCount:
    airtime = {
        Cell(commune, _TOPICS[(number + turn) % len(_TOPICS)], f"Nguồn {turn % 3}", PriorityClass.NORMAL): Airtime(
            2, 600_000, 19_200_000, 60, 2, 2
        )
        for number, commune in enumerate(communes)
        for turn in range(5)
    }
    fleet = {
        (commune, kind): FleetUptime(_DEVICES, _DAY_MS, _DAY_MS // 2) for commune in communes for kind in DeviceKind
    }
    return DayCount(on, 1, now, airtime, fleet, (), names, closes=True)
