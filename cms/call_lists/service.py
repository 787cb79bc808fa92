"""Call log of an alert: officers take a place, call it and note the outcome."""

from broadcast.alerts.call_list import CallOutcome, CallRecord, require_free
from broadcast.alerts.model import Alert
from cms.areas.repository import Places
from cms.call_lists.repository import CallLog
from cms.platform.store.uow import UnitOfWork
from province.areas import AreaId
from province.call import Call
from province.errors import ConflictError, NotFoundError
from province.people import Action


def log_call(
    uow: UnitOfWork, alert: Alert, area_id: AreaId, outcome: CallOutcome, *, after: int, call: Call
) -> CallRecord:
    """Note a call to a place. ``after``: number of the last entry that the officer saw, 0 for none.

    Raises:
        NotFoundError: the alert was not sent, or there is no such place.
        NotAllowedError: no right to keep the telephone numbers of the place.
        ConflictError: another officer noted something meanwhile.
        NotPossibleError: another officer is calling there, or the place was told.
    """
    with uow:
        tree = uow[Places].tree()
        if alert.order_id is None or area_id not in tree:
            raise NotFoundError("call list", area_id)
        call.require(Action.CONTACT_WRITE, [area_id], tree)
        last = uow[CallLog].last(alert.order_id, area_id)
        number = 0 if last is None else last.number
        if number != after:
            raise ConflictError("call list", area_id, after, number)
        require_free(last, outcome, call.actor.user_id, call.now)
        entry = CallRecord(alert.order_id, area_id, number + 1, outcome, call.actor.user_id, call.actor.name, call.now)
        if not uow[CallLog].add_once(entry):
            raise ConflictError("call list", area_id, after, entry.number)
        uow.record(call.event("alert.call_logged", alert.order_id, area=area_id, outcome=outcome, number=entry.number))
        uow.commit()
    return entry
