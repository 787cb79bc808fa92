"""Fields of a station: as typed, as read into a draft, and as shown for a stored one."""

from dataclasses import dataclass
from datetime import date

from werkzeug.datastructures import MultiDict

from broadcast.stations.model import Station
from cms.stations.service.register import StationDraft
from devices.model import DeviceId
from province.areas import AreaId
from province.errors import InvalidError, Problem

_LINE_MAX = 300


@dataclass(frozen=True)
class StationForm:
    """Station form as typed. ``frequency`` is in MHz; ``key`` becomes the id of a new one."""

    name: str = ""
    area: str = ""
    transmits: str = "yes"
    frequency: str = ""
    power_w: str = ""
    site: str = ""
    licence_no: str = ""
    licence_until_on: str = ""
    device: str = ""
    version: str = ""
    key: str = ""


def typed(form: MultiDict[str, str]) -> StationForm:
    return StationForm(**{name: form.get(name, "").strip()[:_LINE_MAX] for name in StationForm.__dataclass_fields__})


def read(form: StationForm) -> StationDraft:
    """Convert the form. Raise InvalidError with every field that cannot be read."""
    problems: list[Problem] = []
    transmits = form.transmits == "yes"
    frequency = _figure(form.frequency, "frequency_khz", problems, 1000) if transmits else None
    power_w = _figure(form.power_w, "power_w", problems) if transmits else None
    until_on = _day(form.licence_until_on, problems) if transmits else None
    if problems:
        raise InvalidError(problems)
    return StationDraft(
        area_id=AreaId(form.area),
        name=form.name,
        transmits=transmits,
        frequency_khz=frequency,
        power_w=power_w,
        site=form.site,
        licence_no=form.licence_no,
        licence_until_on=until_on,
        device_id=DeviceId(form.device) if form.device else None,
    )


def shown(station: Station) -> StationForm:
    khz, until_on = station.frequency_khz, station.licence_until_on
    return StationForm(
        name=station.name,
        area=station.area_id,
        transmits="yes" if station.transmits else "no",
        frequency="" if khz is None else f"{khz / 1000:g}",
        power_w="" if station.power_w is None else str(station.power_w),
        site=station.site,
        licence_no=station.licence_no,
        licence_until_on="" if until_on is None else until_on.isoformat(),
        device=station.device_id or "",
        version=str(station.version),
    )


def _figure(text: str, field: str, problems: list[Problem], times: int = 1) -> int | None:
    """Read a number with comma or point; None if nothing is typed."""
    if not text:
        return None
    try:
        return round(float(text.replace(",", ".")) * times)
    except (ValueError, OverflowError):
        problems.append(Problem(field, "NOT_A_NUMBER"))
        return None


def _day(text: str, problems: list[Problem]) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        problems.append(Problem("licence_until_on", "NOT_A_DATE"))
        return None
