"""docs/simulator.md agrees with the code."""

from __future__ import annotations

from pathlib import Path

from firmware_sim.core.relays.relay_streams import FOLLOWING, RelayStage
from firmware_sim.core.schedule.audio_item import FINAL, NEXT, ItemState

DOCUMENT = Path(__file__).parents[3] / "docs" / "simulator.md"


def test_the_diagram_of_an_item_s_way_is_that_of_the_table() -> None:
    expected = ["    [*] --> fetching"]
    expected += [f"    {state} --> {after}: {happening}" for (state, happening), after in NEXT.items()]
    expected += [f"    {state} --> [*]" for state in ItemState if state in FINAL]
    text = DOCUMENT.read_text(encoding="utf-8")
    diagram = text.split("stateDiagram-v2\n")[1].split("\n```")[0]
    assert diagram.splitlines() == expected


def test_the_diagram_of_a_relay_is_that_of_the_table() -> None:
    expected = [f"    [*] --> {RelayStage.CONNECTING}"]
    expected += [f"    {stage} --> {after}: {turn}" for (stage, turn), after in FOLLOWING.items()]
    text = DOCUMENT.read_text(encoding="utf-8")
    diagram = text.split("stateDiagram-v2\n")[2].split("\n```")[0]
    assert diagram.splitlines() == expected
