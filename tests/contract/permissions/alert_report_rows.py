"""Access to the reports of alerts. See ``matrix``."""

from __future__ import annotations

from tests.contract.permissions.matrix import NEAR, Need, Row

WEB: dict[tuple[str, str], Row] = {
    ("GET", "web.alert_forecast"): Row(NEAR, "/alerts/{theirs}/forecast", Need.ALERT_SUBMITTED),
    ("GET", "web.alert_report_file"): Row(NEAR, "/alerts/{reported}/reports/1/pdf"),
}
API: dict[tuple[str, str], Row] = {
    ("GET", "v1.list_alert_reports"): Row(NEAR, "/alerts/{reported}/reports"),
    ("GET", "v1.get_alert_report_file"): Row(NEAR, "/alerts/{reported}/reports/1/jws"),
}
