"""``loa chaos-storm`` in small: many orders within a second over a bad network, and the right end on every device."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from bench.virtual_province.storms import rounds
from bench.virtual_province.storms.__main__ import main
from bench.virtual_province.storms.stage import make_template

SEEDS = range(1, 11)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_template(tmp_path_factory.mktemp("storm") / "template")


def test_after_a_storm_every_device_has_what_the_rules_say(template: Path, tmp_path: Path) -> None:
    found = [rounds.play(template, tmp_path / "storm", seed) for seed in SEEDS]
    assert [what for one in found for what in one.wrong] == []
    assert {deed for one in found for deed in one.done} >= {"alert", "drill", "update", "cancel", "stop", "lift"}


def test_the_command_prints_what_is_wrong_and_one_line_of_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "CALM_MS", 1_000)  # too short: most alerts have not sounded yet
    answer = CliRunner().invoke(main, ["--seeds", "1", "--first", "2"])
    lines = answer.output.splitlines()
    body = json.loads(lines[-1])
    assert (answer.exit_code, body["ok"], body["seeds"]) == (1, False, 1)
    assert all(line.startswith("seed 2: xa-") for line in lines[:-1])
    assert len(lines) > 1
