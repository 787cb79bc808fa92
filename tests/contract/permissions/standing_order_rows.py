"""Access to the routes of standing orders: rows of ``tests.contract.permissions.matrix``.

The order is the officer's, for the same ward; nobody has agreed to it, and it has not fired.
"""

from __future__ import annotations

from tests.contract.permissions.matrix import EVERYBODY, NEAR, OFFICERS, Need, Row

WEB: dict[tuple[str, str], Row] = {
    ("GET", "web.standing_orders"): Row(EVERYBODY, "/alert-orders"),
    ("GET", "web.plan_standing_order"): Row(OFFICERS, "/alerts/{theirs}/alert-order", Need.ALERT_DRAFT),
    ("POST", "web.propose_standing_order"): Row(OFFICERS, "/alerts/{theirs}/alert-order", Need.ALERT_DRAFT),
    ("GET", "web.standing_order"): Row(NEAR, "/alert-orders/{alert_order}"),
    ("POST", "web.decide_standing_order"): Row(
        OFFICERS, "/alert-orders/{alert_order}", body={"act": "end", "reason": "Thôi"}
    ),
    ("POST", "web.review_firing"): Row(OFFICERS, "/alert-orders/{firing}", body={"verdict": "right"}),
}
