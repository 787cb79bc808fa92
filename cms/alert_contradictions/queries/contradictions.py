"""Contradictions between alerts: of one that waits, if it were approved now, and of what is said and shown now."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from broadcast.alerts.contradictions import (
    Contradiction,
    ContradictionKind,
    PublicMessage,
    contradictions,
    in_order,
    left_out,
    unchecked,
)
from broadcast.alerts.hazards import HazardTable
from broadcast.alerts.model import Alert, AlertId
from broadcast.alerts.orders import ReachState
from broadcast.bulletins.model import Targets
from broadcast.bulletins.targeting import leaf_areas
from cms.alert_contradictions.queries.unchecked_speech import unchecked_speech
from cms.alerts.repository.alerts import Alerts
from cms.alerts.service.orders import people_of, replacement_of
from cms.alerts.tables import OrderRow, ReachRow
from cms.areas.repository import Places
from cms.platform.store.uow import UnitOfWork
from province.areas import AreaId, AreaTree
from province.call import Authority
from province.errors import InvalidError, NotAllowedError
from province.people import Actor

ENDED_WITHIN: Final = timedelta(days=1)
END_TAKEN_AFTER: Final = timedelta(seconds=20)
"""By then devices in reach have taken the end of an alert."""
_HAD_IT: Final = (ReachState.RECEIVED, ReachState.SOUNDING, ReachState.CUT, ReachState.DONE)


@dataclass(frozen=True)
class InForce:
    """Alerts in force, and what decides where and how people understand them, on a local date."""

    alerts: Sequence[Alert]
    tree: AreaTree
    table: HazardTable
    on: date

    def message(self, alert: Alert) -> PublicMessage:
        return _message(alert, self.tree, self.table, self.on)


def contradictions_ahead(
    uow: UnitOfWork, authority: Authority, alert: Alert, actor: Actor, in_force: InForce
) -> tuple[Sequence[Contradiction], dict[AlertId, Alert]]:
    """Find what would contradict an alert if this person approved it now; with the alerts concerned. Within a unit."""
    known = {each.id: each for each in in_force.alerts}
    ended, found = frozenset[AreaId](), list[Contradiction]()
    new = in_force.message(alert)
    old = None if alert.updates_id is None else known.get(alert.updates_id)
    if old is not None:
        ended = _ended(uow, authority, alert, actor, in_force.on)
        found += left_out(in_force.message(old), new, ended)
    others = [in_force.message(each) for each in known.values() if each.id != alert.id]
    # A live warning ends the all-clears and corrections of its places by itself.
    beside = [
        replace(each, places=each.places - ended) if each.id == alert.updates_id else each
        for each in others
        if new.is_calm or not each.is_calm
    ]
    found += [each for each in contradictions([new, *beside]) if alert.id in each.ids]
    found += unchecked([new], unchecked_speech(uow.session, in_force.tree, in_force.on, uow.now()))
    return in_order(found), known | {alert.id: alert}


def contradictions_now(
    session: Session, now: datetime, in_force: InForce
) -> tuple[Sequence[Contradiction], dict[AlertId, Alert]]:
    """Find the contradictions in what is in force, and the devices that still show what has ended; with the alerts."""
    known = {each.id: each for each in in_force.alerts}
    messages = [in_force.message(each) for each in in_force.alerts]
    found = [*contradictions(messages), *_still_shown(session, now)]
    if messages:
        found += unchecked(messages, unchecked_speech(session, in_force.tree, in_force.on, now))
    ended = {each for one in found for each in one.ids} - known.keys()
    return in_order(found), known | (Alerts(session).get_many(ended) if ended else {})


def _message(alert: Alert, tree: AreaTree, table: HazardTable, on: date) -> PublicMessage:
    responses = frozenset(table.hazards[alert.hazard].at(alert.level, alert.risk).responses)
    return PublicMessage(
        alert.id,
        alert.headline,
        alert.hazard,
        alert.level,
        alert.is_drill,
        alert.is_calm,
        responses,
        frozenset(leaf_areas(alert.audience.targets, tree, on)),
    )


def _ended(uow: UnitOfWork, authority: Authority, alert: Alert, actor: Actor, on: date) -> frozenset[AreaId]:
    """Return the places in which the alert that it updates would end; the refusal itself is told elsewhere."""
    try:
        replaced = replacement_of(uow, authority, alert, people_of(uow, alert, actor))
    except (InvalidError, NotAllowedError):
        return frozenset()
    areas = () if replaced is None else replaced.areas
    return frozenset(leaf_areas(Targets(areas), uow[Places].tree(), on))


def _still_shown(session: Session, now: datetime) -> Sequence[Contradiction]:
    """Count the devices that had an alert, and have not taken its end: they show or repeat it until it expires."""
    query = (
        select(OrderRow.alert_id, ReachRow.area_id, func.count())
        .join(ReachRow, ReachRow.order_id == OrderRow.id)
        .where(
            OrderRow.ended_at.between(now - ENDED_WITHIN, now - END_TAKEN_AFTER),
            OrderRow.expires_at > now,
            ReachRow.closed_at.is_(None),
            ReachRow.state.in_(_HAD_IT),
        )
        .group_by(OrderRow.alert_id, ReachRow.area_id)
    )
    counts: dict[AlertId, dict[AreaId, int]] = {}
    for alert_id, area_id, devices in session.execute(query):
        counts.setdefault(alert_id, {})[area_id] = devices
    return [
        Contradiction(ContradictionKind.STILL_SHOWN, (alert_id,), frozenset(there), sum(there.values()))
        for alert_id, there in counts.items()
    ]
