"""Access to the routes that end, stop or repeat an alert: rows of ``tests.contract.permissions.matrix``."""

from __future__ import annotations

from tests.contract.permissions.matrix import (
    CALLERS,
    EVERYBODY,
    NEAR,
    OFFICERS,
    STOPPERS,
    STOPPERS_SOMEWHERE,
    Need,
    Row,
)

_STOP: dict[str, object] = {"areas": ["bt-mui-ne"], "reason": "Loa kêu nhầm"}
_CALL: dict[str, object] = {"call": "told 0 bt-mui-ne"}

WEB: dict[tuple[str, str], Row] = {
    ("POST", "web.cancel_alert"): Row(OFFICERS, "/alerts/{theirs}/cancel", Need.ALERT_ACTIVE, {"cause": "mistake"}),
    ("POST", "web.undo_cancel"): Row(OFFICERS, "/alerts/{theirs}/undo-cancel", Need.ALERT_CANCELLED),
    ("POST", "web.sound_alert_again"): Row(OFFICERS, "/alerts/{theirs}/sound-again", Need.ALERT_STOPPED),
    ("POST", "web.all_clear"): Row(OFFICERS, "/alerts/{theirs}/all-clear", Need.ALERT_ACTIVE),
    ("POST", "web.end_unknown"): Row(OFFICERS, "/alerts/unknown/{theirs}/end", Need.UNKNOWN_ORDER, {"reason": "x"}),
    ("GET", "web.stop"): Row(STOPPERS_SOMEWHERE, "/stop"),
    ("POST", "web.stop_now"): Row(STOPPERS, "/stop", body=_STOP),
    ("GET", "web.stopped"): Row(STOPPERS, "/stops/{theirs}", Need.STOP),
    ("POST", "web.lift_stop"): Row(STOPPERS, "/stops/{theirs}/lift", Need.STOP),
    ("GET", "web.alert_calls"): Row(NEAR, "/alerts/{theirs}/calls", Need.ALERT_ACTIVE),
    ("POST", "web.log_alert_call"): Row(CALLERS, "/alerts/{theirs}/call-log", Need.ALERT_ACTIVE, _CALL),
    ("GET", "web.alert_called"): Row(NEAR, "/alerts/{theirs}/paging", Need.ALERT_SUBMITTED),
    ("POST", "web.see_alert"): Row(NEAR, "/alerts/{theirs}/seen", Need.ALERT_SUBMITTED),
    ("POST", "web.take_on_alert"): Row(OFFICERS, "/alerts/{theirs}/take-on", Need.ALERT_SUBMITTED),
    ("GET", "web.alert_zones"): Row(EVERYBODY, "/alerts/zones"),
    ("POST", "web.remove_zone"): Row(OFFICERS, "/alerts/zones/{zone}/remove"),
    ("GET", "web.alert_state"): Row(NEAR, "/alerts/{theirs}/state", Need.ALERT_SUBMITTED),
}
