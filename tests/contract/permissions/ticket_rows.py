"""Access to the routes of tickets: rows of ``tests.contract.permissions.matrix``, about the ward Mũi Né."""

from __future__ import annotations

from tests.contract.permissions.matrix import DEVICE_READERS, NEAR, Row

ASKERS = frozenset({"editor", "operator", "officer", "technician", "admin"})
ASKERS_SOMEWHERE = ASKERS | {"far-operator"}
_MENDERS = frozenset({"technician", "admin"})
_NEAR = NEAR & DEVICE_READERS
_BOX = "bt-mui-ne-l01"
_TAKE: dict[str, object] = {"step": "take"}

WEB: dict[tuple[str, str], Row] = {
    ("GET", "web.work"): Row(DEVICE_READERS, "/tickets"),
    ("GET", "web.work_map"): Row(DEVICE_READERS, "/tickets/map"),
    ("GET", "web.work_points"): Row(DEVICE_READERS, "/tickets/map/points"),
    ("GET", "web.new_ticket"): Row(ASKERS_SOMEWHERE, "/tickets/new"),
    ("POST", "web.open_ticket"): Row(ASKERS, "/tickets/new", body={"area": "bt-mui-ne", "text": "Cột nghiêng"}),
    ("GET", "web.ticket"): Row(_NEAR, "/tickets/{ticket}"),
    ("GET", "web.ticket_photo"): Row(_NEAR, "/tickets/{ticket_photo}"),
    ("POST", "web.close_over"): Row(_MENDERS, "/tickets/close-over"),
    ("POST", "web.step_ticket"): Row(_MENDERS, "/tickets/{ticket}/steps", body=_TAKE),
    ("POST", "web.test_device"): Row(_MENDERS, "/tickets/{fault_ticket}/test"),
}
API: dict[tuple[str, str], Row] = {
    ("GET", "v1.list_tickets"): Row(DEVICE_READERS, "/tickets"),
    ("POST", "v1.open_ticket"): Row(ASKERS, "/tickets", body={"device_id": _BOX, "text": "Loa rè"}),
    ("GET", "v1.get_ticket"): Row(_NEAR, "/tickets/{ticket}"),
    ("POST", "v1.step_ticket"): Row(_MENDERS, "/tickets/{ticket}/steps", body=_TAKE),
}
