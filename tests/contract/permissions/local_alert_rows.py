"""Access to alerts at the loudspeaker and their key holders: rows of ``tests.contract.permissions.matrix``."""

from __future__ import annotations

from collections.abc import Callable

from tests.builders import alerts, local_alerts
from tests.console import Console
from tests.contract.permissions.matrix import EVERYBODY, NEAR, OFFICERS, Row

SUBJECTS: dict[str, Callable[[Console, Row, str], str]] = {
    "local": lambda console, _row, _person: local_alerts.proposed(console).id,
    "holder": lambda console, _row, _person: local_alerts.key_holder(console).id,
    "zone": lambda console, _row, _person: alerts.zone(console).id,
}

_WITHDRAWERS = OFFICERS | {"technician", "admin"}
_PROPOSAL: dict[str, object] = {
    "area_id": "bt-mui-ne",
    "hazard": "flash_flood",
    "level": "2",
    "headline": "Lên chỗ cao ngay. Lũ quét.",
    "text": "Không qua suối.",
    "minutes": "30",
}
_KEY: dict[str, object] = {
    "area_id": "bt-mui-ne",
    "devices": ["bt-mui-ne-l01"],
    "person_name": "Nguyễn Văn Bảy",
    "code": "",
}

WEB: dict[tuple[str, str], Row] = {
    ("GET", "web.local_alerts"): Row(EVERYBODY, "/alerts/local"),
    ("GET", "web.new_local_alert"): Row(OFFICERS, "/alerts/local/new"),
    ("POST", "web.propose_local_alert"): Row(OFFICERS, "/alerts/local/new", body=_PROPOSAL),
    ("GET", "web.local_alert"): Row(NEAR, "/alerts/local/{local}"),
    ("POST", "web.decide_local_alert"): Row(OFFICERS, "/alerts/local/{local}", body={"act": "agree", "code": ""}),
    ("GET", "web.key_holders"): Row(EVERYBODY, "/alerts/local/holders"),
    ("GET", "web.new_key_holder"): Row(OFFICERS, "/alerts/local/holders/new?area=bt-mui-ne"),
    ("POST", "web.issue_key"): Row(OFFICERS, "/alerts/local/holders/new", body=_KEY),
    ("GET", "web.key_holder"): Row(NEAR, "/alerts/local/holders/{holder}"),
    ("POST", "web.change_key_holder"): Row(_WITHDRAWERS, "/alerts/local/holders/{holder}", body={"act": "withdraw"}),
}
