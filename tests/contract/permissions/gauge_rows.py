"""Access to the routes of gauges: rows of ``tests.contract.permissions.matrix``; the gauge stands for Mũi Né."""

from __future__ import annotations

from tests.contract.permissions.matrix import EVERYBODY, OFFICERS, Row

_KEEPERS = frozenset({"technician", "admin"})
_FORM: dict[str, object] = {
    "name": "Sông Quao",
    "kind": "river",
    "unit": "m",
    "areas": ["bt-mui-ne"],
    "least": "0",
    "most": "12",
    "step_most": "0,05",
    "interval": "10",
    "stuck": "24",
}
_RULE: dict[str, object] = {
    "name": "Lũ",
    "hazard": "flood",
    "limit-1-1": "4",
    "agree_least": "1",
    "within": "30",
    "hold": "0",
    "hysteresis": "0,2",
    "is_on": "on",
}
_READINGS: dict[str, object] = {"readings": [{"at": "2026-11-24T02:00:00Z", "value": 2.0}]}

WEB: dict[tuple[str, str], Row] = {
    ("GET", "web.gauges"): Row(EVERYBODY, "/gauges"),
    ("GET", "web.gauge_clusters"): Row(EVERYBODY, "/gauges/clusters?zoom=9"),
    ("GET", "web.gauge"): Row(EVERYBODY, "/gauges/{gauge}"),
    ("GET", "web.gauge_replay"): Row(EVERYBODY, "/gauges/{gauge}/replay"),
    ("POST", "web.replay_flood"): Row(EVERYBODY, "/gauges/{gauge}/replay"),
    ("GET", "web.new_gauge"): Row(_KEEPERS, "/gauges/new"),
    ("POST", "web.add_gauge"): Row(_KEEPERS, "/gauges/new", body=_FORM),
    ("GET", "web.edit_gauge"): Row(_KEEPERS, "/gauges/{gauge}/edit"),
    ("POST", "web.save_gauge"): Row(_KEEPERS, "/gauges/{gauge}/edit", body=_FORM),
    ("POST", "web.renew_gauge_secret"): Row(_KEEPERS, "/gauges/{gauge}/secret"),
    ("POST", "web.trust_gauge"): Row(_KEEPERS, "/gauges/{gauge}/trust"),
    ("POST", "web.retire_gauge"): Row(_KEEPERS, "/gauges/{spare_gauge}/retire"),
    ("GET", "web.new_gauge_rule"): Row(OFFICERS, "/gauges/rules/new"),
    ("POST", "web.add_gauge_rule"): Row(OFFICERS, "/gauges/rules/new", body=_RULE),
    ("GET", "web.edit_gauge_rule"): Row(OFFICERS, "/gauges/rules/{gauge_rule}"),
    ("POST", "web.save_gauge_rule"): Row(OFFICERS, "/gauges/rules/{gauge_rule}", body=_RULE),
}
API: dict[tuple[str, str], Row] = {
    ("GET", "v1.gauges"): Row(EVERYBODY, "/gauges"),
    ("POST", "v1.leave_readings"): Row(frozenset(), "/gauges/readings", body=_READINGS),
}
