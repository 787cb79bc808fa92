"""Access to remote commands: rows of ``tests.contract.permissions.matrix``.

A batch was requested by the technician and needs a second person's approval; a log is that of a device in Mũi Né.
"""

from __future__ import annotations

from tests.contract.permissions.matrix import DEVICE_READERS, NEAR, Row

MANAGERS = frozenset({"technician", "admin"})
READERS_NEAR = NEAR & DEVICE_READERS
AGREERS = frozenset({"admin"})
_CHOICE: dict[str, object] = {"devices": ["bt-mui-ne-l01"]}
_JSON: dict[str, object] = {"kind": "resync", "choice": _CHOICE}
_WINDOW: dict[str, object] = {"from": "2026-11-24T09:00", "until": "2027-11-24T09:00", "reason": "Thay bình"}
_SPAN: dict[str, object] = {"from_at": "2026-11-24T02:00:00Z", "until_at": "2026-12-20T02:00:00Z"}
_WHY: dict[str, object] = {"why": "Nhầm xã"}

WEB: dict[tuple[str, str], Row] = {
    ("GET", "web.act"): Row(READERS_NEAR, "/devices/bt-mui-ne-l01/act"),
    ("POST", "web.act_on"): Row(MANAGERS, "/devices/bt-mui-ne-l01/act", body={"kind": "resync", "reason": "Kiểm tra"}),
    ("GET", "web.device_log"): Row(MANAGERS, "/devices/bt-mui-ne-l01/logs/{device_log}"),
    ("GET", "web.commands"): Row(DEVICE_READERS, "/commands"),
    ("GET", "web.new_commands"): Row(MANAGERS, "/commands/new"),
    ("POST", "web.ask_commands"): Row(
        MANAGERS,
        "/commands/new",
        body={"act": "send", "kind": "resync", "ids": "bt-mui-ne-l01", "reason": "Kiểm tra"},
    ),
    ("GET", "web.command_batch"): Row(READERS_NEAR, "/commands/{command_batch}"),
    ("POST", "web.decide_commands"): Row(AGREERS, "/commands/{command_batch}/decide", body={"act": "agree"}),
    ("GET", "web.maintenance"): Row(DEVICE_READERS, "/maintenance"),
    ("POST", "web.open_maintenance"): Row(
        MANAGERS, "/maintenance", body={**_WINDOW, "until": "2026-12-20T09:00", "area": "bt-mui-ne"}
    ),
    ("POST", "web.end_maintenance"): Row(MANAGERS, "/maintenance/{window}/end"),
    ("GET", "web.self_test_hours"): Row(DEVICE_READERS, "/maintenance/self-tests"),
    ("POST", "web.set_test_hour"): Row(
        MANAGERS, "/maintenance/self-tests", body={"area": "bt-mui-ne", "at": "14:30", "reason": "Kiểm tra hằng tháng"}
    ),
    ("POST", "web.agree_test_hour"): Row(AGREERS, "/maintenance/self-tests/{test_hour}/agree", body={"version": "1"}),
}
API: dict[tuple[str, str], Row] = {
    ("GET", "v1.list_batches"): Row(DEVICE_READERS, "/device-commands"),
    ("POST", "v1.preview_commands"): Row(MANAGERS, "/device-commands/preview", body=_JSON),
    ("POST", "v1.ask_commands"): Row(MANAGERS, "/device-commands", body={**_JSON, "reason": "Kiểm tra"}),
    ("GET", "v1.get_batch"): Row(READERS_NEAR, "/device-commands/{command_batch}"),
    ("GET", "v1.list_commands"): Row(READERS_NEAR, "/device-commands/{command_batch}/devices"),
    ("POST", "v1.agree_to_commands"): Row(AGREERS, "/device-commands/{command_batch}/agree"),
    ("POST", "v1.refuse_commands"): Row(AGREERS, "/device-commands/{command_batch}/refuse", body=_WHY),
    ("POST", "v1.abort_commands"): Row(MANAGERS, "/device-commands/{command_batch}/abort", body=_WHY),
    ("GET", "v1.list_commands_of_device"): Row(READERS_NEAR, "/devices/bt-mui-ne-l01/commands"),
    ("GET", "v1.get_device_log"): Row(MANAGERS, "/devices/bt-mui-ne-l01/commands/{device_log}/log"),
    ("GET", "v1.list_windows"): Row(DEVICE_READERS, "/maintenance"),
    ("POST", "v1.open_window"): Row(
        MANAGERS, "/maintenance", body={**_SPAN, "area_id": "bt-mui-ne", "reason": "Thay bình"}
    ),
    ("GET", "v1.list_test_hours"): Row(DEVICE_READERS, "/self-test-hours"),
    ("POST", "v1.set_test_hour"): Row(
        MANAGERS, "/self-test-hours", body={"area_id": "bt-mui-ne", "at": "14:30", "reason": "Kiểm tra hằng tháng"}
    ),
    ("POST", "v1.agree_to_test_hour"): Row(AGREERS, "/self-test-hours/{test_hour}/agree"),
    ("POST", "v1.end_window"): Row(MANAGERS, "/maintenance/{window}/end"),
}
