"""Register of stations, as Article 2.12a asks: what each transmits, from where, and with which licence."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from broadcast.stations.model import Station, StationId
from cms.areas.repository import Places
from cms.bulletins.repository.bulletins import Bulletins, Transmissions
from cms.bulletins.service.revisions import area_problems
from cms.fleet.repository.devices import Devices
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.rows import columns_of
from cms.platform.store.uow import UnitOfWork
from cms.stations.repository import Programmes, Stations
from cms.stations.service.programmes import follow
from devices.model import DeviceId, DeviceKind
from province.areas import AreaId, AreaTree
from province.call import Call
from province.errors import ConflictError, Problem, refuse, too_long
from province.events import Event
from province.people import Action
from province.wall_clock import local_date

NAME_MAX: Final = 200
LICENCE_NO_MAX: Final = 80
FREQUENCY_KHZ: Final = (87, 862_000)
"""Radio and television bands, from the lowest long-wave frequency to the highest television channel, in kHz."""
POWER_W_MAX: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class StationDraft:
    """Station as a person enters it."""

    area_id: AreaId
    name: str
    transmits: bool = True
    frequency_khz: int | None = None
    power_w: int | None = None
    site: str = ""
    licence_no: str = ""
    licence_until_on: date | None = None
    device_id: DeviceId | None = None


def register(uow: UnitOfWork, station_id: StationId, *, draft: StationDraft, call: Call) -> Station:
    """Register a station; approved bulletins meant for it become its programmes. The same id again changes nothing.

    Raises:
        NotAllowedError: the actor keeps no register in that area.
        InvalidError: with everything wrong with it.
    """
    with uow:
        tree = uow[Places].tree()
        call.require(Action.STATION_MANAGE, [draft.area_id] if draft.area_id in tree else (), tree)
        known = uow[Stations].find(station_id)
        if known is not None:
            return known
        typed = _typed(uow, draft, tree, call.now)
        station = Station(
            id=station_id, changed_at=call.now, changed_by=call.actor.user_id, changed_by_name=call.actor.name, **typed
        )
        uow[Stations].add(station)
        _catch_up(uow, station, call.now)
        _tell_receivers(uow, station)
        uow.record(_event("registered", station, call))
        uow.commit()
    return station


def correct(
    uow: UnitOfWork, station_id: StationId, *, draft: StationDraft, expected_version: int, call: Call
) -> Station:
    """Correct or renew a station's entry.

    Raises:
        NotFoundError, ConflictError: see their remedies.
        NotAllowedError: the actor keeps no register in its area, or in the one it is moved to.
        InvalidError: with everything wrong with it.
    """
    with uow:
        old = uow[Stations].get(station_id)
        tree = uow[Places].tree()
        wanted = [old.area_id, *([draft.area_id] if draft.area_id in tree else [])]
        call.require(Action.STATION_MANAGE, wanted, tree)
        if old.version != expected_version:
            raise ConflictError("station", old.id, expected_version, old.version)
        changer: dict[str, Any] = {
            "changed_at": call.now,
            "changed_by": call.actor.user_id,
            "changed_by_name": call.actor.name,
        }
        station = replace(old, version=old.version + 1, **changer, **_typed(uow, draft, tree, call.now))
        uow[Stations].save(station)
        _catch_up(uow, station, call.now)
        if (station.area_id, station.device_id) != (old.area_id, old.device_id):
            _tell_receivers(uow, old, station)
        uow.record(_event("corrected", station, call))
        uow.commit()
    return station


def _catch_up(uow: UnitOfWork, station: Station, now: datetime) -> None:
    for transmission in uow[Transmissions].reaching([station.area_id], now):
        if uow[Programmes].of_bulletin(transmission.bulletin_id) is None:
            follow(uow, uow[Bulletins].get(transmission.bulletin_id), transmission, now)


def _tell_receivers(uow: UnitOfWork, *stations: Station) -> None:
    """Have the present and former receivers of these stations sent their programmes, and the rest cleared."""
    receivers = dict.fromkeys(each.device_id for each in stations if each.device_id is not None)
    for device_id in receivers:
        uow.outbox.add(OutboxKind.RECEIVER, device_id)


def _typed(uow: UnitOfWork, draft: StationDraft, tree: AreaTree, now: datetime) -> dict[str, Any]:
    typed = columns_of(draft)
    typed |= {name: typed[name].strip() for name in ("name", "site", "licence_no")}
    if not draft.transmits:
        # A station that only produces has no frequency, and needs no licence for one.
        typed |= {"frequency_khz": None, "power_w": None, "site": "", "licence_no": "", "licence_until_on": None}
    problems = [] if typed["name"] else [Problem("name", "MISSING")]
    problems += too_long("name", typed["name"], NAME_MAX) + too_long("site", typed["site"], NAME_MAX)
    problems += too_long("licence_no", typed["licence_no"], LICENCE_NO_MAX)
    problems += area_problems(draft.area_id, "area", tree, local_date(now))
    if draft.transmits:
        problems += _out_of("frequency_khz", draft.frequency_khz, *FREQUENCY_KHZ)
        problems += _out_of("power_w", draft.power_w, 1, POWER_W_MAX)
    if draft.device_id is not None and not problems:
        problems += _device_problems(uow, draft, tree)
    refuse(problems)
    return typed


def _out_of(field: str, figure: int | None, least: int, most: int) -> list[Problem]:
    is_fit = figure is None or least <= figure <= most
    return [] if is_fit else [Problem(field, "OUT_OF_RANGE", {"min": least, "max": most})]


def _device_problems(uow: UnitOfWork, draft: StationDraft, tree: AreaTree) -> list[Problem]:
    """Check that its receiver is a device of kind ``station`` in its area."""
    assert draft.device_id is not None
    device = uow[Devices].find(draft.device_id)
    is_its = device is not None and device.kind is DeviceKind.STATION and tree.is_within(device.area_id, draft.area_id)
    return [] if is_its else [Problem("device", "DEVICE_UNKNOWN")]


def _event(name: str, station: Station, call: Call) -> Event:
    until = "" if station.licence_until_on is None else station.licence_until_on.isoformat()
    told = {"area": station.area_id, "name": station.name, "licence": station.licence_no, "until": until}
    return call.event(f"station.{name}", station.id, **told)
