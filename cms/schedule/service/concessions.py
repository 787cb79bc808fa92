"""Concessions of a rescheduling: ways out of clashes, a second bulletin for some targets, a shorter recording."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from broadcast.bulletins.cues import Cutting, NoCut, cutting_of
from broadcast.bulletins.framing import DEVICE_RENDITION
from broadcast.bulletins.model import Bulletin, BulletinId, BulletinStatus, Cues, Sound, SoundState, Targets
from broadcast.bulletins.transmissions import Occurrence, Transmission
from broadcast.scheduling.concessions import SEARCH, EditRequest, Span, WayOut, offers
from broadcast.scheduling.conflicts import CLASH_DAYS, Clash, ClashSurroundings, blocking, find_clashes, taken_spans
from broadcast.scheduling.rescheduling import MoveEdit, edited, promise_of
from cms.bulletins.repository.bulletins import Bulletins
from cms.bulletins.service.drafts import require_editor
from cms.bulletins.service.preflight import as_if_approved
from cms.bulletins.service.revisions import event_of, with_hands
from cms.bulletins.service.transmission_withdrawal import freeze_of
from cms.platform.store.uow import UnitOfWork
from cms.schedule.service.calendar import all_closed, own_sets
from province.areas import AreaId
from province.call import Call
from province.errors import InvalidError, NotAllowedError, Problem

WINDOW: Final = timedelta(days=CLASH_DAYS)


def ways_out(
    there: ClashSurroundings,
    wanted: Transmission,
    *,
    heard: Sequence[Occurrence],
    moving: Sequence[Occurrence],
    edit: MoveEdit,
    cutting: Cutting | NoCut,
    now: datetime,
) -> tuple[tuple[Clash, ...], tuple[WayOut, ...]]:
    """Return the clashes of what would be ``heard``, and the offers that resolve those in the way.

    They are those of the next month, and of the month that a move leads to.
    """
    clashes = find_clashes(wanted, there, now)
    if moving and moving[0].start_at > now + WINDOW:
        later = find_clashes(wanted, there, moving[0].start_at)
        clashes += tuple(clash for clash in later if clash not in clashes)
    in_the_way = blocking(clashes)
    if not in_the_way:
        return clashes, ()
    starts = [each.start_at for each in moving]
    length = timedelta(milliseconds=wanted.duration_ms)
    standing = [(each.start_at, each.start_at + length) for each in heard if each not in moving]

    def busy(areas: Sequence[AreaId]) -> list[Span]:
        here = replace(there, areas=areas)
        taken = taken_spans(wanted, here, starts[0], starts[-1] + length + SEARCH) if starts else ()
        return [*standing, *taken]

    originals = {(each.schedule_id, each.start_at): each.original_on for each in heard}
    asked = EditRequest(edit, wanted.priority, wanted.duration_ms, starts, originals, there.areas, cutting)
    return clashes, offers(asked, in_the_way, busy)


def split_off(uow: UnitOfWork, old: Bulletin, edit: MoveEdit, *, call: Call) -> Bulletin:
    """Add the draft for ``edit.split`` within a unit of work: ``old`` as it was, moved to ``edit.split_to``.

    Its sound is copied: it says the same. The person who splits it counts as an editor. Without a time it stays at the
    one it had, to be given one in the editor.
    """
    promise = promise_of(old)
    if edit.shift is not None and edit.split_to is not None:
        own = own_sets(uow, promise.schedules)
        shift = replace(edit.shift, to=edit.split_to)
        promise = edited(promise, MoveEdit(shift), call.now, lambda schedule: all_closed((schedule,), own, call.now)[0])
    # A sound still being made would be made for the other only: order one for this too.
    sound = old.sound if old.sound.state is SoundState.READY else Sound(SoundState.FAILED, error="DROPPED")
    made = replace(
        old,
        sound=sound,
        id=BulletinId(call.new_id()),
        status=BulletinStatus.DRAFT,
        version=1,
        created_at=call.now,
        changed_at=call.now,
        schedules=promise.schedules,
        targets=Targets(tuple(dict.fromkeys(edit.split)), old.targets.exclude),
        submitter_id=None,
        submitter_name="",
        approver_id=None,
        remarks=(),
        notes=(),
        proposal=None,
        editors=with_hands(old, call.actor.user_id),
    )
    uow[Bulletins].add(made)
    uow.record(event_of("created", made, call.actor, split_from=old.id))
    return made


def cutting_for(uow: UnitOfWork, bulletin: Bulletin, airing_ms: int, *, call: Call) -> Cutting | NoCut:
    """Return how the actor can make airings of ``airing_ms`` shorter now, or why not. Within a unit of work."""
    rendition = bulletin.sound.rendition(DEVICE_RENDITION)
    sound_ms = None if rendition is None else rendition.duration_ms
    found = cutting_of(bulletin, airing_ms=airing_ms, sound_ms=sound_ms)
    if isinstance(found, NoCut):
        return found
    try:
        require_editor(uow, bulletin, call)
    except NotAllowedError:
        return NoCut.NOT_YOURS
    return found if freeze_of(uow, bulletin.id, call.now) is None else NoCut.FROZEN


def cues_for(cutting: Cutting | NoCut, length_ms: int) -> Cues:
    """Return the cues of airings that long at most.

    Raises:
        InvalidError: it cannot be made as long, or shorter at all.
    """
    if isinstance(cutting, NoCut):
        raise InvalidError([Problem("length_ms", f"NO_CUT_{cutting.name}")])
    return cutting.to(length_ms)


def as_long(bulletin: Bulletin, cutting: Cutting | NoCut, length_ms: int | None) -> Bulletin:
    """Return the bulletin as if its sound were made with the cues of :func:`cues_for`; without a length as it is."""
    if length_ms is None or isinstance(cutting, NoCut):
        return bulletin
    renditions = tuple(
        replace(each, duration_ms=length_ms - cutting.around_ms) if each.kind == DEVICE_RENDITION else each
        for each in bulletin.sound.renditions
    )
    return replace(bulletin, sound=replace(bulletin.sound, renditions=renditions))


def look_for_cut(uow: UnitOfWork, bulletin: Bulletin, *, call: Call) -> Cutting | NoCut:
    """Return how the actor could make airings of the bulletin shorter, or why not. Changes nothing."""
    with uow:
        airing_ms = as_if_approved(uow, bulletin, call).duration_ms
        return cutting_for(uow, bulletin, airing_ms, call=call)
