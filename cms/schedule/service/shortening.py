"""Airing a recording shorter than it is: rights, lengths and cues.

It changes the spoken content: it is saved as an edit, its sound is made again, and approval is asked for again.
"""

from dataclasses import replace

from broadcast.bulletins.cues import Cutting, NoCut, cutting_of
from broadcast.bulletins.framing import DEVICE_RENDITION
from broadcast.bulletins.model import Bulletin, Cues
from cms.bulletins.service.drafts import require_editor
from cms.bulletins.service.freeze_before_air import freeze_of
from cms.bulletins.service.preflight import as_if_approved
from cms.platform.store.uow import UnitOfWork
from province.call import Call
from province.errors import InvalidError, NotAllowedError, Problem


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


def look(uow: UnitOfWork, bulletin: Bulletin, *, call: Call) -> Cutting | NoCut:
    """Return how the actor could make airings of the bulletin shorter, or why not. Changes nothing."""
    with uow:
        airing_ms = as_if_approved(uow, bulletin, call).duration_ms
        return cutting_for(uow, bulletin, airing_ms, call=call)
