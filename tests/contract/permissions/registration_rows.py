"""Access to the routes of provisioning (registering and claiming): rows of ``tests.contract.permissions.matrix``.

A box of a row is registered for the ward Mũi Né; the device is the ward's first cluster.
"""

from __future__ import annotations

from tests.contract.permissions.matrix import DEVICE_READERS, Row

MANAGERS = frozenset({"technician", "admin"})
_NEAR = DEVICE_READERS - {"far-operator", "far-approver"}
_WHY: dict[str, object] = {"why": "Bị trộm tháo"}
_BOX: dict[str, object] = {"serial": "Hộp 1", "kind": "cluster", "area": "bt-mui-ne"}

WEB: dict[tuple[str, str], Row] = {
    ("GET", "web.registrations"): Row(DEVICE_READERS, "/devices/registrations"),
    ("GET", "web.register_form"): Row(MANAGERS, "/devices/register"),
    ("POST", "web.register_box"): Row(MANAGERS, "/devices/register", body=_BOX),
    ("POST", "web.relabel_box"): Row(MANAGERS, "/devices/registrations/{box}/relabel"),
    ("POST", "web.retire_box"): Row(MANAGERS, "/devices/registrations/{box}/retire"),
    ("GET", "web.import_form"): Row(MANAGERS, "/devices/import"),
    ("POST", "web.import_boxes"): Row(MANAGERS, "/devices/import"),
    ("GET", "web.claim_form"): Row(MANAGERS, "/devices/claim"),
    ("POST", "web.claim_box"): Row(MANAGERS, "/devices/claim", body={"area": "bt-mui-ne"}),
    ("GET", "web.device_identity"): Row(_NEAR, "/devices/{claimed}/identity"),
    ("GET", "web.device_photo"): Row(_NEAR, "/devices/{claimed}/photo"),
    ("POST", "web.change_device"): Row(MANAGERS, "/devices/{claimed}/identity/unclaim", body=_WHY),
    ("POST", "web.describe_device"): Row(MANAGERS, "/devices/{claimed}/describe", body={"name": "Loa chợ"}),
    ("POST", "web.move_device"): Row(MANAGERS, "/devices/{claimed}/move", body={"area": "bt-ham-tien"}),
}
API: dict[tuple[str, str], Row] = {
    ("GET", "v1.list_boxes"): Row(DEVICE_READERS, "/devices/registrations"),
    ("POST", "v1.register_boxes"): Row(MANAGERS, "/devices/registrations"),
    ("POST", "v1.claim_box"): Row(MANAGERS, "/devices/claims", body={"area_id": "bt-mui-ne"}),
    ("GET", "v1.get_identity"): Row(_NEAR, "/devices/{claimed}/identity"),
    ("POST", "v1.change_device"): Row(MANAGERS, "/devices/{claimed}/identity/unclaim", body=_WHY),
    ("PUT", "v1.describe_device"): Row(MANAGERS, "/devices/{claimed}/description", body={"name": "Loa chợ"}),
    ("POST", "v1.move_device"): Row(MANAGERS, "/devices/{claimed}/move", body={"area_id": "bt-ham-tien"}),
}
