"""Forms of stations and of their offers."""

from dataclasses import dataclass
from typing import Any

from broadcast.relays.model import Licence, StreamForm
from broadcast.stations.model import Station
from cms.platform.web.typed_form import TypedForm, entry, read_by, read_day
from cms.stations.service.offers import OfferDraft, StreamDraft
from cms.stations.service.register import StationDraft
from devices.model import DeviceId
from province.areas import AreaId
from province.errors import Problem, refuse

_LINE_MAX = 300
RECORDING, STREAM = "recording", "stream"
_DIGITS_MAX = 6
_MINUTE_MS = 60_000


@dataclass(frozen=True)
class StationForm(TypedForm):
    """Station form as typed. ``frequency`` is in MHz; ``key`` becomes the id of a new one."""

    name: str = entry(most=_LINE_MAX)
    area: str = entry(most=_LINE_MAX)
    transmits: str = entry("yes")
    frequency: str = entry(most=_LINE_MAX)
    power_w: str = entry(most=_LINE_MAX)
    site: str = entry(most=_LINE_MAX)
    licence_no: str = entry(most=_LINE_MAX)
    licence_until_on: str = entry()
    device: str = entry(most=_LINE_MAX)
    version: str = entry()
    key: str = entry(most=_LINE_MAX)


def read(form: StationForm) -> StationDraft:
    """Convert the form. Raise InvalidError with every field that cannot be read."""
    problems: list[Problem] = []
    transmits = form.transmits == "yes"
    frequency = _figure(form.frequency, "frequency_khz", problems, 1000) if transmits else None
    power_w = _figure(form.power_w, "power_w", problems) if transmits else None
    until_on = read_day(form.licence_until_on, "licence_until_on", problems) if transmits else None
    refuse(problems)
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


def _sent(default: str = "") -> Any:
    """Declare a field that keeps its default if the form was sent without it."""
    return read_by(lambda sent, name: sent.get(name, default).replace("\r\n", "\n").strip(), default)


@dataclass(frozen=True)
class OfferForm(TypedForm):
    """Offer form as typed. ``key`` becomes the offer's id, so that a form sent twice makes one."""

    series: str = _sent()
    title: str = _sent()
    text: str = _sent()
    topic: str = _sent()
    until_on: str = _sent()
    key: str = _sent()
    kind: str = _sent(RECORDING)
    form: str = _sent(StreamForm.STREAM.value)
    urls: str = _sent()
    minutes: str = _sent("30")
    licence: str = _sent()
    licence_until: str = _sent()


def read_offer(form: OfferForm, name: str, sha256: str) -> OfferDraft:
    """Convert the form; ``name`` and ``sha256`` are the recording's. Raise InvalidError with every unreadable field."""
    problems: list[Problem] = []
    until_on = read_day(form.until_on, "until_on", problems)
    stream = _stream(form, problems) if form.kind == STREAM else None
    refuse(problems)
    return OfferDraft(
        series=form.series,
        title=form.title,
        original_sha256=sha256,
        original_name=name,
        text=form.text,
        topic=form.topic,
        until_on=until_on,
        stream=stream,
    )


def _stream(form: OfferForm, problems: list[Problem]) -> StreamDraft:
    ends_on = read_day(form.licence_until, "licence_until", problems)
    digits = form.minutes
    # Text that is no number is refused by the rule for numbers that are too large.
    minutes = int(digits) if digits.isdecimal() and len(digits) <= _DIGITS_MAX else 0
    return StreamDraft(
        form=StreamForm.HLS if form.form == StreamForm.HLS else StreamForm.STREAM,
        urls=tuple(filter(None, (url.strip() for url in form.urls.split("\n")))),
        length_ms=minutes * _MINUTE_MS,
        licence=Licence(form.licence, ends_on),
    )
