"""``loa month``: the real server and a small fleet in virtual time."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from bench.virtual_province import __main__ as command

DAY = """
name: day
lasts: 1d
faults:
  - {fault: mains_cut, who: {count: 2}, at: 11h 31m, lasts: 40m}
"""


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
    options = ["--devices", "2", "--communes", "1", "--scenario", str(calm), "--truth", str(truth), "--look-s", "60"]
    answer = CliRunner().invoke(command.main, options)
    assert answer.exit_code == 0, answer.output
    body = json.loads(answer.output.splitlines()[-1])
    assert (body["ok"], body["devices"], body["odd_records"]) == (True, 2, 0)
    assert any('"is_whole":true' in line for line in truth.read_text(encoding="utf-8").splitlines())
