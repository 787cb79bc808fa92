"""Unknown orders: orders that devices hold and the server does not know. Only a person ends one.

The server was restored from a back-up. The order may be a real alert: a device goes on with it until a person ends it.
"""

from collections.abc import Sequence

from cms.alerts.repository.unknown_orders import UnknownOrder, UnknownOrders
from cms.alerts.service.steps import cleaned_reason
from cms.areas.repository import Places
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.uow import UnitOfWork
from province.call import Call
from province.errors import NotFoundError
from province.people import Action
from province.policy import may


def open_to(unit: UnitOfWork, call: Call) -> Sequence[UnknownOrder]:
    """List the unknown orders held where the actor may read alerts; within a unit of work."""
    tree = unit[Places].tree()
    return [
        each
        for each in unit[UnknownOrders].open(call.now)
        if any(may(call.actor, Action.ALERT_READ, area_id, tree) for area_id in each.places.values())
    ]


def end(uow: UnitOfWork, order_id: str, *, reason: str, call: Call) -> UnknownOrder:
    """End the order on every device that holds it, now or when it is back.

    Raises:
        NotFoundError: no device holds such an order any more.
        NotAllowedError: no right to cancel alerts at every place where it is held.
        InvalidError: no reason.
    """
    with uow:
        orders = uow[UnknownOrders]
        found = next((each for each in orders.open(call.now) if each.id == order_id), None)
        if found is None:
            raise NotFoundError("order", order_id)
        why = cleaned_reason(reason)
        call.require(Action.ALERT_CANCEL, sorted(set(found.places.values())), uow[Places].tree())
        orders.end(order_id, list(found.places), call.now)
        uow.outbox.add(OutboxKind.UNKNOWN_END, order_id)
        detail: dict[str, object] = {"reason": why, "devices": sorted(found.places)}
        uow.record(call.event("alert.unknown_ended", order_id, detail))
        uow.commit()
    return found
