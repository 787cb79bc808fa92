"""Access to the routes of firmware: rows of ``tests.contract.permissions.matrix``.

A second technician, who is not in the table, plans the matrix's roll-outs, for the ward Mũi Né.
"""

from __future__ import annotations

from tests.contract.permissions.matrix import DEVICE_READERS, NEAR, Need, Row

MANAGERS = frozenset({"technician", "admin"})
SEERS = DEVICE_READERS & NEAR
_STEP = "/firmware/rollouts/{rollout}"
_WHY: dict[str, object] = {"why": "Lỗi tiếng"}

WEB: dict[tuple[str, str], Row] = {
    ("GET", "web.firmware"): Row(DEVICE_READERS, "/firmware"),
    ("POST", "web.upload_image"): Row(MANAGERS, "/firmware/images"),
    ("GET", "web.new_rollout"): Row(MANAGERS, "/firmware/rollouts/new"),
    ("POST", "web.plan_rollout"): Row(MANAGERS, "/firmware/rollouts/new"),
    ("GET", "web.rollout"): Row(SEERS, _STEP),
    ("GET", "web.rollout_figures"): Row(SEERS, f"{_STEP}/figures"),
    ("POST", "web.start_rollout"): Row(MANAGERS, f"{_STEP}/start"),
    ("POST", "web.release_rollout"): Row(MANAGERS, f"{_STEP}/release", Need.SUBMITTED),
    ("POST", "web.pause_rollout"): Row(MANAGERS, f"{_STEP}/pause", Need.ON_AIR),
    ("POST", "web.resume_rollout"): Row(MANAGERS, f"{_STEP}/resume", Need.RETURNED),
    ("POST", "web.stop_rollout"): Row(MANAGERS, f"{_STEP}/stop", body=_WHY),
}
API: dict[tuple[str, str], Row] = {
    ("GET", "v1.list_images"): Row(DEVICE_READERS, "/firmware/images"),
    ("POST", "v1.upload_image"): Row(MANAGERS, "/firmware/images"),
    ("GET", "v1.list_rollouts"): Row(DEVICE_READERS, "/firmware/rollouts"),
    ("POST", "v1.preview_rollout"): Row(MANAGERS, "/firmware/rollouts/preview"),
    ("POST", "v1.plan_rollout"): Row(MANAGERS, "/firmware/rollouts"),
    ("GET", "v1.get_rollout"): Row(SEERS, _STEP),
    ("GET", "v1.list_rollout_devices"): Row(SEERS, f"{_STEP}/devices"),
    ("POST", "v1.start_rollout"): Row(MANAGERS, f"{_STEP}/start"),
    ("POST", "v1.release_rollout"): Row(MANAGERS, f"{_STEP}/release", Need.SUBMITTED),
    ("POST", "v1.pause_rollout"): Row(MANAGERS, f"{_STEP}/pause", Need.ON_AIR),
    ("POST", "v1.resume_rollout"): Row(MANAGERS, f"{_STEP}/resume", Need.RETURNED),
    ("POST", "v1.stop_rollout"): Row(MANAGERS, f"{_STEP}/stop", body=_WHY),
}
