"""``loa bench neighbours``: its figures, and that it fails where a box hears what is not there."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from bench.speed import neighbours as bench


def test_no_mute_box_hears_who_does_not_sound_and_the_loud_ones_are_found_on_a_calm_street() -> None:
    done = CliRunner().invoke(bench.neighbours, ["--boxes", "40"])
    assert done.exit_code == 0, done.output
    found = {line.split()[0]: float(line.split()[2]) for line in done.output.splitlines()[1:]}
    assert {name: found[f"heard_falsely_{name}"] for name in bench.VEHICLES} == dict.fromkeys(bench.VEHICLES, 0)
    assert found["found_of_loud_calm"] == 100


def test_a_rule_that_believes_every_microphone_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "neighbours_db", lambda levels: levels.sounding_db)
    done = CliRunner().invoke(bench.neighbours, ["--boxes", "10"])
    assert done.exit_code == 1
