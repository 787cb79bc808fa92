"""A broadcast session on a simulated fleet: what the cards sounded, against the running order."""

from __future__ import annotations

from pathlib import Path

from bench.virtual_province.editors import Settlement
from bench.virtual_province.session.run import SessionRun

DEVICES = 12
HEARD = 6
"""Items of the run that are heard: one lacks its approval, one is withdrawn."""


def test_every_box_hears_the_items_in_order_without_gaps_and_the_relay_on_time(tmp_path: Path) -> None:
    found = SessionRun(Settlement(2, DEVICES), tmp_path / "home", seed=1).run()
    assert found.is_ok, found
    assert (found.devices, found.soundings) == (DEVICES, DEVICES * HEARD)
