"""Standing orders on other pages: the firing that sent an alert, or the order that did not sound, and why."""

from collections.abc import Sequence

from broadcast.alerts.model import Alert
from cms.audit.queries import EventLine
from cms.platform.web import request_context
from cms.standing_orders.repository import Firings


def variables(alert: Alert, events: Sequence[EventLine]) -> dict[str, object]:
    """Return what the page of an alert shows of standing orders; ``events``: those of the alert."""
    by_name = {each.name: each for each in events}
    if "alert.fired" not in by_name:
        return {"firing": None, "held": by_name.get("alert.held")}
    with request_context.session() as session:
        return {"firing": Firings(session).of_alert(alert.id), "held": None}
