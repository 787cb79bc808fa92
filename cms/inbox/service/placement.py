"""Placing items handed down: the commune's copy, its transmission, and how two priority items make room.

The gateway runs ``settle``: items to place at once, and items whose order or answer is overdue.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from broadcast.bulletins.approval_document import document_of
from broadcast.bulletins.model import Bulletin, BulletinAction, BulletinId, BulletinStatus
from broadcast.bulletins.priority import CLASSES
from broadcast.bulletins.targeting import reached
from broadcast.bulletins.transmissions import Transmission, TransmissionId
from broadcast.inbox.model import (
    First,
    HandedDown,
    HandedDownAction,
    HandedDownId,
    HandedDownState,
    Yielded,
    next_state,
    receivers,
    yielding,
)
from broadcast.scheduling.conflicts import CLASH_DAYS, ClashKind, ClashSurroundings, taken_spans
from broadcast.scheduling.recurrence import next_start_at
from cms.areas.repository import Places
from cms.bulletins.repository.approvals import Approvals
from cms.bulletins.repository.bulletins import Bulletins, Transmissions
from cms.bulletins.service.freeze import frozen, others_there, reach_of
from cms.bulletins.service.revisions import event_of, revised, with_hands
from cms.bulletins.service.transmission_withdrawal import CANCEL_AHEAD, take_back
from cms.fleet.repository.devices import Devices
from cms.inbox.repository import HandedDowns
from cms.inbox.service.hand_down import item_event, stepped
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.uow import UnitOfWork
from cms.stations.service.programmes import follow
from province.areas import AreaId
from province.call import NewId
from province.people import Actor, program
from province.wall_clock import local_date

_INBOX: Final = program("inbox")
_DAY: Final = timedelta(days=1)


def settle(uow: UnitOfWork, item_id: HandedDownId, *, now: datetime, new_id: NewId) -> HandedDown:
    """Do everything due for the item and return it as it then stands; idempotent.

    PLACING: placed, or COLLIDING where it meets a priority item of the commune's own. COLLIDING and over time: placed
    by the default. OFFERED and over time: lapsed. An item with nothing left to air lapses, and its sender sees it.
    """
    with uow:
        item = uow[HandedDowns].get(item_id)
        is_over_time = item.answer_by_at <= now
        match item.state:
            case HandedDownState.OFFERED if is_over_time:
                after = _lapsed(uow, item, now, "")
            case HandedDownState.PLACING:
                after = _place(uow, item, now=now, new_id=new_id)
            case HandedDownState.COLLIDING if is_over_time:
                first = uow[HandedDowns].rules(item.area_id).first
                by_default = replace(item, reason="DEFAULT", answered_at=now)
                after = put_first(uow, by_default, first, HandedDownAction.ORDER, now=now, new_id=new_id)
                uow.record(item_event("ordered", after, now, _INBOX, first=first.value, default=True))
            case _:
                return item
        uow.commit()
    return after


def copy_for(
    uow: UnitOfWork, item: HandedDown, source: Bulletin, *, now: datetime, new_id: NewId, by: Actor | None = None
) -> Bulletin:
    """Return the commune's own bulletin made of the item: same text, same sound, for that commune alone."""
    on = local_date(item.sent_at)
    found = receivers(source.targets, uow[Places].tree(), uow[Places].commune_kinds(), on)
    return replace(
        source,
        id=BulletinId(new_id()),
        targets=found.communes[item.area_id],
        created_at=now,
        changed_at=now,
        status=BulletinStatus.APPROVED,
        version=1,
        sound=replace(source.sound, own_versions=0),
        submitter_id=source.submitter_id if by is None else by.user_id,
        submitter_name=source.submitter_name if by is None else by.name,
        editors=with_hands(source),
        remarks=(),
        notes=(),
        proposal=None,
        is_handed_down=False,
        source_id=source.id,
    )


def placed_transmission(
    uow: UnitOfWork, copy: Bulletin, item: HandedDown, now: datetime, new_id: NewId
) -> Transmission:
    """Freeze the copy in the name of the approver of the content."""
    approver = Actor(item.approved_by, item.approved_by_name, ())
    return frozen(uow, copy, TransmissionId(new_id()), approver=approver, now=now)


def store_placed(
    uow: UnitOfWork, item: HandedDown, copy: Bulletin, transmission: Transmission, areas: Iterable[AreaId]
) -> None:
    """Store item, bulletin and transmission together, and replan every area that hears it."""
    uow[Bulletins].add(copy)
    uow[Transmissions].add(transmission)
    uow[Approvals].add(document_of(copy, transmission))
    follow(uow, copy, transmission, transmission.approved_at)
    uow[HandedDowns].save(item)
    for area_id in areas:
        uow.outbox.add(OutboxKind.PLAN, area_id)


def put_first(
    uow: UnitOfWork, item: HandedDown, first: First, action: HandedDownAction, *, now: datetime, new_id: NewId
) -> HandedDown:
    """Place it at its own time with the commune's behind it (ABOVE), or behind the commune's (OWN). Not yet committed.

    Where an airing of the commune's would find no room, the item from above goes behind instead: nothing of the
    commune's is dropped. An airing from above without room is left out and named in the event; without any the item
    lapses.
    """
    source = uow[Bulletins].get(item.bulletin_id)
    copy = copy_for(uow, item, source, now=now, new_id=new_id)
    wanted = placed_transmission(uow, copy, item, now, new_id)
    rivals = [each for each in _own_rivals(uow, wanted, item.area_id, now) if first is First.ABOVE]
    others = [each for each in _others(uow, wanted, now) if each not in rivals]
    yielded = yielding(wanted, _taken(uow, wanted, others, now), now)
    making_room = _room_behind(uow, replace(wanted, schedules=yielded.schedules), rivals, now)
    if making_room is None:
        others += rivals
        yielded = yielding(wanted, _taken(uow, wanted, others, now), now)
    if not yielded.schedules or next_start_at(yielded.schedules, now, None, wanted.valid_until_at) is None:
        return _lapsed(uow, item, now, "NO_ROOM")
    for rival, behind in making_room or ():
        _move_behind(uow, rival, behind, now=now, new_id=new_id)
    placed = stepped(item, action, placed_id=copy.id)
    wanted = replace(wanted, schedules=yielded.schedules)
    areas = reached(wanted.targets, uow[Places].tree(), uow[Devices].planning_areas())
    store_placed(uow, placed, replace(copy, schedules=yielded.schedules), wanted, areas)
    detail = {
        "placed": copy.id,
        "moved": [[a.isoformat(), b.isoformat()] for a, b in yielded.moved],
        "left_out": [at.isoformat() for at in yielded.left_out],
        "made_room": [rival.bulletin_id for rival, _ in making_room or ()],
    }
    uow.record(item_event("placed", placed, now, _INBOX, **detail))
    return placed


def _place(uow: UnitOfWork, item: HandedDown, *, now: datetime, new_id: NewId) -> HandedDown:
    source = uow[Bulletins].get(item.bulletin_id)
    if next_start_at(source.schedules, now, source.valid_from_at, source.valid_until_at) is None:
        return _lapsed(uow, item, now, "NOTHING_LEFT_TO_AIR")
    copy = copy_for(uow, item, source, now=now, new_id=new_id)
    wanted = placed_transmission(uow, copy, item, now, new_id)
    rivals = {each.id for each in _own_rivals(uow, wanted, item.area_id, now)}
    met = [
        clash.start_at
        for clash in reach_of(uow, wanted, now).clashes
        if clash.kind is ClashKind.EQUAL_PRIORITY and clash.other_id in rivals
    ]
    if not met:
        return put_first(uow, item, First.OWN, HandedDownAction.PLACE, now=now, new_id=new_id)
    # Decided while devices can still get the new plan.
    until_at = min(now + timedelta(minutes=uow[HandedDowns].rules(item.area_id).order_minutes), min(met) - CANCEL_AHEAD)
    colliding = stepped(item, HandedDownAction.COLLIDE, answer_by_at=max(now, until_at))
    uow[HandedDowns].save(colliding)
    uow.record(item_event("collided", colliding, now, _INBOX, starts=[at.isoformat() for at in met]))
    return colliding


def _lapsed(uow: UnitOfWork, item: HandedDown, now: datetime, reason: str) -> HandedDown:
    next_state(item.state, HandedDownAction.LAPSE)
    lapsed = stepped(item, HandedDownAction.LAPSE, reason=reason, answered_at=now)
    uow[HandedDowns].save(lapsed)
    uow.record(item_event("lapsed", lapsed, now, _INBOX, reason=reason))
    return lapsed


def _others(uow: UnitOfWork, wanted: Transmission, now: datetime) -> list[Transmission]:
    areas = reached(wanted.targets, uow[Places].tree(), uow[Devices].planning_areas())
    return list(others_there(uow, wanted, areas, now))


def _own_rivals(uow: UnitOfWork, wanted: Transmission, area_id: AreaId, now: datetime) -> list[Transmission]:
    """Return the commune's own priority items: aimed only within it, and not handed down."""
    tree = uow[Places].tree()
    return [
        each
        for each in _others(uow, wanted, now)
        if CLASSES[each.priority].is_placed_at_once
        and all(area in tree and tree.is_within(area, area_id) for area in each.targets.areas)
        and not uow[HandedDowns].is_placed(each.bulletin_id)
    ]


def _taken(
    uow: UnitOfWork, wanted: Transmission, others: Sequence[Transmission], now: datetime
) -> list[tuple[datetime, datetime]]:
    tree = uow[Places].tree()
    areas = reached(wanted.targets, tree, uow[Devices].planning_areas())
    rules = {area_id: uow[Places].rules(area_id) for area_id in areas}
    until_at = now + (CLASH_DAYS + 2) * _DAY
    return list(taken_spans(wanted, ClashSurroundings(areas, others, tree, rules), now, until_at))


def _room_behind(
    uow: UnitOfWork, first: Transmission, rivals: Sequence[Transmission], now: datetime
) -> list[tuple[Transmission, Yielded]] | None:
    """Move each rival behind the first item and the rivals before it; None where one would lose an airing."""
    moved: list[tuple[Transmission, Yielded]] = []
    for rival in rivals:
        settled = {each.id: replace(each, schedules=behind.schedules) for each, behind in moved}
        there = [settled.get(each.id, each) for each in _others(uow, rival, now)]
        behind = yielding(rival, _taken(uow, rival, [*there, first], now), now)
        if behind.left_out:
            return None
        if behind.moved:
            moved.append((rival, behind))
    return moved


def _move_behind(uow: UnitOfWork, rival: Transmission, behind: Yielded, *, now: datetime, new_id: NewId) -> None:
    """Move the same content to new times: a new transmission replaces the old, as when a slot is filled."""
    old = uow[Bulletins].get(rival.bulletin_id)
    moved = revised(old, BulletinAction.FILL, now, schedules=behind.schedules, proposal=None)
    cancelled = take_back(uow, old.id, now, spares_on_air=True)
    uow[Bulletins].save(moved)
    placed = replace(
        rival,
        id=TransmissionId(new_id()),
        bulletin_version=moved.version,
        schedules=behind.schedules,
        approved_at=now,
    )
    uow[Transmissions].add(placed)
    uow[Approvals].add(document_of(moved, placed))
    follow(uow, moved, placed, now)
    at = [[a.isoformat(), b.isoformat()] for a, b in behind.moved]
    uow.record(event_of("moved_behind", moved, _INBOX, cancelled=cancelled, moved=at))
