"""Preflight: the changes that an approval of a bulletin would make, by area and day, before it is approved."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from broadcast.bulletins.approval_document import content_sha256
from broadcast.bulletins.framing import DEVICE_RENDITION, Frames, Framing
from broadcast.bulletins.model import Bulletin, BulletinId, Rendition, Sound
from broadcast.bulletins.targeting import TargetIndex, reached
from broadcast.bulletins.transmissions import PlanEntry, Transmission, TransmissionId, Unplaced
from broadcast.scheduling.conflicts import Clash, ClashSurroundings, find_clashes
from broadcast.scheduling.planning import Difference
from cms.areas.repository import Places
from cms.bulletins.repository.bulletins import Bulletins, Transmissions
from cms.bulletins.service.freeze import frozen
from cms.fleet.repository.devices import Devices
from cms.platform.store.uow import UnitOfWork
from province.areas import AreaId, AreaTree
from province.call import Call
from province.errors import NotAllowedError
from province.people import Action

PREFLIGHT_DAYS = 14
# Vietnamese is spoken at about this rate; used only until the sound is made and its length known.
_CHARACTERS_A_SECOND = 14


@dataclass(frozen=True, slots=True)
class AreaDay:
    """Outcome for the bulletin on one date in one area, and for others because of it.

    ``offline`` of the ``devices`` are not connected now: without a connection before the day they miss it.
    """

    area_id: AreaId
    area_name: str
    on: date
    devices: int
    offline: int
    entries: tuple[PlanEntry, ...]
    unplaced: tuple[Unplaced, ...]
    displaced: tuple[Unplaced, ...]


@dataclass(frozen=True, slots=True)
class Preflight:
    """Result. ``days`` holds only dates with an airing of it. ``is_estimate``: length guessed, no sound made yet.

    ``devices`` and ``offline`` are counted for every area reached. ``frames`` sound around it, by area that sets one.
    ``content_sha256`` digests everything an approval would freeze; empty while no sound is made.
    """

    bulletin: Bulletin
    areas: tuple[AreaId, ...]
    devices: Mapping[AreaId, int]
    offline: Mapping[AreaId, int]
    days: tuple[AreaDay, ...]
    clashes: tuple[Clash, ...]
    is_estimate: bool
    frames: Frames = ()
    signature_areas: tuple[AreaId, ...] = ()
    """Areas in which nothing airs without a digital signature."""
    content_sha256: str = ""


def preflight(
    uow: UnitOfWork,
    bulletin_id: BulletinId,
    *,
    call: Call,
    days: int = PREFLIGHT_DAYS,
    only: AreaId | None = None,
    pause: Callable[[], None] = lambda: None,
) -> Preflight:
    """Plan as if it were approved at ``now``, everywhere or in one area ``only``. Changes nothing.

    ``pause`` is called before each area: over a province this keeps an interpreter busy.

    Raises:
        NotFoundError: no such bulletin.
        NotAllowedError: it may be read neither where it is meant for nor anywhere it reaches.
    """
    with uow:
        bulletin = uow[Bulletins].get(bulletin_id)
        tree = uow[Places].tree()
        areas = reached(bulletin.targets, tree, uow[Devices].planning_areas())
        _require_sight(call, bulletin, areas, tree)
        areas = areas if only is None else tuple(area_id for area_id in areas if area_id == only)
        wanted = as_if_approved(uow, bulletin, call)
        others = (
            [t for t in uow[Transmissions].reaching(areas, call.now) if t.bulletin_id != bulletin.id] if areas else []
        )
        rules = {area_id: uow[Places].rules(area_id) for area_id in areas}
        # Clashes of a handed-down bulletin in a commune are that commune's to decide.
        there, met = ((), ()) if bulletin.is_handed_down else (areas, others)
        clashes = find_clashes(wanted, ClashSurroundings(there, met, tree, rules), call.now)
        devices, offline = _counted(uow, areas)
    difference, here = Difference(wanted, call.now, days, Framing(tree)), _by_area(tree, areas, others)
    found: list[AreaDay] = []
    for area_id in areas:
        pause()
        found += [
            AreaDay(
                area_id,
                tree.get(area_id).name,
                on,
                devices[area_id],
                offline[area_id],
                tuple(changed.entries),
                tuple(changed.unplaced),
                tuple(changed.displaced),
            )
            for on, changed in difference.of(area_id, rules[area_id], here[area_id]).items()
        ]
    return Preflight(
        bulletin=bulletin,
        areas=areas,
        devices=devices,
        offline=offline,
        days=tuple(sorted(found, key=lambda day: (day.on, day.area_name, day.area_id))),
        clashes=clashes,
        is_estimate=bulletin.sound.rendition(DEVICE_RENDITION) is None,
        frames=wanted.frames,
        signature_areas=tuple(area_id for area_id in areas if rules[area_id].needs_signature),
        content_sha256=content_sha256(bulletin, wanted) if bulletin.sound.rendition(DEVICE_RENDITION) else "",
    )


def _counted(uow: UnitOfWork, areas: Sequence[AreaId]) -> tuple[dict[AreaId, int], dict[AreaId, int]]:
    """Count the devices that sound bulletins, and those of them that are not connected, by area."""
    devices, offline = dict.fromkeys(areas, 0), dict.fromkeys(areas, 0)
    for posts in uow[Devices].posts(areas, heard=True):
        devices[posts.area_id] += posts.count
        offline[posts.area_id] += 0 if posts.is_online else posts.count
    return devices, offline


def _by_area(
    tree: AreaTree, areas: Sequence[AreaId], others: Iterable[Transmission]
) -> Mapping[AreaId, Sequence[Transmission]]:
    found: dict[AreaId, list[Transmission]] = {area_id: [] for area_id in areas}
    reach = TargetIndex(tree, areas)
    for other in others:
        for area_id in reach.of(other.targets):
            found[area_id].append(other)
    return found


def as_if_approved(uow: UnitOfWork, bulletin: Bulletin, call: Call) -> Transmission:
    """Return the transmission that an approval would freeze now; without a sound yet, with a guessed length.

    Within a unit of work.
    """
    if bulletin.sound.rendition(DEVICE_RENDITION) is None:
        guess = Rendition(DEVICE_RENDITION, "", 0, _spoken_ms(bulletin.text), "audio/ogg")
        bulletin = replace(bulletin, sound=Sound(renditions=(guess,)))
    return frozen(uow, bulletin, TransmissionId(bulletin.id), approver=call.actor, now=call.now)


def _spoken_ms(text: str) -> int:
    return max(1, len(text)) * 1000 // _CHARACTERS_A_SECOND


def _require_sight(call: Call, bulletin: Bulletin, areas: Sequence[AreaId], tree: AreaTree) -> None:
    """Require the right to read bulletins in all its targets, or in one of ``areas`` where it is heard."""
    for somewhere in (bulletin.targets.areas, *((area_id,) for area_id in areas)):
        try:
            call.require(Action.BULLETIN_READ, somewhere, tree)
        except NotAllowedError:
            continue
        return
    raise NotAllowedError(Action.BULLETIN_READ, "AREA", bulletin.targets.areas)
