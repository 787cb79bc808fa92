"""Call list on an alert's page: a part that renews itself, and the buttons of the officers who call."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from zlib import crc32

from flask import redirect, render_template, request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from broadcast.alerts.call_list import ANSWERED_WITHIN, CallOutcome
from broadcast.alerts.model import Alert, AlertStatus
from cms.alerts.repository.orders import Orders
from cms.alerts.views import page
from cms.areas.repository import Places
from cms.call_lists import service
from cms.call_lists.queries import CallList, call_list
from cms.platform.web import request_context
from cms.platform.web.forms import Answer
from cms.platform.web.languages import _
from cms.platform.web.request_context import add_template_globals, call, new_unit, pages
from province.areas import AreaId
from province.contacts import Contacts
from province.errors import ConflictError, NotPossibleError
from province.people import Action

LINES_MOST: Final = 60
_DIGITS_MOST: Final = 6
_SHOWN_IN: Final = (AlertStatus.ACTIVE, AlertStatus.EXPIRED)


@dataclass(frozen=True)
class ShownCalls:
    """Call list as its part shows it: the first lines, with the contacts of each place.

    ``held``: places that an officer is calling now. ``fills_in_s``: seconds until connected loudspeakers are called
    for. ``mark`` changes with anything shown.
    """

    found: CallList
    contacts: Mapping[AreaId, Contacts]
    held: frozenset[AreaId]
    fills_in_s: int
    mark: str


def has_call_list(alert: Alert) -> bool:
    return alert.order_id is not None and alert.status in _SHOWN_IN


def shown_calls(alert: Alert) -> ShownCalls | None:
    """Return the call list of a sent alert; None: it was not sent, or it ended before its time."""
    if alert.order_id is None or not has_call_list(alert):
        return None
    now = request_context.context().now()
    with request_context.session() as session:
        order, places = Orders(session).get(alert.order_id), Places(session)
        found = call_list(session, order, now)
        contacts = {line.area_id: places.contacts(line.area_id) for line in found.lines[:LINES_MOST]}
    held = frozenset(line.area_id for line in found.lines if line.last is not None and line.last.is_held(now))
    left = ANSWERED_WITHIN - (now - order.issued_at)
    fills_in_s = max(0, round(left.total_seconds()))
    mark = f"{crc32(repr((found, contacts, sorted(held), fills_in_s)).encode()):x}"
    return ShownCalls(found, contacts, held, fills_in_s, mark)


@pages.get("/alerts/<alert_id>/calls")
def alert_calls(alert_id: str) -> Answer:
    """Render the part that is polled; 204 while it is as the page has it, empty once the alert is called off."""
    alert = page.see(alert_id)
    shown = shown_calls(alert)
    if shown is not None and request.args.get("mark", "") == shown.mark:
        return Response(status=HTTPStatus.NO_CONTENT)
    return _part(alert, shown)


@pages.post("/alerts/<alert_id>/call-log")
def log_alert_call(alert_id: str) -> Answer:
    """Note what an officer pressed on a line: ``call`` holds the outcome, the last entry seen, and the place."""
    alert = page.see(alert_id)
    outcome, _space, rest = request.form.get("call", "").partition(" ")
    number, _space, area_id = rest.partition(" ")
    if outcome not in set(CallOutcome) or not number.isdecimal() or len(number) > _DIGITS_MOST:
        raise BadRequest
    refusal = ""
    try:
        service.log_call(new_unit(), alert, AreaId(area_id), CallOutcome(outcome), after=int(number), call=call())
    except (ConflictError, NotPossibleError):
        refusal = _("Somebody else noted something there in the same moment. Look at the line again.")
    if request_context.is_fragment():
        return _part(alert, shown_calls(alert), refusal)
    if refusal:
        from cms.alerts.views import alerts  # noqa: PLC0415 - its page shows this list

        return alerts.page(alert, call_refusal=refusal), HTTPStatus.CONFLICT
    return redirect(url_for("web.alert", alert_id=alert.id) + "#call-list")


def _part(alert: Alert, shown: ShownCalls | None, refusal: str = "") -> str:
    if shown is None:
        return ""  # the part goes from the page, and asks no more
    return render_template("call_lists/_calls.html", alert=alert, calls=shown, call_refusal=refusal)


def may_log_calls() -> bool:
    """Return whether the user may note calls anywhere: whoever keeps the telephone numbers."""
    return request_context.can_anywhere(Action.CONTACT_WRITE)


add_template_globals(
    has_call_list=has_call_list, shown_calls=shown_calls, may_log_calls=may_log_calls, call_lines_most=LINES_MOST
)
