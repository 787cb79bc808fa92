"""Alerts in a fleet: a board, a box whose clock is wrong, words by message, and the key at the box."""

from __future__ import annotations

import hashlib
import json

from devices.protocol import codec, topics
from devices.protocol.messages import AlertContent, Command, Desired, ExecutionState, Screen, Speech, Target
from firmware_sim.hardware_clock import now_ms
from tests.integration.firmware.province import AREA, Province

DEVICE = "xa-1-l01"
WORDS = b"a silent player needs no more than the hash"


def alert(province: Province, *, drill: bool = False, times: int = 1, **body: object) -> Command:
    values = {"id": "a-1", "level": 3, "hazard": "flood", "issued_at": now_ms(), "tone_ms": 100, "times": times}
    made = AlertContent(**{**values, **body})  # type: ignore[arg-type] # each test names fields of AlertContent
    return province.command(cid="alert-1", type="play", prio=9, drill=drill, alert=made)


def send(province: Province, command: Command) -> None:
    topic = topics.area_drill(AREA) if command.drill else topics.area_alert(AREA)
    province.send_signed(topic, codec.encode(command), "drill" if command.drill else "alert")


def change_bundle(province: Province, device_id: str, **changes: object) -> None:
    path = province.broker.settings.devices_dir / device_id / "device.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def speech(dur_ms: int) -> Speech:
    return Speech(lang="vi", sha256=hashlib.sha256(WORDS).hexdigest(), bytes=len(WORDS), dur_ms=dur_ms)


def test_a_board_shows_the_alert_and_goes_back_after_its_cancel(province: Province) -> None:
    province.provision(DEVICE)
    change_bundle(province, DEVICE, kind="board")
    province.power_on()
    screen = province.out / DEVICE / "screen.json"
    assert json.loads(screen.read_text()) == {"showing": "ordinary"}
    command = alert(province, head="Lũ quét", text="Sơ tán ngay.", tone_ms=30_000)
    send(province, command)
    province.wait_for("sounding", lambda: province.told(ExecutionState.STARTED, "alert-1"))
    shown = json.loads(screen.read_text())
    assert (shown["showing"], shown["head"], shown["until_ms"]) == ("alert", "Lũ quét", command.exp)
    cancel = province.command(cid="c", type="cancel", prio=9, refs=["alert-1"])
    province.send_signed(topics.area_command(AREA), codec.encode(cancel), "alert")
    province.wait_for("silent", lambda: province.told(ExecutionState.DONE, "c"))
    assert json.loads(screen.read_text()) == {"showing": "ordinary"}


def test_a_board_has_no_proof_of_sound(province: Province) -> None:
    province.provision(DEVICE)
    change_bundle(province, DEVICE, kind="board")
    province.power_on()
    send(province, alert(province, head="Lũ quét", text="Sơ tán ngay."))
    province.wait_for("shown", lambda: province.told(ExecutionState.DONE, "alert-1"))
    assert next(ack for ack in province.acks(ExecutionState.DONE) if ack.cid == "alert-1").proof is None


def test_words_by_message_reach_a_device_that_cannot_fetch(province: Province) -> None:
    province.provision(DEVICE)
    province.power_on()
    said = speech(50)
    send(province, alert(province, speech=[said]))
    province.send_raw(topics.area_speech(AREA, said.sha256), WORDS)
    province.wait_for("all heard", lambda: province.told(ExecutionState.DONE, "alert-1"))
    done = next(ack for ack in province.acks(ExecutionState.DONE) if ack.cid == "alert-1")
    assert done.code is None
    assert done.proof is not None
    province.wait_for("recorded", province.records)
    assert (province.records()[0].sha256, province.records()[0].result) == (said.sha256, "done")


def test_a_box_whose_clock_is_five_minutes_wrong_sounds_by_the_servers_time(province: Province) -> None:
    """The device does not move its clock by one message; it judges an alert again after a round trip to the server."""
    province.provision(DEVICE)
    change_bundle(province, DEVICE, clock_off_ms=-300_000)
    province.power_on()
    sent_at, asked = now_ms(), len(province.syncs)
    send(province, alert(province))
    province.wait_for("a round trip", lambda: any(sync.nonce for sync in province.syncs[asked:]))
    nonce = next(sync.nonce for sync in province.syncs[asked:] if sync.nonce)
    synced = province.command(type="synced", refs=[nonce], target=Target(devices=[DEVICE]))
    province.order(synced, topics.device_command(DEVICE))
    province.wait_for("heard", province.records)
    truth = next(line for line in province.truth(DEVICE) if line["result"] == "started")
    assert sent_at - 1_000 < int(str(truth["started_at_ms"])) <= now_ms()


def test_the_key_at_the_box_silences_it_and_is_told(province: Province) -> None:
    province.provision(DEVICE)
    province.power_on()
    send(province, alert(province, tone_ms=30_000))
    province.wait_for("sounding", lambda: province.told(ExecutionState.STARTED, "alert-1"))
    province.press_stop()
    province.wait_for("told", lambda: any(event.code == "LOCAL_STOP" for event in province.facts()))
    province.wait_for("cut", lambda: province.told(ExecutionState.CUT, "alert-1"))
    results = [line["result"] for line in province.truth(DEVICE)]
    assert results == ["started", "stop key", "cut"]


def test_a_silent_drill_is_done_with_the_amplifier_s_word(province: Province) -> None:
    province.provision(DEVICE)
    asleep = Desired(v=1, device=DEVICE, ver=50, iat=now_ms(), areas=[AREA, "tinh-1"], report_s=3600)
    province.send_signed(topics.device_desired(DEVICE), codec.encode(asleep), "plan", retain=True)
    province.power_on()
    send(province, alert(province, drill=True, silent=True))
    province.wait_for("done", lambda: province.told(ExecutionState.DONE, "alert-1"))
    done = next(ack for ack in province.acks(ExecutionState.DONE) if ack.cid == "alert-1")
    assert done.proof is not None
    assert province.truth(DEVICE) == []


def test_a_bridge_lets_only_what_is_signed_through_and_tells_of_other_sound(province: Province) -> None:
    province.provision(DEVICE)
    change_bundle(province, DEVICE, kind="bridge")
    province.power_on()
    folder = province.out / DEVICE
    assert json.loads((folder / "bridge.json").read_text())["contact"] == "open"
    (folder / "foreign.txt").write_text("output")
    send(province, alert(province, tone_ms=300))
    province.wait_for("heard", province.records)
    province.wait_for("told", lambda: any(event.code == "FOREIGN_OUTPUT" for event in province.facts()))
    found = [line["result"] for line in province.truth(DEVICE)]
    assert found.index("contact closed") < found.index("started") < found.index("done") < found.index("contact open", 1)
    assert json.loads((folder / "bridge.json").read_text())["contact"] == "open"


def test_a_board_lays_out_by_the_screen_it_is_told(province: Province) -> None:
    province.provision(DEVICE)
    change_bundle(province, DEVICE, kind="board")
    screen = Screen(w=96, h=32, colours="three")
    desired = Desired(v=1, device=DEVICE, ver=50, iat=now_ms(), areas=[AREA, "tinh-1"], report_s=3600, screen=screen)
    province.send_signed(topics.device_desired(DEVICE), codec.encode(desired), "plan", retain=True)
    province.power_on()
    send(province, alert(province, head="LŨ QUÉT", text="Sơ tán ngay khỏi ven suối.", tone_ms=30_000))
    path = province.out / DEVICE / "screen.json"
    province.wait_for("sounding", lambda: province.told(ExecutionState.STARTED, "alert-1"))
    shown = json.loads(path.read_text())
    assert (shown["screen"], len(shown["lines"]), shown["lines"][0]) == ("96x32 three", 2, "LŨ QUÉT")
