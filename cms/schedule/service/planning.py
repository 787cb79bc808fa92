"""Updates of an area's stored plans: run by the gateway for every PLAN row, and once a day for each area."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from broadcast.boards.showings import board_plan, showings
from broadcast.bulletins.framing import Framing
from broadcast.bulletins.model import BulletinAction, BulletinStatus
from broadcast.bulletins.targeting import reaches
from broadcast.bulletins.transmissions import DayPlan, TransmissionId
from broadcast.scheduling.area_rules import AreaRules
from broadcast.scheduling.planning import (
    FixedPast,
    Owed,
    WirePlan,
    owed_of,
    plan_bytes,
    plan_signed,
    with_made_good,
)
from cms.areas.repository import Places
from cms.boards.repository import BoardPlans, StoredBoardPlan
from cms.bulletins.repository.bulletins import Bulletins, Plans, Transmissions
from cms.bulletins.service.revisions import event_of, progressed
from cms.fleet.repository.devices import Devices
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.uow import UnitOfWork
from cms.schedule.queries.why import withheld
from cms.schedule.repository.missed import MissedAirings
from media.ports import ContentStore
from province.areas import AreaId
from province.people import program

log = logging.getLogger(__name__)

FREE_TRIES: Final = 3
_PLANNER: Final = program("planner")
_DAY = timedelta(days=1)
_CLOCKS_DIFFER = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Replanned:
    """Changes by one replanning: the dates for which devices need a new plan, and whether boards need theirs."""

    area_id: AreaId
    changed_on: tuple[date, ...]
    is_board_changed: bool = False


@dataclass(frozen=True, slots=True)
class _Draft:
    """Plans of an area as they have to be, and how they differ from what is stored; ``asked``: newest request then."""

    asked: int | None
    changed: Sequence[DayPlan]
    wire: Mapping[date, WirePlan]
    changed_on: tuple[date, ...]
    newly_placed: frozenset[TransmissionId]
    boards: WirePlan | None
    has_showings: bool

    def put(self, content: ContentStore) -> None:
        for wire in (*(self.wire[on] for on in self.changed_on), *([] if self.boards is None else [self.boards])):
            content.put_bytes(wire.data)


def replan(
    uow: UnitOfWork,
    content: ContentStore,
    area_id: AreaId,
    *,
    first_on: date,
    days: int,
    now: datetime,
    repeater_url: str = "",
) -> Replanned:
    """Plan the area's ``days`` dates from ``first_on`` (its today) and store those that differ from what is stored.

    Airings that began before ``now`` stay as stored: the past is not replanned. A MANIFEST row follows where devices
    would see a difference. A bulletin becomes SCHEDULED when the first airing of it is placed in a stored plan.

    ``repeater_url``: where devices fetch streams that the server repeats; empty: from their sources alone.

    Planned from a snapshot, and put into the content store, before the write lock is taken: both may take seconds. What
    changes meanwhile asks for a plan of its own, which is seen then; the last try is made under the lock.
    Bytes are put into the content store before the commit; a plan that is then rolled back leaves an unused blob only.
    """
    for _ in range(FREE_TRIES):
        with uow.looking() as seen:
            draft = _draft(seen, area_id, first_on, days, now, repeater_url=repeater_url)
        draft.put(content)
        if not draft.changed and draft.boards is None:
            return Replanned(area_id, ())
        with uow:
            if uow.outbox.newest_unsent(OutboxKind.PLAN, area_id) == draft.asked:
                return _store(uow, area_id, draft, now)
    log.warning("plan.contended: area %s changes as fast as it is planned", area_id)
    with uow:
        draft = _draft(uow, area_id, first_on, days, now, repeater_url=repeater_url)
        draft.put(content)
        return _store(uow, area_id, draft, now)


def _draft(uow: UnitOfWork, area_id: AreaId, first_on: date, days: int, now: datetime, *, repeater_url: str) -> _Draft:
    # First: on PostgreSQL the reads that follow may see later changes already.
    asked = uow.outbox.newest_unsent(OutboxKind.PLAN, area_id)
    stored = {plan.plan.on: plan for plan in uow[Plans].of_area(area_id, first_on - _DAY, first_on + days * _DAY)}
    tree = uow[Places].tree()
    framing = Framing(tree)
    reaching = [t for t in uow[Transmissions].reaching((area_id,), now) if reaches(t.targets, tree, area_id)]
    here = [framing.heard_in(each, area_id) for each in reaching]
    aired = FixedPast(now, [stored[on].plan for on in sorted(stored)])
    rules = uow[Places].rules(area_id)
    waiting = withheld(uow, here, rules)
    promised = plan_signed(area_id, first_on, days, here, rules, withheld=waiting, aired=aired)
    owed = _owed(uow, framing, area_id, rules, now)
    plans = with_made_good(promised, owed, rules, stored=aired.plans, now=now)
    wire = {plan.on: plan_bytes(plan, repeater_url) for plan in plans}
    # Showings begun by yesterday's airings may go on, and a board whose clock is slow still shows ended ones.
    shown_here = [t for t in here if t.id not in waiting] if uow[Devices].with_boards((area_id,)) else []
    near = showings(shown_here, first_on - _DAY, days + 1, rules.zone)
    shown = [each for each in near if each.end_at > now - _CLOCKS_DIFFER]
    boards, held = board_plan(area_id, shown), uow[BoardPlans].get(area_id)
    is_same = held.sha256 == boards.sha256 if held else not shown
    return _Draft(
        asked,
        # A plan whose reasons alone differ is stored too: "why" reads it, and devices see the same hash.
        [plan for plan in plans if plan.on not in stored or stored[plan.on].plan != plan],
        wire,
        tuple(p.on for p in plans if p.on not in stored or stored[p.on].sha256 != wire[p.on].sha256),
        _placed(plans) - _placed(s.plan for s in stored.values()),
        None if is_same else boards,
        bool(shown),
    )


def _store(uow: UnitOfWork, area_id: AreaId, draft: _Draft, now: datetime) -> Replanned:
    for plan in draft.changed:
        uow[Plans].put(plan, draft.wire[plan.on].sha256, len(draft.wire[plan.on].data), now)
    _schedule(uow, draft.newly_placed, now)
    boards = draft.boards
    if boards is not None:
        is_empty = not draft.has_showings
        uow[BoardPlans].put(StoredBoardPlan(area_id, boards.sha256, len(boards.data), is_empty, now))
    if draft.changed_on or boards is not None:
        uow.outbox.add(OutboxKind.MANIFEST, area_id)
    uow.commit()
    return Replanned(area_id, draft.changed_on, boards is not None)


def _owed(uow: UnitOfWork, framing: Framing, area_id: AreaId, rules: AreaRules, now: datetime) -> Sequence[Owed]:
    """Return the make-good airings owed to the area's devices."""
    missed = uow[MissedAirings].owed_in(area_id, now)
    wanted = [uow[Transmissions].get(each) for each in sorted({m.transmission_id for m in missed})]
    waiting = withheld(uow, wanted, rules)
    return owed_of(missed, [framing.heard_in(each, area_id) for each in wanted if each.id not in waiting])


def _placed(plans: Iterable[DayPlan]) -> frozenset[TransmissionId]:
    return frozenset(entry.transmission_id for plan in plans for entry in plan.entries)


def _schedule(uow: UnitOfWork, newly_placed: Iterable[TransmissionId], now: datetime) -> None:
    for transmission_id in sorted(newly_placed):
        bulletin = uow[Bulletins].get(uow[Transmissions].get(transmission_id).bulletin_id)
        if bulletin.status is not BulletinStatus.APPROVED:
            continue
        scheduled = progressed(bulletin, now, BulletinAction.SCHEDULE)
        uow[Bulletins].save(scheduled)
        uow.record(event_of("scheduled", scheduled, _PLANNER, transmission=transmission_id))
