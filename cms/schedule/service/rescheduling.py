"""Rescheduling of bulletins: the outlook of an edit before it is saved, and the saving.

A bulletin not yet approved is changed. An approved one airs as approved; the change waits as a proposal for a second
person (``changing``).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from broadcast.bulletins.cues import Cutting, NoCut
from broadcast.bulletins.lifecycle import APPROVED, next_status
from broadcast.bulletins.model import Bulletin, BulletinAction, BulletinId, BulletinStatus, Cues, Proposal
from broadcast.bulletins.targeting import reaches
from broadcast.bulletins.transmissions import Occurrence
from broadcast.scheduling.area_rules import instant
from broadcast.scheduling.concessions import WayOut
from broadcast.scheduling.conflicts import Clash, blocking
from broadcast.scheduling.recurrence import occurrences_of
from broadcast.scheduling.rescheduling import MoveEdit, Promise, edited, promise_of
from cms.areas.repository import Places
from cms.bulletins.repository.bulletins import Bulletins
from cms.bulletins.service.drafts import rewrite
from cms.bulletins.service.freeze import clash_surroundings, require_ready
from cms.bulletins.service.preflight import as_if_approved
from cms.bulletins.service.revisions import event_of, redraft, require_current, revised, with_hands
from cms.bulletins.service.transmission_withdrawal import Freeze, freeze_of, longest_freeze_min
from cms.platform.store.uow import UnitOfWork
from cms.schedule.service.calendar import all_closed, own_sets
from cms.schedule.service.concessions import WINDOW, as_long, cues_for, cutting_for, split_off, ways_out
from province.areas import AreaId
from province.call import Call
from province.errors import ClashError, InvalidError, Problem, refuse
from province.people import Action
from province.wall_clock import DEFAULT_ZONE

UNSENT = frozenset({BulletinStatus.DRAFT, BulletinStatus.RETURNED})


@dataclass(frozen=True, slots=True)
class Outlook:
    """Outcome of an edit. ``gone`` and ``come`` are the starts of the next month that it takes and brings.

    ``needs_approval``: it airs as it was until a second person confirms. ``cutting`` is how it can be made shorter, or
    why not; ``cues`` do it where the edit says so, and that withdraws an approved bulletin (``takes_back``).
    """

    bulletin: Bulletin
    after: Promise
    gone: tuple[datetime, ...]
    come: tuple[datetime, ...]
    clashes: tuple[Clash, ...]
    offers: tuple[WayOut, ...]
    needs_approval: bool
    cutting: Cutting | NoCut
    cues: Cues | None = None
    freeze: Freeze | None = None
    too_soon: Freeze | None = None

    @property
    def takes_back(self) -> bool:
        return self.cues is not None and self.bulletin.status in APPROVED

    @property
    def is_clear(self) -> bool:
        return not blocking(self.clashes)


def look(uow: UnitOfWork, bulletin_id: BulletinId, *, edit: MoveEdit, call: Call) -> Outlook:
    """Return the outlook of an edit. Changes nothing.

    Raises:
        NotFoundError, NotAllowedError, NotPossibleError: see their remedies.
        InvalidError: with everything wrong with the edit.
    """
    with uow:
        old = _reschedulable(uow, bulletin_id, call)
        return _outlook(uow, old, edit, call=call)


def reschedule(
    uow: UnitOfWork, bulletin_id: BulletinId, *, edit: MoveEdit, expected_version: int, call: Call
) -> Bulletin:
    """Save the next version: changed, or, where it was approved, with the change as its proposal.

    An edit that makes its recording shorter is an edit of the bulletin (:mod:`cms.bulletins.service.drafts`): a draft
    again, with its sound made again.

    Where the edit splits its targets, a draft for the others is written beside it: the same content, source, author
    and validity, and approved like any other.

    Raises:
        NotFoundError, NotAllowedError, ConflictError, NotPossibleError: see their remedies.
        InvalidError: with everything wrong with the edit, or it changes nothing.
        ClashError: it was handed over already, with every clash that would stand in the way.
    """
    with uow:
        old = _reschedulable(uow, bulletin_id, call)
        require_current(old, expected_version)
        outlook = _outlook(uow, old, edit, call=call)
        if outlook.after == _present(old) and outlook.cues is None:
            raise InvalidError([Problem("to", "NOTHING_CHANGED")])
        if old.status not in UNSENT and not outlook.is_clear:
            raise ClashError(blocking(outlook.clashes))
        if edit.split:
            split_off(uow, as_promised(old, _present(old)), edit, call=call)
        if outlook.cues is not None:
            draft = replace(redraft(as_promised(old, outlook.after)), cues=outlook.cues)
            bulletin = rewrite(uow, old, draft=draft, call=call)
        else:
            bulletin = _save(uow, old, outlook.after, call)
        uow.commit()
    return bulletin


def as_promised(bulletin: Bulletin, promise: Promise | Proposal) -> Bulletin:
    return replace(bulletin, schedules=promise.schedules, priority=promise.priority, targets=promise.targets)


def _present(bulletin: Bulletin) -> Promise:
    """Return the state an edit starts from: the change that waits, else the bulletin as it is."""
    return promise_of(bulletin if bulletin.proposal is None else as_promised(bulletin, bulletin.proposal))


def _reschedulable(uow: UnitOfWork, bulletin_id: BulletinId, call: Call) -> Bulletin:
    found = uow[Bulletins].get(bulletin_id)
    call.require(Action.BULLETIN_SUBMIT, found.targets.areas, uow[Places].tree())
    next_status(found.status, BulletinAction.RESCHEDULE)
    return found


def _save(uow: UnitOfWork, old: Bulletin, after: Promise, call: Call) -> Bulletin:
    if old.status not in UNSENT:
        require_ready(as_promised(old, after), call.now)
    bulletin = _changed(old, after, call)
    uow[Bulletins].save(bulletin)
    uow.record(event_of("change_proposed" if old.status in APPROVED else "rescheduled", bulletin, call.actor))
    return bulletin


def _changed(old: Bulletin, after: Promise, call: Call) -> Bulletin:
    if old.status in APPROVED:
        proposal = Proposal(
            after.schedules, after.priority, after.targets, call.actor.user_id, call.actor.name, call.now
        )
        if after == promise_of(old):
            # Dragged back to where it was: nothing is asked for any more.
            return revised(old, BulletinAction.RESCHEDULE, call.now, proposal=None)
        # The waiting change is part of the new one: its author may confirm neither.
        editors = old.editors if old.proposal is None else with_hands(old, old.proposal.by)
        return revised(old, BulletinAction.RESCHEDULE, call.now, proposal=proposal, editors=editors)
    editors = with_hands(old, call.actor.user_id)
    changed = as_promised(revised(old, BulletinAction.RESCHEDULE, call.now, editors=editors), after)
    if old.status is not BulletinStatus.SUBMITTED:
        return changed
    return replace(changed, submitter_id=call.actor.user_id, submitter_name=call.actor.name)


def _outlook(uow: UnitOfWork, old: Bulletin, edit: MoveEdit, *, call: Call) -> Outlook:
    before, tree = _present(old), uow[Places].tree()
    unknown = [Problem("exclude", "AREA_UNKNOWN", {"area": area[:40]}) for area in edit.exclude if area not in tree]
    unknown += [
        Problem("split", "AREA_UNKNOWN", {"area": area[:40]})
        for area in edit.split
        if area not in tree or not reaches(before.targets, tree, area)
    ]
    refuse(unknown)
    own = own_sets(uow, before.schedules)
    after = edited(before, edit, call.now, lambda schedule: all_closed((schedule,), own, call.now)[0])
    was = as_if_approved(uow, as_promised(old, before), call)
    cutting = cutting_for(uow, old, was.duration_ms, call=call)
    cues = None if edit.length_ms is None else cues_for(cutting, edit.length_ms)
    cues = None if cues == old.cues else cues
    wanted = as_if_approved(uow, as_promised(as_long(old, cutting, edit.length_ms), after), call)
    # Where the move leads past the month that is looked at anyway, the month after it is looked at as well.
    until_at = (call.now if edit.shift is None else max(call.now, _wall(edit.shift.to))) + WINDOW
    was_heard, is_heard = occurrences_of(was, call.now, until_at), occurrences_of(wanted, call.now, until_at)
    moving = _only_in(is_heard, was_heard)
    there = clash_surroundings(uow, wanted, call.now)
    clashes, found = ways_out(there, wanted, heard=is_heard, moving=moving, edit=edit, cutting=cutting, now=call.now)
    return Outlook(
        bulletin=old,
        after=after,
        gone=tuple(o.start_at for o in _only_in(was_heard, is_heard)),
        come=tuple(o.start_at for o in moving),
        clashes=clashes,
        offers=found,
        needs_approval=old.status in APPROVED and cues is None,
        cutting=cutting,
        cues=cues,
        freeze=freeze_of(uow, old.id, call.now),
        too_soon=_too_soon(uow, there.areas, moving, call.now),
    )


def _too_soon(uow: UnitOfWork, areas: Sequence[AreaId], moving: Sequence[Occurrence], now: datetime) -> Freeze | None:
    freeze_min = longest_freeze_min(uow, areas)
    if not moving or moving[0].start_at > now + timedelta(minutes=freeze_min):
        return None
    return Freeze(moving[0].start_at, freeze_min, moving[0].id, tuple(areas))


def _wall(at: datetime) -> datetime:
    return instant(at.date(), at.time(), DEFAULT_ZONE)


def _only_in(these: Sequence[Occurrence], those: Sequence[Occurrence]) -> list[Occurrence]:
    there = {occurrence.start_at for occurrence in those}
    return [occurrence for occurrence in these if occurrence.start_at not in there]
