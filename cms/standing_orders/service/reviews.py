"""Reviews of firings: what sounded without a hand is looked at by a person afterwards."""

from dataclasses import replace
from typing import Final

from broadcast.standing_orders.model import Firing, FiringId, FiringVerdict
from cms.alerts.repository.alerts import Alerts
from cms.alerts.service.steps import require_in_areas, require_person
from cms.platform.store.uow import UnitOfWork
from cms.standing_orders.repository import AlertStandingOrders, Firings
from cms.standing_orders.service.orders import order_event
from province.call import Call
from province.errors import NotPossibleError, Problem, problem_if, refuse, too_long
from province.people import Action

REMARK_MAX: Final = 2000


def review(uow: UnitOfWork, firing_id: FiringId, *, verdict: FiringVerdict | None, remark: str, call: Call) -> Firing:
    """Store the verdict on a firing, once; anything but "right" needs a remark.

    Raises:
        NotFoundError: see its remedy.
        NotAllowedError: no right to approve alerts in all of its places; TokenRefusedError: a program asks.
        NotPossibleError: it is reviewed already.
        InvalidError: no verdict, no remark, or a remark that is too long.
    """
    said = remark.strip()
    problems: list[Problem] = list(problem_if(verdict is None, "verdict", "MISSING"))
    problems += problem_if(verdict not in (None, FiringVerdict.RIGHT) and not said, "remark", "MISSING")
    refuse([*problems, *too_long("remark", said, REMARK_MAX)])
    with uow:
        old = uow[Firings].get(firing_id)
        require_person(call.actor, Action.ALERT_APPROVE)
        require_in_areas(uow, call, Action.ALERT_APPROVE, uow[Alerts].get(old.alert_id))
        if old.reviewed_at is not None:
            raise NotPossibleError(str(old.verdict), "review")
        firing = replace(
            old,
            verdict=verdict,
            remark=said,
            reviewed_by=call.actor.user_id,
            reviewed_by_name=call.actor.name,
            reviewed_at=call.now,
        )
        uow[Firings].save(firing)
        order = uow[AlertStandingOrders].get(old.order_id)
        detail = {"firing": firing.id, "alert": firing.alert_id, "verdict": str(verdict), "remark": said}
        uow.record(order_event("reviewed", order, call.actor, call.now, **detail))
        uow.commit()
    return firing
