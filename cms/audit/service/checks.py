"""Checks of the whole event log: asked for by an auditor or due each day, done in parts that resume after a restart."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from cms.areas.repository import Places
from cms.audit.model import Anchor, AuditCheck
from cms.audit.repository import AuditChecks, lost_anchors
from cms.platform.store.chain import ChainLink, verify_page
from cms.platform.store.uow import UnitOfWork, UowFactory
from province.call import Call, NewId
from province.events import Event
from province.people import Action, program

EVERY: Final = timedelta(hours=24)
PAGES_A_PART: Final = 20
"""A part of 20,000 lines takes a third of a second: the scheduler has other threads."""
LOST_MOST: Final = 20
CLOCK: Final = program("clock")
log = logging.getLogger(__name__)


def ask_check(opened: UnitOfWork, *, call: Call) -> AuditCheck:
    """Ask for a check of the whole log; one that is not finished is that which was asked for.

    Raises:
        NotAllowedError: the actor may not read the log.
    """
    with opened as unit:
        call.require(Action.AUDIT_READ, (), unit[Places].tree())
        found = unit[AuditChecks].latest(is_finished=False)
        if found is None:
            found = AuditCheck(call.new_id(), call.actor.user_id, call.actor.name, call.now)
            unit[AuditChecks].add(found)
            unit.record(call.event("audit.check_requested", found.id))
            unit.commit()
    return found


def continue_check(uow: UowFactory, anchors: Callable[[], Sequence[Anchor]], now: datetime, new_id: NewId) -> int:
    """Check the next part of the log, a new check where one is due; return the number of lines that held."""
    with uow.reading() as unit:
        known = unit[AuditChecks]
        check = known.latest(is_finished=False)
        if check is None:
            last = known.latest()
            if last is not None and timedelta(0) <= now - last.asked_at < EVERY:
                return 0
            check = AuditCheck(new_id(), CLOCK.user_id, CLOCK.name, now)
        after = _next_part(unit, check, anchors, now)
    with uow() as unit:
        unit[AuditChecks].put(after)
        if after.finished_at is not None:
            unit.record(_finding(after, now))
        unit.commit()
    if after.finished_at is not None and not after.holds:
        log.error("audit.break_found at line %s; %d anchors lost", after.broken_seq, len(after.lost))
    return after.seq - check.seq


def _next_part(
    unit: UnitOfWork, check: AuditCheck, anchors: Callable[[], Sequence[Anchor]], now: datetime
) -> AuditCheck:
    held, is_broken, is_over = ChainLink(check.seq, check.hash), False, False
    for _page in range(PAGES_A_PART):
        held, is_broken, is_over = verify_page(unit.session, held)
        if is_broken or is_over:
            break
    after = replace(check, seq=held.seq, hash=held.hash)
    if not (is_broken or is_over):
        return after
    known = anchors()
    lost = lost_anchors(unit.session, known)[:LOST_MOST]
    broken_seq = held.seq + 1 if is_broken else None
    return replace(after, finished_at=now, broken_seq=broken_seq, anchors=len(known), lost=tuple(lost))


def _finding(check: AuditCheck, now: datetime) -> Event:
    name = "audit.verified" if check.holds else "audit.break_found"
    detail: dict[str, object] = {"lines": check.seq, "anchors": check.anchors}
    if check.broken_seq is not None:
        detail["broken_seq"] = check.broken_seq
    if check.lost:
        detail["lost"] = len(check.lost)
    return Event(name, check.id, now, check.asked_by, check.asked_by_name, detail)
