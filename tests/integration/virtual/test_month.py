"""Real server and a small fleet in virtual time: its state agrees with the ground truth."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from bench.virtual_province import __main__ as command
from bench.virtual_province.editors import Settlement
from bench.virtual_province.month import MonthRun, RunPlan
from firmware_sim.scenarios import reader

DAY = """
name: day
lasts: 1d
faults:
  - {fault: mains_cut, who: {count: 2}, at: 11h 31m, lasts: 40m}
  - {fault: half_open_link, who: {count: 2}, at: 16h 58m, lasts: 30m}
  - {fault: cloned_certificate, who: {count: 1}, at: 5h 30m, lasts: 30m}
  - {fault: malformed, who: {count: 1}, at: 9h, lasts: 20m}
  - {fault: broker_down, who: {everybody: true}, at: 14h, lasts: 4m}
  - {fault: server_down, who: {everybody: true}, at: 17h 1m, lasts: 10m}
  - {fault: trespass, who: {count: 1}, at: 17h 2m, lasts: 5m}
"""


def run(home: Path, seed: int = 1) -> dict[str, object]:
    plan = RunPlan(reader.read(DAY), Settlement(2, 6), seed)
    found = MonthRun(plan, home).run()
    assert found.odd_records == []
    assert found.presence == {}
    return command.summary(plan, found)


def test_after_a_day_of_faults_the_server_knows_what_was_sounded_and_who_was_there(tmp_path: Path) -> None:
    found = run(tmp_path / "home")
    assert found["ok"] is True
    assert found["faults"] == 7
    assert (found["trespassers"], found["accused_wrong"]) == (1, 0)
    assert int(str(found["soundings"])) >= 20
    assert int(str(found["takeovers"])) > 0


def test_a_scenario_with_a_mistake_is_refused_with_its_line(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(DAY.replace("mains_cut", "mains_cuts"), encoding="utf-8")
    answer = CliRunner().invoke(command.main, ["--scenario", str(wrong)])
    assert answer.exit_code == 1
    assert "wrong.yaml, line 5" in answer.output
    assert "mains_cuts" in answer.output


def test_the_command_prints_a_table_and_one_line_of_json(tmp_path: Path) -> None:
    calm = tmp_path / "calm.yaml"
    calm.write_text("name: calm\nlasts: 6h\nfaults: []\n", encoding="utf-8")
    truth = tmp_path / "truth.jsonl"
    options = ["--devices", "2", "--communes", "1", "--scenario", str(calm), "--truth", str(truth), "--look-s", "20"]
    answer = CliRunner().invoke(command.main, options)
    assert answer.exit_code == 0, answer.output
    body = json.loads(answer.output.splitlines()[-1])
    assert (body["ok"], body["devices"], body["odd_records"]) == (True, 2, 0)
    assert any('"is_whole":true' in line for line in truth.read_text(encoding="utf-8").splitlines())
