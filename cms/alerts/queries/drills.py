"""Calendar of drills, and the figures of a drill beside the previous one."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from broadcast.alerts.drill_report import ANSWERED, DrillComparison, DrillFigures, DrillTally, compared, figures
from broadcast.alerts.drills import DrillPlan, DrillPlanStatus
from broadcast.alerts.model import AlertId, AlertKind
from broadcast.alerts.orders import Order, OrderReach, ReachState
from cms.alerts.repository.alerts import Alerts
from cms.alerts.repository.orders import Orders
from cms.alerts.tables import AlertRow, DrillPlanRow, OrderRow, ReachRow
from cms.platform.store.rows import value_of, values_of
from devices.model import DeviceId

# Earlier drills searched for one to the same places.
_LOOKED_BACK = 50
_UNHEARD = [ReachState.REFUSED, *(state for state in ReachState if state not in ANSWERED)]


@dataclass(frozen=True, slots=True)
class DrillReport:
    """Figures of a drill. ``last`` is None where there was none before to compare with."""

    order: Order
    figures: DrillFigures
    last_order: Order | None
    last: DrillComparison | None


def drill_report(session: Session, alert_id: AlertId) -> DrillReport | None:
    """Return a sent drill's figures, beside those of the last one of the same plan or to the same places.

    None for a drill that was never sent. Raises NotFoundError.
    """
    alert = Alerts(session).get(alert_id)
    if alert.order_id is None:
        return None
    order = Orders(session).get(alert.order_id)
    found = _figures(session, order)
    last = _last(session, order, alert.drill_plan_id)
    if last is None:
        return DrillReport(order, found, None, None)
    comparison = compared(found, _figures(session, last), _answered_before(session, order, last))
    return DrillReport(order, found, last, comparison)


def calendar(session: Session, *, with_ended: bool = False) -> Sequence[DrillPlan]:
    """List the plans, those due next first; those without a next time last."""
    query = select(DrillPlanRow).order_by(
        DrillPlanRow.next_at.is_(None), DrillPlanRow.next_at, DrillPlanRow.proposed_at.desc(), DrillPlanRow.id
    )
    if not with_ended:
        query = query.where(DrillPlanRow.status != DrillPlanStatus.ENDED)
    return [value_of(DrillPlan, row) for row in session.scalars(query)]


def _figures(session: Session, order: Order) -> DrillFigures:
    """Count in the database; only the devices that did not sound are named."""
    columns = ReachRow.__table__.c
    mine = columns.order_id == order.id
    tallies = session.execute(
        select(columns.area_id, columns.state, func.count(), func.count(columns.started_at))
        .where(mine)
        .group_by(columns.area_id, columns.state)
    )
    starts = session.execute(
        select(columns.started_at, func.count())
        .where(mine, columns.started_at.is_not(None))
        .group_by(columns.started_at)
    )
    unheard = values_of(session, OrderReach, ReachRow, mine, columns.state.in_(_UNHEARD))
    return figures(
        (DrillTally(*row) for row in tallies), ((at, devices) for at, devices in starts), unheard, order.issued_at
    )


def _answered_before(session: Session, now: Order, last: Order) -> Sequence[DeviceId]:
    """List the devices silent now that answered the last time."""
    silent = select(ReachRow.device_id).where(ReachRow.order_id == now.id, ReachRow.state.not_in(ANSWERED))
    return session.scalars(
        select(ReachRow.device_id).where(
            ReachRow.order_id == last.id, ReachRow.state.in_(ANSWERED), ReachRow.device_id.in_(silent)
        )
    ).all()


def _last(session: Session, order: Order, plan_id: str) -> Order | None:
    query = (
        select(OrderRow)
        .where(
            OrderRow.kind == AlertKind.DRILL, OrderRow.issued_at < order.issued_at, OrderRow.purpose == order.purpose
        )
        .order_by(OrderRow.issued_at.desc(), OrderRow.id.desc())
    )
    if plan_id:
        planned = select(AlertRow.order_id).where(AlertRow.drill_plan_id == plan_id)
        row = session.scalar(query.where(OrderRow.id.in_(planned)).limit(1))
        return None if row is None else value_of(Order, row)
    earlier = (value_of(Order, row) for row in session.scalars(query.limit(_LOOKED_BACK)))
    return next((each for each in earlier if each.audience == order.audience), None)
