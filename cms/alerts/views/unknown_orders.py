"""Orders unknown to the server that devices report: shown, and ended by users who may cancel alerts."""

from collections.abc import Sequence

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from cms.alerts.repository.unknown_orders import UnknownOrder
from cms.alerts.service import unknown_orders
from cms.platform.web import messages, request_context
from cms.platform.web.languages import _
from cms.platform.web.request_context import pages
from province.errors import InvalidError
from province.people import Action


def held() -> Sequence[UnknownOrder]:
    """Return those that the user may see; only a database restored from a backup has any."""
    context = request_context.context()
    with context.uow.reading() as unit:
        return unknown_orders.open_to(unit, request_context.call())


@pages.post("/alerts/unknown/<order_id>/end")
def end_unknown(order_id: str) -> Response:
    context = request_context.context()
    request_context.require(Action.ALERT_CANCEL, (), messages.tree())
    try:
        ended = unknown_orders.end(
            context.uow(), order_id, reason=request.form.get("reason", ""), call=request_context.call()
        )
    except InvalidError as error:
        for sentence in messages.problem_sentences(error):
            flash(sentence, "bad")
    else:
        flash(_("Sent the end to %(n)s loudspeakers.", n=len(ended.places)), "good")
    return redirect(url_for("web.stop"))
