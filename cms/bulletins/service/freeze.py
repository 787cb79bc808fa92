"""Freezing a bulletin: the transmission it would become, its reach and its clashes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from broadcast.bulletins.approval_document import content_sha256
from broadcast.bulletins.blanks import Blank, blanks
from broadcast.bulletins.framing import DEVICE_RENDITION, frames_of
from broadcast.bulletins.model import Bulletin, SoundState
from broadcast.bulletins.priority import Prio, prio_of
from broadcast.bulletins.targeting import reached
from broadcast.bulletins.transmissions import Transmission, TransmissionId
from broadcast.relays.model import licensed_until, relayable
from broadcast.scheduling.conflicts import Clash, ClashSurroundings, blocking, find_clashes
from broadcast.scheduling.make_good import rules_reaching
from broadcast.scheduling.recurrence import next_start_at
from cms.areas.repository import Places
from cms.bulletins.repository.bulletins import Transmissions
from cms.bulletins.repository.sharing import Chimes
from cms.fleet.repository.devices import Devices
from cms.platform.store.uow import UnitOfWork
from cms.relays.repository import RelaySources
from cms.relays.service.sources import require_relayable
from cms.schedule.repository.missed import MissedAirings
from province.areas import AreaId, AreaTree
from province.call import Call
from province.errors import ClashError, Problem, refuse
from province.people import Actor

# Plans are cut by day: an airing may run into the next date, never past it.
_BLANKS_SHOWN = 5
AIRING_MAX_MS = 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class BulletinReach:
    """Reach of a bulletin as it would air: the planning areas and every clash there."""

    transmission: Transmission
    areas: tuple[AreaId, ...]
    clashes: tuple[Clash, ...]


def require_filled(bulletin: Bulletin) -> None:
    """Refuse a text with a value still to be filled in: its template's dots would be aired.

    Raises:
        InvalidError: with each field that has one.
    """
    problems = [
        Problem(name, "BLANK_LEFT", {"places": "; ".join(each.shown for each in left[:_BLANKS_SHOWN])})
        for name, left in blanks_left(bulletin).items()
    ]
    refuse(problems)


def blanks_left(bulletin: Bulletin) -> dict[str, tuple[Blank, ...]]:
    """Return the blanks of each field that has any."""
    board = bulletin.board
    written = {
        "title": bulletin.title,
        "text": "" if bulletin.original_sha256 else bulletin.text,
        "board_text": board.text if board is not None and board.is_own else "",
    }
    return {name: found for name, text in written.items() if (found := blanks(text))}


def require_ready(bulletin: Bulletin, now: datetime) -> None:
    """Require a sound made from the current content, and an airing left.

    Raises:
        InvalidError: with all that is missing.
    """
    refuse([*sound_problems(bulletin), *airing_problems(bulletin, now)])


def airing_problems(bulletin: Bulletin, now: datetime) -> list[Problem]:
    """Return why it has no airing left."""
    if not bulletin.schedules:
        return [Problem("schedules", "MISSING")]
    if next_start_at(bulletin.schedules, now, bulletin.valid_from_at, bulletin.valid_until_at) is not None:
        return []
    in_session = any(each.session for each in bulletin.schedules)
    return [Problem("schedules", "NO_PLACE_IN_SESSION" if in_session else "NOTHING_LEFT_TO_AIR")]


def sound_problems(bulletin: Bulletin) -> list[Problem]:
    """Return why its current content has no sound to air yet."""
    problems: list[Problem] = []
    sound = bulletin.sound
    if sound.state is not SoundState.READY or sound.made_from != bulletin.sound_input:
        problems.append(Problem("sound", "SOUND_NOT_READY", {"state": sound.state.value}))
    elif (rendition := sound.rendition(DEVICE_RENDITION)) is None:
        problems.append(Problem("sound", "RENDITION_MISSING", {"kind": DEVICE_RENDITION}))
    elif rendition.duration_ms > AIRING_MAX_MS:
        problems.append(Problem("sound", "TOO_LONG", {"length": rendition.duration_ms, "max": AIRING_MAX_MS}))
    return problems


def frozen(
    uow: UnitOfWork,
    bulletin: Bulletin,
    transmission_id: TransmissionId,
    approver: Actor,
    now: datetime,
    *,
    tree: AreaTree | None = None,
) -> Transmission:
    """Build the immutable transmission, with the frames around it; call only after :func:`require_ready`.

    ``tree``: the areas, if they are read already.
    """
    rendition = bulletin.sound.rendition(DEVICE_RENDITION)
    assert rendition is not None
    order = bulletin.relay
    source = None if order is None else uow[RelaySources].get(order.source_id)
    relay = None if order is None or source is None else relayable(order, source)
    frames = frames_of(uow[Chimes].all(), bulletin.targets, tree or uow[Places].tree(), bulletin.sound.chime_ms)
    until_at = bulletin.valid_until_at
    return Transmission(
        id=transmission_id,
        bulletin_id=bulletin.id,
        bulletin_version=bulletin.version,
        title=bulletin.title,
        priority=bulletin.priority,
        prio=prio_of(bulletin.priority) if relay is None else Prio.RELAY.value,
        targets=bulletin.targets,
        schedules=bulletin.schedules,
        rendition=rendition,
        after=bulletin.after,
        submitted_by=bulletin.submitter_id or bulletin.author_id,
        submitted_by_name=bulletin.submitter_name or bulletin.author_name,
        approved_by=approver.user_id,
        approved_by_name=approver.name,
        approved_at=now,
        valid_from_at=bulletin.valid_from_at,
        valid_until_at=until_at if source is None else licensed_until(source, until_at),
        # A relay begins in the second in which its programme does: no sound of ours goes before it. A session has its
        # own opening and closing: none around each of its items.
        frames=frames if relay is None and not any(each.session for each in bulletin.schedules) else (),
        topic=bulletin.topic,
        origin=bulletin.origin if source is None else bulletin.origin or source.name,
        board=bulletin.board,
        relay=relay,
        genre=bulletin.genre,
    )


def content_of(uow: UnitOfWork, bulletin: Bulletin, call: Call, tree: AreaTree | None = None) -> str:
    """Digest what an approval would freeze now; empty while there is no sound. Within a unit of work."""
    if bulletin.sound.rendition(DEVICE_RENDITION) is None:
        return ""
    return content_sha256(
        bulletin, frozen(uow, bulletin, TransmissionId(bulletin.id), approver=call.actor, now=call.now, tree=tree)
    )


def others_there(
    uow: UnitOfWork, wanted: Transmission, areas: Sequence[AreaId], now: datetime
) -> Sequence[Transmission]:
    """Return the transmissions of other bulletins there; its own would be replaced."""
    found = uow[Transmissions].reaching(areas, now) if areas else ()
    return [each for each in found if each.bulletin_id != wanted.bulletin_id]


def clash_surroundings(uow: UnitOfWork, wanted: Transmission, now: datetime) -> ClashSurroundings:
    """Return the areas that it would reach, with the transmissions of other bulletins and the rules there."""
    tree = uow[Places].tree()
    areas = reached(wanted.targets, tree, uow[Devices].planning_areas())
    rules = {area_id: uow[Places].rules(area_id) for area_id in areas}
    return ClashSurroundings(areas, others_there(uow, wanted, areas, now), tree, rules)


def reach_of(uow: UnitOfWork, transmission: Transmission, now: datetime) -> BulletinReach:
    """Find the areas it would reach and its clashes there; freeze those areas' make-good rules into it."""
    there = clash_surroundings(uow, transmission, now)
    known = uow[MissedAirings].rules()
    # A missed programme cannot be made good: at another time its source sends another.
    is_relayed = transmission.relay is not None
    rules = () if is_relayed else rules_reaching(known, there.tree, there.areas, transmission.priority)
    transmission = replace(transmission, make_good=rules)
    return BulletinReach(transmission, tuple(there.areas), find_clashes(transmission, there, now))


def clear_reach_of(uow: UnitOfWork, transmission: Transmission, now: datetime) -> BulletinReach:
    """Return :func:`reach_of` with no blocking clash.

    Raises:
        InvalidError: what it relays may not be relayed there, or so long.
        ClashError: with every clash that stands in the way.
    """
    reach = reach_of(uow, transmission, now)
    require_permitted(uow, transmission, now, reach.areas)
    in_the_way = blocking(reach.clashes)
    if in_the_way:
        raise ClashError(in_the_way)
    return reach


def require_permitted(
    uow: UnitOfWork, transmission: Transmission, now: datetime, areas: Sequence[AreaId] | None = None
) -> None:
    """Check that what it relays may be relayed there. ``areas`` are those that it reaches, if they are known.

    Raises:
        InvalidError: what it relays may not be relayed there, or so long.
    """
    if transmission.relay is not None:
        there = clash_surroundings(uow, transmission, now).areas if areas is None else areas
        require_relayable(uow, transmission, others_there(uow, transmission, there, now), now)
