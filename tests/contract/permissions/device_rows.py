"""Access to the routes of devices: rows of ``tests.contract.permissions.matrix``."""

from __future__ import annotations

from tests.contract.permissions.matrix import DEVICE_READERS, EVERYBODY, NEAR, NOBODY, Row

WEB: dict[tuple[str, str], Row] = {
    ("GET", "web.devices"): Row(DEVICE_READERS, "/devices"),
    ("GET", "web.device"): Row(DEVICE_READERS & NEAR, "/devices/bt-mui-ne-l01"),
    ("GET", "web.device_map"): Row(DEVICE_READERS, "/devices/map"),
    ("GET", "web.device_clusters"): Row(DEVICE_READERS, "/devices/map/clusters?zoom=9"),
    ("GET", "web.map_ground"): Row(EVERYBODY, "/map/ground"),
    ("POST", "web.keep_filter"): Row(DEVICE_READERS, "/devices/filters", body={"name": "Xa", "link": "off"}),
    ("POST", "web.drop_filter"): Row(DEVICE_READERS, "/devices/filters/{filter}/delete"),
    ("GET", "web.fleet"): Row(DEVICE_READERS, "/fleet"),
    # With a token only.
    ("GET", "web.metrics"): Row(NOBODY, "/metrics"),
}
API: dict[tuple[str, str], Row] = {
    ("GET", "v1.list_filters"): Row(DEVICE_READERS, "/device-filters"),
    ("POST", "v1.keep_filter"): Row(DEVICE_READERS, "/device-filters", body={"name": "Xa", "link": "off"}),
    ("DELETE", "v1.drop_filter"): Row(DEVICE_READERS, "/device-filters/{filter}"),
    ("GET", "v1.get_telemetry"): Row(DEVICE_READERS & NEAR, "/devices/bt-mui-ne-l01/telemetry"),
}
