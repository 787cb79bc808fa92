"""Moving what is planned: what it would mean, before it is saved; and the saving.

A bulletin nobody has approved yet is changed. An approved one airs as approved; the change waits as a proposal for a
second person (``changing``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

from broadcast.conflicts import CLASH_DAYS, Clash, blocking, find_clashes, taken_spans
from broadcast.errors import ClashError, InvalidError, Problem
from broadcast.lifecycle import next_status
from broadcast.model.area_rules import AreaRules
from broadcast.model.bulletins import Bulletin, BulletinAction, BulletinId, BulletinStatus, Proposal
from broadcast.model.people import Action, Actor
from broadcast.model.schedules import DEFAULT_ZONE
from broadcast.model.transmissions import Occurrence, Transmission
from broadcast.offers import SEARCH, Offer, Span, Wanted, offers
from broadcast.ports import Authority, NewId, UnitOfWork
from broadcast.quiet_hours import instant
from broadcast.recurrence import occurrences_of
from broadcast.rescheduling import Edit, Promise, edited, promise_of
from broadcast.targeting import reached, reaches
from broadcast.use_cases.closing import all_closed, own_sets
from broadcast.use_cases.freezing import others_there, require_ready
from broadcast.use_cases.previewing import as_if_approved
from broadcast.use_cases.revising import event_of, require_current, revised, with_hands
from broadcast.use_cases.splitting import split_off
from devices.areas import AreaId, AreaTree

_WINDOW = timedelta(days=CLASH_DAYS)
UNSENT = frozenset({BulletinStatus.DRAFT, BulletinStatus.RETURNED})
APPROVED = frozenset({BulletinStatus.APPROVED, BulletinStatus.SCHEDULED})


@dataclass(frozen=True, slots=True)
class Outlook:
    """What an edit would mean. ``gone`` and ``come`` are the starts of the next month that it takes and brings.

    ``needs_approval``: it airs as it was until somebody else confirms.
    """

    bulletin: Bulletin
    after: Promise
    gone: tuple[datetime, ...]
    come: tuple[datetime, ...]
    clashes: tuple[Clash, ...]
    offers: tuple[Offer, ...]
    needs_approval: bool

    @property
    def is_clear(self) -> bool:
        return not blocking(self.clashes)


def look(
    uow: UnitOfWork, bulletin_id: BulletinId, *, edit: Edit, actor: Actor, authority: Authority, now: datetime
) -> Outlook:
    """The outlook of an edit. Changes nothing.

    Raises:
        NotFoundError, NotAllowedError, NotPossibleError: see their remedies.
        InvalidError: with everything wrong with the edit.
    """
    with uow:
        old = _reschedulable(uow, bulletin_id, actor, authority)
        return _outlook(uow, old, edit, actor, now)


def reschedule(
    uow: UnitOfWork,
    bulletin_id: BulletinId,
    *,
    edit: Edit,
    expected_version: int,
    actor: Actor,
    authority: Authority,
    now: datetime,
    new_id: NewId,
) -> Bulletin:
    """The next version: changed, or, where it was approved, with the change as its proposal.

    Where the edit splits its targets, a draft for the others is written beside it: the same content, source, author
    and validity, and approved like any other.

    Raises:
        NotFoundError, NotAllowedError, ConflictError, NotPossibleError: see their remedies.
        InvalidError: with everything wrong with the edit, or it changes nothing.
        ClashError: it was handed over already, with every clash that would stand in the way.
    """
    with uow:
        old = _reschedulable(uow, bulletin_id, actor, authority)
        require_current(old, expected_version)
        outlook = _outlook(uow, old, edit, actor, now)
        if outlook.after == _present(old):
            raise InvalidError([Problem("to", "NOTHING_CHANGED")])
        if old.status not in UNSENT:
            if not outlook.is_clear:
                raise ClashError(blocking(outlook.clashes))
            require_ready(as_promised(old, outlook.after), now)
        bulletin = _saved(old, outlook.after, actor, now)
        uow.bulletins.save(bulletin)
        if edit.split:
            split_off(uow, as_promised(old, _present(old)), edit, actor=actor, now=now, new_id=new_id)
        uow.record(event_of("change_proposed" if old.status in APPROVED else "rescheduled", bulletin, actor))
        uow.commit()
    return bulletin


def as_promised(bulletin: Bulletin, promise: Promise | Proposal) -> Bulletin:
    return replace(bulletin, schedules=promise.schedules, priority=promise.priority, targets=promise.targets)


def _present(bulletin: Bulletin) -> Promise:
    """What an edit starts from: the change that waits, else the bulletin as it is."""
    return promise_of(bulletin if bulletin.proposal is None else as_promised(bulletin, bulletin.proposal))


def _reschedulable(uow: UnitOfWork, bulletin_id: BulletinId, actor: Actor, authority: Authority) -> Bulletin:
    found = uow.bulletins.get(bulletin_id)
    authority.require(actor, Action.BULLETIN_SUBMIT, found.targets.areas, uow.places.tree())
    next_status(found.status, BulletinAction.RESCHEDULE)
    return found


def _saved(old: Bulletin, after: Promise, actor: Actor, now: datetime) -> Bulletin:
    if old.status in APPROVED:
        proposal = Proposal(after.schedules, after.priority, after.targets, actor.user_id, actor.name, now)
        if after == promise_of(old):
            # Dragged back to where it was: nothing is asked for any more.
            return revised(old, BulletinAction.RESCHEDULE, now, proposal=None)
        # What waited goes on in what is asked for now: whoever asked for it confirms neither.
        editors = old.editors if old.proposal is None else with_hands(old, old.proposal.by)
        return revised(old, BulletinAction.RESCHEDULE, now, proposal=proposal, editors=editors)
    editors = with_hands(old, actor.user_id)
    changed = as_promised(revised(old, BulletinAction.RESCHEDULE, now, editors=editors), after)
    if old.status is not BulletinStatus.SUBMITTED:
        return changed
    return replace(changed, submitter_id=actor.user_id, submitter_name=actor.name)


def _outlook(uow: UnitOfWork, old: Bulletin, edit: Edit, actor: Actor, now: datetime) -> Outlook:
    before, tree = _present(old), uow.places.tree()
    unknown = [Problem("exclude", "AREA_UNKNOWN", {"area": area[:40]}) for area in edit.exclude if area not in tree]
    unknown += [
        Problem("split", "AREA_UNKNOWN", {"area": area[:40]})
        for area in edit.split
        if area not in tree or not reaches(before.targets, tree, area)
    ]
    if unknown:
        raise InvalidError(unknown)
    own = own_sets(uow, before.schedules)
    after = edited(before, edit, now, lambda schedule: all_closed((schedule,), own, now)[0])
    was = as_if_approved(uow, as_promised(old, before), actor, now)
    wanted = as_if_approved(uow, as_promised(old, after), actor, now)
    # Where the move leads past the month that is looked at anyway, the month after it is looked at as well.
    until_at = (now if edit.shift is None else max(now, _wall(edit.shift.to))) + _WINDOW
    was_heard, is_heard = occurrences_of(was, now, until_at), occurrences_of(wanted, now, until_at)
    moving = _only_in(is_heard, was_heard)
    clashes, found = _ways_out(_There.of(uow, wanted, now), wanted, is_heard, moving, edit)
    return Outlook(
        bulletin=old,
        after=after,
        gone=tuple(o.start_at for o in _only_in(was_heard, is_heard)),
        come=tuple(o.start_at for o in moving),
        clashes=clashes,
        offers=found,
        needs_approval=old.status in APPROVED,
    )


def _ways_out(
    there: _There, wanted: Transmission, heard: Sequence[Occurrence], moving: Sequence[Occurrence], edit: Edit
) -> tuple[tuple[Clash, ...], tuple[Offer, ...]]:
    """The clashes of what would be ``heard``, and the offers that resolve those in the way."""
    clashes = there.clashes(wanted, moving)
    in_the_way = blocking(clashes)
    if not in_the_way:
        return clashes, ()
    starts = [each.start_at for each in moving]
    length = timedelta(milliseconds=wanted.duration_ms)
    standing = [(each.start_at, each.start_at + length) for each in heard if each not in moving]

    def busy(areas: Sequence[AreaId]) -> list[Span]:
        taken = there.taken(wanted, areas, starts[0], starts[-1] + length + SEARCH) if starts else ()
        return [*standing, *taken]

    originals = {(each.schedule_id, each.start_at): each.original_on for each in heard}
    asked = Wanted(edit, wanted.priority, wanted.duration_ms, starts, originals, there.areas)
    return clashes, offers(asked, in_the_way, busy)


@dataclass(frozen=True, slots=True)
class _There:
    """Where it would be heard, and what is promised and quiet there."""

    areas: tuple[AreaId, ...]
    others: Sequence[Transmission]
    tree: AreaTree
    rules: Mapping[AreaId, AreaRules]
    now: datetime

    @classmethod
    def of(cls, uow: UnitOfWork, wanted: Transmission, now: datetime) -> Self:
        tree = uow.places.tree()
        areas = reached(wanted.targets, tree, uow.devices.planning_areas())
        rules = {area_id: uow.places.rules(area_id) for area_id in areas}
        return cls(areas, others_there(uow, wanted, areas, now), tree, rules, now)

    def clashes(self, wanted: Transmission, moving: Sequence[Occurrence]) -> tuple[Clash, ...]:
        """Those of the next month, and of the month that a move leads to."""
        found = self._since(wanted, self.now)
        if moving and moving[0].start_at > self.now + _WINDOW:
            found += tuple(clash for clash in self._since(wanted, moving[0].start_at) if clash not in found)
        return found

    def taken(
        self, wanted: Transmission, areas: Sequence[AreaId], since_at: datetime, until_at: datetime
    ) -> Iterable[Span]:
        return taken_spans(
            wanted,
            areas=areas,
            others=self.others,
            tree=self.tree,
            rules=self.rules,
            since_at=since_at,
            until_at=until_at,
        )

    def _since(self, wanted: Transmission, since_at: datetime) -> tuple[Clash, ...]:
        return find_clashes(
            wanted, areas=self.areas, others=self.others, tree=self.tree, rules=self.rules, since_at=since_at
        )


def _wall(at: datetime) -> datetime:
    return instant(at.date(), at.time(), DEFAULT_ZONE)


def _only_in(these: Sequence[Occurrence], those: Sequence[Occurrence]) -> list[Occurrence]:
    there = {occurrence.start_at for occurrence in those}
    return [occurrence for occurrence in these if occurrence.start_at not in there]
