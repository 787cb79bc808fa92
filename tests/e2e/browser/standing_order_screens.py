"""Screens of standing orders: one that waits for its second person, and one that has fired."""

from __future__ import annotations

from tests.builders import alerts, standing_orders
from tests.console import Console


def standing_order_screens(console: Console) -> dict[str, tuple[str, str]]:
    """Prepare the orders; return who opens which page, by name."""
    fired = standing_orders.fired(console)
    draft = standing_orders.ready_draft(console)
    waiting = standing_orders.proposed(console, draft)
    return {
        "standing-orders": ("officer", "/alert-orders"),
        "standing-order": (alerts.SECOND, f"/alert-orders/{waiting.id}"),
        "fired-order": ("officer", f"/alert-orders/{fired.order_id}"),
        "fired-alert": ("officer", f"/alerts/{fired.alert_id}"),
        "make-a-standing-order": ("officer", f"/alerts/{draft.id}/alert-order"),
    }
