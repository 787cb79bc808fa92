"""Access to the routes of faults and incidents: rows of ``tests.contract.permissions.matrix``.

The faults and incidents of these rows are in the ward Mũi Né.
"""

from __future__ import annotations

from tests.contract.permissions.matrix import ANYONE, DEVICE_READERS, EVERYBODY, NEAR, Row

_MENDERS = frozenset({"technician", "admin"})
_NOTE: dict[str, object] = {"note": "Đang đến nơi"}
_DUTY: dict[str, object] = {
    "name": "Trực",
    "address": "truc@tinh.example",
    "area": "bt-mui-ne",
    "line": "1",
    "weekdays": ["0"],
    "starts": "07:00",
    "ends": "17:00",
}

WEB: dict[tuple[str, str], Row] = {
    ("GET", "web.ready"): Row(ANYONE, "/health/ready"),
    ("GET", "web.search"): Row(EVERYBODY, "/search?q=mui"),
    ("GET", "web.server_state"): Row(EVERYBODY, "/server"),
    ("GET", "web.server_state_line"): Row(EVERYBODY, "/server/line"),
    ("GET", "web.on_air_lamp"): Row(EVERYBODY, "/on-air"),
    ("GET", "web.faults"): Row(DEVICE_READERS, "/faults"),
    ("GET", "web.fault_clusters"): Row(DEVICE_READERS, "/faults/map/clusters?zoom=9"),
    ("POST", "web.take_fault_on"): Row(_MENDERS, "/faults/{fault}/acknowledge", body=_NOTE),
    ("GET", "web.incident"): Row(DEVICE_READERS & NEAR, "/incidents/{incident}"),
    ("GET", "web.duties"): Row(DEVICE_READERS, "/duties"),
    ("POST", "web.add_duty"): Row(_MENDERS, "/duties", body=_DUTY),
    ("POST", "web.remove_duty"): Row(_MENDERS, "/duties/{duty}/remove"),
    ("POST", "web.take_incident_on"): Row(_MENDERS, "/incidents/{incident}/acknowledge", body=_NOTE),
}
API: dict[tuple[str, str], Row] = {
    ("GET", "v1.list_duties"): Row(DEVICE_READERS, "/duties"),
    ("POST", "v1.add_duty"): Row(
        _MENDERS, "/duties", body={"name": "Trực", "address": "truc@tinh.example", "area_id": "bt-mui-ne"}
    ),
    ("DELETE", "v1.remove_duty"): Row(_MENDERS, "/duties/{duty}"),
    ("GET", "v1.list_faults"): Row(DEVICE_READERS, "/faults"),
    ("POST", "v1.take_fault_on"): Row(_MENDERS, "/faults/{fault}/acknowledge", body=_NOTE),
    ("GET", "v1.get_label"): Row(DEVICE_READERS & NEAR, "/devices/bt-mui-ne-l01/label"),
    ("GET", "v1.list_incidents"): Row(DEVICE_READERS, "/incidents"),
    ("GET", "v1.get_incident"): Row(DEVICE_READERS & NEAR, "/incidents/{incident}"),
    ("POST", "v1.take_incident_on"): Row(_MENDERS, "/incidents/{incident}/acknowledge", body=_NOTE),
}
