"""Scenario on a fleet in real time: injected faults are reported as devices in the field would report them."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from bench.scenarios.__main__ import main
from devices.protocol import codec, topics
from devices.protocol.messages import State, Target, Telemetry
from tests.integration.firmware.province import Province

CUT, TWICE, OPEN, CLONED = "xa-1-l02", "xa-1-l03", "xa-1-l05", "xa-1-l06"
"""The first has no battery, with a fleet's default seed. A change within 5 s of a record is reported later,
so its mains fail again and again."""
SCENARIO = f"""
name: try
lasts: 10m
faults:
  - {{fault: mains_cut, who: {{devices: [{CUT}]}}, at: 8s, lasts: 4s, every: 20s, times: 20}}
  - {{fault: seconds, who: {{devices: [{TWICE}]}}, at: 0s}}
  - {{fault: duplicates, who: {{devices: [{TWICE}]}}, at: 0s}}
  - {{fault: speaker_open, who: {{devices: [{OPEN}]}}, at: 0s, lasts: 8s}}
  - {{fault: cloned_certificate, who: {{devices: [{CLONED}]}}, at: 1s}}
"""


def test_what_befalls_a_fleet_is_told(province: Province) -> None:
    scenario = province.folder / "try.yaml"
    scenario.write_text(SCENARIO)
    for device_id in (CUT, TWICE, OPEN, CLONED):
        province.provision(device_id)
    province.power_on("--scenario", str(scenario), program="bench.scenarios")

    def told(device_id: str) -> list[Telemetry]:
        topic = topics.device_telemetry(device_id)
        return [codec.decode(Telemetry, body) for found, body in province.heard if found == topic]

    def boots(device_id: str) -> set[str]:
        topic = topics.device_state(device_id)
        return {codec.decode(State, body).boot for found, body in province.heard if found == topic}

    province.wait_for("the last gasp", lambda: any(each.mains is False for each in told(CUT)))
    province.wait_for("it boots when the mains are back", lambda: len(boots(CUT)) > 1)
    province.wait_for("health again, with mains", lambda: told(CUT)[-1].mains)
    province.wait_for("the line is cut, and mended", lambda: [each.spk for each in told(OPEN)][-2:] == ["open", "ok"])
    province.wait_for("two boxes with one name", lambda: len(boots(CLONED)) > 1)
    assert {each.ts < 10**11 for each in told(TWICE)} == {True}
    province.order(province.command(cid="once", target=Target(devices=[TWICE])), topics.device_command(TWICE))
    province.wait_for("its answer, twice", lambda: _twice(province, topics.device_ack(TWICE)))
    log = [json.loads(line) for line in (province.out / "scenario.jsonl").read_text().splitlines()]
    assert {(line["cause"], line["device"]) for line in log} == {
        ("mains_cut", CUT),
        ("seconds", TWICE),
        ("duplicates", TWICE),
        ("speaker_open", OPEN),
        ("cloned_certificate", CLONED),
    }


def _twice(province: Province, topic: str) -> bool:
    """Return whether every message on the topic came twice."""
    return set(Counter(body for found, body in province.heard if found == topic).values()) == {2}


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("one-day", "one-day: a fleet cannot bring about broker_down, server_down, slow_server"),
        ("nowhere", "there is no scenario and no file nowhere; those that come with the simulator: lesson"),
        ("wrong.yaml", "wrong.yaml, line 2: "),
    ],
)
def test_what_cannot_be_played_is_told_before_anything_begins(
    name: str, problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "wrong.yaml").write_text("name: [\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as caught:
        main(["list", name])
    assert caught.value.code == 2
    assert problem in capsys.readouterr().err


def test_a_timetable_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "lesson"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("lesson: ")
    assert "  at    11m mains_cut, for 9m" in lines


def test_a_scenario_needs_boxes_that_a_card_does_not_have(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folders = [part for name in ("bundles", "flash", "out") for part in (f"--{name}", str(tmp_path / name))]
    assert main(["fleet", *folders, "--card", "null", "--scenario", "lesson"]) == 2
    assert "leave out one of them" in capsys.readouterr().err
