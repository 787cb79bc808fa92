"""Access to the routes of broadcast sessions and of free times. See ``matrix``."""

from __future__ import annotations

from tests.contract.permissions.matrix import (
    ANSWERERS,
    READERS,
    READERS_SOMEWHERE,
    WRITERS,
    WRITERS_SOMEWHERE,
    Need,
    Row,
)

_DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
_FORM: dict[str, object] = {"name": "Buổi chiều", "days": _DAYS, "minutes": "1", "gap": "0", "overrun": "drop"}
_NEW: dict[str, object] = {**_FORM, "area": "bt-mui-ne"}
_JSON: dict[str, object] = {"name": "Buổi chiều", "days": _DAYS, "length_ms": 60_000, "area_id": "bt-mui-ne"}

WEB: dict[tuple[str, str], Row] = {
    ("GET", "web.broadcast_sessions"): Row(READERS_SOMEWHERE, "/sessions"),
    ("POST", "web.create_broadcast_session"): Row(WRITERS, "/sessions", body=_NEW),
    ("GET", "web.broadcast_session"): Row(READERS, "/sessions/{session}"),
    ("POST", "web.change_broadcast_session"): Row(WRITERS, "/sessions/{session}", body=_FORM),
    ("POST", "web.end_broadcast_session"): Row(WRITERS, "/sessions/{session}/end"),
    ("POST", "web.add_to_session"): Row(WRITERS, "/sessions/{session}/add"),
    ("POST", "web.change_order"): Row(WRITERS, "/sessions/{session_item}", body={"act": "out"}),
    ("POST", "web.times"): Row(WRITERS_SOMEWHERE, "/bulletins/times"),
    ("POST", "web.inbox_times"): Row(ANSWERERS, "/inbox/{handed}/times"),
    ("POST", "web.put_in_session"): Row(WRITERS, "/bulletins/{bulletin}/session", Need.READY),
}
API: dict[tuple[str, str], Row] = {
    ("GET", "v1.list_broadcast_sessions"): Row(READERS_SOMEWHERE, "/sessions"),
    ("POST", "v1.create_broadcast_session"): Row(WRITERS, "/sessions", body=_JSON),
    ("DELETE", "v1.end_broadcast_session"): Row(WRITERS, "/sessions/{session}"),
    ("GET", "v1.get_running_order"): Row(READERS, "/sessions/{session}/orders/2026-12-24"),
    ("PUT", "v1.change_session_item"): Row(WRITERS, "/sessions/{ordered_item}", body={"place": 0}),
    ("DELETE", "v1.take_out_of_session"): Row(WRITERS, "/sessions/{ordered_item}"),
    ("POST", "v1.put_into_session"): Row(WRITERS, "/bulletins/{bulletin}/session", Need.READY),
}
