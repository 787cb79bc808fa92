"""Topic names below one root; ids are ``[a-z0-9-]{1,40}``."""

from __future__ import annotations

ROOT = "loa/v1"
ID_PATTERN = "[a-z0-9-]{1,40}"


def area_alert(area_id: str) -> str:
    return f"{ROOT}/a/{area_id}/alert"


def area_command(area_id: str) -> str:
    return f"{ROOT}/a/{area_id}/cmd"


def area_plan(area_id: str) -> str:
    return f"{ROOT}/a/{area_id}/plan"


def time_beacon() -> str:
    return f"{ROOT}/time"


def keys() -> str:
    return f"{ROOT}/keys"


def device_command(device_id: str) -> str:
    return f"{ROOT}/d/{device_id}/cmd"


def device_desired(device_id: str) -> str:
    return f"{ROOT}/d/{device_id}/desired"


def device_state(device_id: str) -> str:
    return f"{ROOT}/d/{device_id}/state"


def device_telemetry(device_id: str) -> str:
    return f"{ROOT}/d/{device_id}/tel"


def device_ack(device_id: str) -> str:
    return f"{ROOT}/d/{device_id}/ack"


def device_event(device_id: str) -> str:
    return f"{ROOT}/d/{device_id}/evt"


def device_request(device_id: str, request: str) -> str:
    return f"{ROOT}/d/{device_id}/req/{request}"
