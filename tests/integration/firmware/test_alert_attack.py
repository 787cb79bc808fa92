"""Attacks with a stolen device certificate and with a captured broker: no sample reaches the line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bench.recordings import read_segment
from devices.errors import LinkError
from devices.protocol import codec, topics
from devices.protocol.messages import AlertContent, Desired, ExecutionState
from firmware_sim.hardware_clock import now_ms
from tests.integration.firmware.province import AREA, DEADLINE_S, Province
from tests.integration.mqtt.inbox import connected

DEVICE = "xa-1-l01"
STOLEN = "xa-1-l02"
NOISE = 40


def signal_of(province: Province) -> int:
    """Return the highest sample that was ever on the line."""
    path = max((province.out / DEVICE).glob("*.wav"))
    return int(np.abs(read_segment(path).samples.astype(np.int32)).max(initial=0))


def alert(province: Province, cid: str, *, drill: bool = False, exp: int = 0) -> bytes:
    body = AlertContent(id=cid, level=3, hazard="flood", issued_at=now_ms(), tone_ms=5_000)
    changes = {"exp": exp, "iat": exp - 60_000, "nbf": exp - 60_000} if exp else {}
    return codec.encode(province.command(cid=cid, type="play", prio=9, drill=drill, alert=body, **changes))


@pytest.mark.parametrize("drill", [False, True])
def test_a_stolen_certificate_reaches_nobody_even_with_a_command_that_is_rightly_signed(
    province: Province, *, drill: bool
) -> None:
    """The recorded bytes are valid, but a device may not publish anything that another reads."""
    province.provision(DEVICE)
    province.power_on("--audio", DEVICE)
    signed = province.signed(alert(province, "a", drill=drill), "drill" if drill else "alert")
    with connected(province.broker.device_endpoint(STOLEN)) as thief:
        for topic in (topics.area_alert(AREA), topics.area_drill(AREA), topics.device_command(DEVICE)):
            with pytest.raises(LinkError, match="Not authorized"):
                thief.link.publish(topic, signed).result(DEADLINE_S)
    # A later command of the gateway is answered: had the thief's come before it, it would sound by now.
    province.order(province.command(cid="after"), topics.device_command(DEVICE))
    province.wait_for("answered", lambda: province.told(ExecutionState.DONE, "after"))
    assert [ack.cid for ack in province.acks(ExecutionState.RECEIVED)] == []
    province.power_off()
    assert signal_of(province) <= NOISE
    assert province.truth(DEVICE) == []


def test_yesterday_s_alert_and_drill_played_again_with_full_rights_on_the_broker_stay_silent(
    province: Province, tmp_path: Path
) -> None:
    assert tmp_path.exists()
    province.provision(DEVICE)
    province.power_on("--audio", DEVICE)
    yesterday = now_ms() - 86_400_000
    for topic in (topics.area_alert(AREA), topics.area_drill(AREA), topics.device_command(DEVICE)):
        province.send_signed(topic, alert(province, "a", exp=yesterday), "alert", retain=True)
        province.send_signed(topic, alert(province, "d", drill=True, exp=yesterday), "drill", retain=True)
    province.wait_for("refused", lambda: {ack.cid for ack in province.acks(ExecutionState.EXPIRED)} == {"a", "d"})
    province.wait_for("told", lambda: any(event.code == "EXPIRED" for event in province.facts()))
    desired = Desired(v=1, device=DEVICE, ver=50, iat=now_ms(), areas=[AREA, "tinh-1"], report_s=3600)
    province.send_signed(topics.device_desired(DEVICE), codec.encode(desired), "alert")
    province.wait_for("reported", lambda: any(event.code == "KEY_ROLE" for event in province.facts()))
    province.power_off()
    assert signal_of(province) <= NOISE
    assert province.truth(DEVICE) == []
