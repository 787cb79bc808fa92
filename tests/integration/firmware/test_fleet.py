"""Fleet in its own process, against a real broker that dies and comes back."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from bench.signing import kid_in, unchecked_keyring
from devices.protocol import codec, jws, topics
from devices.protocol.messages import Audio, Command, CommandType, ExecutionState, KeyRole, Play, State, Target
from firmware_sim.hardware_clock import now_ms
from tests.integration.firmware.province import AREA, Province
from tests.integration.firmware.sound import opus
from tests.unit.firmware import signing

DEVICES = ["xa-1-l01", "xa-1-l02"]
SILENT = b"what a silent device never decodes"


@pytest.fixture
def fleet(province: Province) -> Province:
    for device_id in DEVICES:
        province.provision(device_id)
    province.power_on("--status", str(province.folder / "fleet.json"))
    return province


def play(province: Province, **fields: object) -> Command:
    sha256 = province.content.put(SILENT)
    content = Audio(sha256=sha256, bytes=len(SILENT), dur_ms=300)
    return province.command(type=CommandType.PLAY, content=content, play=Play(), **fields)


def done_in_truth(province: Province, item: str) -> list[str]:
    """Return the devices that sounded the item to its end, by their ground truth."""
    return [
        device_id
        for device_id in DEVICES
        for line in province.truth(device_id)
        if line["item"] == item and line["result"] == "done"
    ]


def test_every_device_sounds_an_area_s_command_once(fleet: Province) -> None:
    order = play(fleet, cid="play-1")
    fleet.order(order)
    fleet.order(order)
    fleet.wait_for("two records", lambda: len(fleet.records()) == 2)
    fleet.wait_for(
        "both call the second a duplicate",
        lambda: len([said for said in fleet.said if getattr(said, "code", None) == "DUPLICATE"]) == 2,
    )
    assert done_in_truth(fleet, "play-1") == DEVICES


def test_a_planned_item_sounds_without_broker_and_its_record_arrives_afterwards(fleet: Province) -> None:
    start_at = fleet.soon(3_000)
    fleet.plan(fleet.item("bulletin-1", SILENT, 500, start_at=start_at))
    fleet.wait_for(
        "ready", lambda: len([ack for ack in fleet.acks(ExecutionState.READY) if "bulletin-1" in ack.items]) == 2
    )
    fleet.broker.kill()
    fleet.wait_for("sounded", lambda: done_in_truth(fleet, "bulletin-1") == DEVICES)
    assert fleet.records() == []
    fleet.broker.start()
    fleet.wait_for("records", lambda: len(fleet.records()) == 2)
    for device_id in DEVICES:
        started = next(line for line in fleet.truth(device_id) if line["result"] == "started")
        assert started["planned_at_ms"] == start_at
        assert len([line for line in fleet.truth(device_id) if line["result"] == "done"]) == 1


def test_a_receipt_ends_the_resending(fleet: Province) -> None:
    fleet.order(play(fleet, target=Target(devices=DEVICES[:1])))
    fleet.wait_for("record", fleet.records)
    fleet.receipt(DEVICES[0], [fleet.records()[0].rid])
    fleet.order(fleet.command(cid="after", target=Target(devices=DEVICES[:1])))
    fleet.wait_for("the receipt is dealt with", lambda: fleet.told(ExecutionState.DONE, "after"))
    journal = (fleet.folder / "flash" / DEVICES[0] / "journal").read_text()
    assert f'["record","{fleet.records()[0].rid}",null]' in journal


def test_power_lost_while_sounding_is_recorded_and_not_sounded_again(fleet: Province) -> None:
    start_at = fleet.soon(2_500)
    fleet.plan(fleet.item("long", SILENT, 60_000, start_at=start_at))
    fleet.wait_for("started", lambda: len(fleet.acks(ExecutionState.STARTED)) == 2)
    fleet.kill()
    fleet.power_on()
    fleet.wait_for("records", lambda: len(fleet.records()) == 2)
    assert {(record.result, record.code) for record in fleet.records()} == {("cut", "POWER_LOST")}
    for device_id in DEVICES:
        assert [line["result"] for line in fleet.truth(device_id)] == ["started"]


def test_each_refusal_has_its_own_code(fleet: Province) -> None:
    now = now_ms()
    order = play(fleet, target=Target(devices=DEVICES[:1]))
    attacker = unchecked_keyring(fleet.broker.settings)
    kid = kid_in(attacker, KeyRole.PLAN)
    refused = {
        "EXPIRED": attacker.sign_plan(replaced(order, cid="c1", nbf=0, exp=now - 1_000)),
        "FUTURE_IAT": attacker.sign_plan(replaced(order, cid="c2", iat=now + 600_000)),
        "NOT_YET": attacker.sign_plan(replaced(order, cid="c3", nbf=now + 600_000)),
        "UNSUPPORTED": attacker.sign_plan(replaced(order, cid="c4", type="sing")),
        "KEY_ROLE": attacker.sign_plan(replaced(order, cid="c5", prio=9)),
        "NOT_TARGET": attacker.sign_plan(replaced(order, cid="c6", target=Target())),
        "BAD_SIGNATURE": jws.sign(codec.encode(replaced(order, cid="c7")), kid, signing.STRANGER),
        "UNKNOWN_KEY": signing.signed(replaced(order, cid="c8"), "nobody", signing.STRANGER),
    }
    for payload in refused.values():
        fleet.send_raw(topics.device_command(DEVICES[0]), payload)
    fleet.wait_for("every code", lambda: {str(getattr(said, "code", "")) for said in fleet.said} >= set(refused))
    assert fleet.truth(DEVICES[0]) == []


def replaced(command: Command, **fields: object) -> Command:
    return msgspec.structs.replace(command, **fields)


def test_power_off_lets_the_will_speak_and_is_reported(fleet: Province) -> None:
    assert json.loads((fleet.folder / "fleet.json").read_text()) == {"devices": 2, "connected": 2}
    fleet.order(play(fleet))
    fleet.wait_for("two records", lambda: len(fleet.records()) == 2)
    status = fleet.power_off()
    assert (status["event"], status["devices"], status["done"]) == ("stopped", 2, 2)
    assert [said.st for said in fleet.said if isinstance(said, State)][:2] == ["online", "online"]


def test_an_audio_device_takes_a_broken_sound_for_spoilt_and_asks_again(province: Province, tmp_path: Path) -> None:
    province.provision(DEVICES[0])
    # A long ring: a machine that is busy for a second leaves no gap, which would make the sound longer.
    province.power_on("--audio", "all", "--rate", "16000", "--ring-ms", "1000")
    province.order(play(province, exp=now_ms() + 3_000))
    province.wait_for("the end of patience", lambda: province.acks(ExecutionState.FAILED))
    good = opus(tmp_path, 0.5)
    content = Audio(sha256=province.content.put(good), bytes=len(good), dur_ms=500)
    province.order(
        province.command(cid="good", type=CommandType.PLAY, content=content, play=Play(repeat=2, gap_ms=100))
    )
    province.wait_for("good", lambda: province.told(ExecutionState.DONE, "good"))
    line = next(line for line in province.truth(DEVICES[0]) if line["result"] == "done")
    assert abs(int(str(line["ended_at_ms"])) - int(str(line["started_at_ms"])) - 1_100) < 100


def test_an_audio_device_stops_when_told(province: Province, tmp_path: Path) -> None:
    province.provision(DEVICES[0])
    province.power_on("--audio", DEVICES[0])
    sound = opus(tmp_path, 20.0)
    content = Audio(sha256=province.content.put(sound), bytes=len(sound), dur_ms=20_000)
    province.order(province.command(cid="long", type=CommandType.PLAY, content=content, play=Play()))
    province.wait_for("started", lambda: province.told(ExecutionState.STARTED, "long"))
    province.order(province.command(type=CommandType.STOP, target=Target(areas=[AREA])))
    province.wait_for("cut", lambda: province.told(ExecutionState.CUT, "long"))
    assert [line["result"] for line in province.truth(DEVICES[0])] == ["started", "cut"]


def test_reboot_by_command_keeps_what_is_remembered(fleet: Province) -> None:
    order = fleet.command(cid="reboot-1", type=CommandType.REBOOT, target=Target(devices=DEVICES[:1]))
    fleet.order(order)
    fleet.wait_for("answer", lambda: fleet.told(ExecutionState.DONE, "reboot-1"))
    fleet.wait_for(
        "birth of the next boot",
        lambda: any(isinstance(said, State) and said.st == "online" and said.conn == 2 for said in fleet.said),
    )
    fleet.order(order)
    fleet.wait_for("known", lambda: any(getattr(said, "code", None) == "DUPLICATE" for said in fleet.said))
