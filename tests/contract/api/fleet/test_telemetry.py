"""Telemetry of a device through the API."""

from __future__ import annotations

from datetime import timedelta

from tests.builders.telemetry import EVERY, LOA, tell_for
from tests.console import Console
from tests.contract.api.conftest import Caller


def test_what_a_device_told_is_read_with_its_units(console: Console, call: Caller) -> None:
    tell_for(console.context, timedelta(hours=2))
    body = call("GET", f"/devices/{LOA}/telemetry").get_json()
    assert (body["grain"], len(body["times_ms"])) == ("record", timedelta(hours=2) // EVERY)
    assert body["figures"]["temp"]["unit"] == "°C"
    assert body["latest"]["temp"] == body["figures"]["temp"]["mean"][-1]
    assert body["latest"]["batt_v"] is None
    for span in ("week", "month"):
        long = call("GET", f"/devices/{LOA}/telemetry?span={span}").get_json()
        assert (long["grain"], min(long["figures"]["temp"]["least"])) == ("hour", 30.0)
    year = call("GET", f"/devices/{LOA}/telemetry?span=year").get_json()
    assert (year["grain"], min(year["figures"]["temp"]["least"])) == ("day", 30.0)


def test_a_device_that_never_told_anything_has_nothing_to_tell(call: Caller) -> None:
    body = call("GET", f"/devices/{LOA}/telemetry").get_json()
    assert (body["latest"], body["heard_at"], body["times_ms"], body["figures"]) == (None, None, [], {})


def test_a_device_elsewhere_is_not_found_and_an_unknown_span_is_a_problem(console: Console, call: Caller) -> None:
    far = Caller(console, "far-operator")
    assert far("GET", f"/devices/{LOA}/telemetry").get_json()["code"] == "NOT_FOUND"
    assert call("GET", f"/devices/{LOA}/telemetry?span=century").status_code == 422
