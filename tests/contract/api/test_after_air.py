from __future__ import annotations

from datetime import timedelta

from tests.builders import after_air, bulletins
from tests.console import COMMUNE, PROVINCE, Console
from tests.contract.api.conftest import Caller

DAY = "from_at=2026-11-24T00:00Z&until_at=2026-11-25T00:00Z"


def test_what_was_missed_is_told_and_decided(console: Console, call: Caller) -> None:
    bulletin = bulletins.on_the_way(console, starts="2026-11-24T10:00")
    airing = bulletins.airings(console, bulletin)[0]
    console.clock.at = airing.end_at + timedelta(minutes=1)
    device = bulletins.devices(console)[0]
    after_air.tell(console, airing, device)
    (line,) = call("GET", "/missed").get_json()["items"]
    assert (line["occurrence_id"], line["remedy"], line["devices"]) == (airing.occurrence_id, "asked", 1)
    approver = Caller(console, "approver")
    path = f"/missed/{airing.occurrence_id}/decide"
    assert approver("POST", path, {"airs_again": True}).get_json() == {"devices": [device.id]}
    assert approver("POST", path, {"airs_again": True}).get_json() == {"devices": []}
    assert call("GET", "/missed").get_json()["items"][0]["remedy"] == "planned"
    (run,) = call("GET", f"/as-runs?{DAY}&area={PROVINCE}").get_json()["items"]
    assert (run["result"], run["area_name"]) == ("missed", "Mũi Né")
    chain = call("GET", "/as-runs/chain").get_json()
    assert (chain["holds"], chain["sealed"], chain["first_break"]) == (True, 1, None)


def test_a_rule_is_set_and_listed(console: Console, call: Caller) -> None:
    rule = {"area_id": COMMUNE, "priority": "normal", "mode": "next_session", "until": "20:00:00", "cuts": False}
    assert Caller(console, "approver")("PUT", "/make-good-rules", rule).get_json() == rule
    assert call("GET", "/make-good-rules").get_json() == {"items": [rule]}


def test_a_span_that_is_too_long_is_refused(call: Caller) -> None:
    answer = call("GET", "/as-runs?from_at=2026-01-01T00:00Z&until_at=2026-11-25T00:00Z")
    assert answer.get_json(force=True)["problems"][0]["code"] == "SPAN_TOO_LONG"
