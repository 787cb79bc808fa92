"""Paging on an alert's page: who is called, who has seen it, and the button of whoever takes it on."""

from flask import g, render_template
from werkzeug.wrappers import Response

from broadcast.alerts.model import Alert, AlertStatus
from cms.alerts.views import page
from cms.notifications import labels
from cms.notifications.service import paging
from cms.notifications.service.paging import AlertPaging
from cms.platform.web import messages, request_context
from cms.platform.web.forms import confirmed
from cms.platform.web.languages import _
from cms.platform.web.request_context import add_template_globals, call, new_unit, pages


def alert_paging(alert: Alert) -> AlertPaging | None:
    """Return the paging of a live alert that waits, read once for each request; None for any other."""
    if alert.status is not AlertStatus.SUBMITTED or alert.is_drill:
        return None
    if "alert_paging" not in g:
        with request_context.session() as session:
            tree, now = messages.tree(), request_context.context().now()
            g.alert_paging = paging.paging_of(session, alert, tree, now)
    found: AlertPaging = g.alert_paging
    return found


def may_send_alone() -> bool:
    """Return whether the province's policy lets one person send alone."""
    return page.policy().may_send_alone


@pages.get("/alerts/<alert_id>/paging")
def alert_called(alert_id: str) -> str:
    """Render the part of an alert's page that is polled while it waits; nothing once it is decided."""
    found = page.see(alert_id)
    return render_template("notifications/_paging.html", alert=found) if alert_paging(found) else ""


@pages.post("/alerts/<alert_id>/take-on")
def take_on_alert(alert_id: str) -> Response:
    found = page.see(alert_id)
    paging.take_on(new_unit(), found.id, call=call())
    return confirmed(
        _("Noted that you decide on it. For two minutes nobody else is called."), "web.alert", alert_id=found.id
    )


@pages.post("/alerts/<alert_id>/seen")
def see_alert(alert_id: str) -> Response:
    """Note that the user has the alert before them; the page itself sends it, from an element that then goes."""
    found = page.see(alert_id)
    paging.see(new_unit(), found.id, call=call())
    return Response()


add_template_globals(
    alert_paging=alert_paging, may_send_alone_by_policy=may_send_alone, channel_names=labels.channel_names
)
