"""``docs/firmware.md`` agrees with the rules in code."""

from __future__ import annotations

import re
from pathlib import Path

from devices.firmware.model import RolloutState
from devices.firmware.rollout_progress import TRANSITIONS
from devices.firmware.wave_membership import WaveExclusion
from firmware_sim.storage.firmware_image import Behaviour
from province.state_machine import final
from scripts.state_diagram import diagram

TEXT = (Path(__file__).parents[3] / "docs" / "firmware.md").read_text(encoding="utf-8")


def test_the_diagram_is_the_table() -> None:
    drawn = diagram(TRANSITIONS, RolloutState.DRAFT, final(TRANSITIONS, RolloutState))
    assert re.findall(r"```mermaid\n(.*?)```", TEXT, re.DOTALL) == [drawn]


def test_every_reason_to_be_left_out_is_told() -> None:
    assert re.findall(r"^\| `(\w+)` \|", TEXT, re.MULTILINE) == [each.value for each in WaveExclusion]


def test_every_behaviour_of_a_simulated_image_is_told() -> None:
    found = TEXT.split("`behaviour`:", 1)[1]
    assert re.findall(r"`(\w+)`", found)[: len(Behaviour)] == [each.value for each in Behaviour]
