"""A broadcast session on a simulated fleet: what the cards sounded, against the running order."""

from __future__ import annotations

from datetime import time, timedelta
from itertools import pairwise
from pathlib import Path

from bench.virtual_fleet.ground_truth import TrueSound
from bench.virtual_province.editors import Settlement
from bench.virtual_province.session.run import SessionRun
from broadcast.bulletins.model import After, Bulletin
from broadcast.sessions.rules import start_of
from cms.bulletins.repository.bulletins import Transmissions
from province.wall_clock import local_date
from tests.builders import alert_states, bulletins, sessions
from tests.console import COMMUNE
from tests.integration.virtual.stage import WELL, VirtualStage, open_stage

DEVICES = 12
HEARD = 6
"""Items of the run that are heard: one lacks its approval, one is withdrawn."""
LENGTH_MS = 90_000
CLOCK = time(9, 25)
"""Soon after the stage's beginning: the lock is a quarter of an hour before it."""


def test_every_box_hears_the_items_in_order_without_gaps_and_the_relay_on_time(tmp_path: Path) -> None:
    found = SessionRun(Settlement(2, DEVICES), tmp_path / "home", seed=1).run()
    assert found.is_ok, found
    assert (found.devices, found.soundings) == (DEVICES, DEVICES * HEARD)


def _item(stage: VirtualStage, title: str, length_ms: int) -> Bulletin:
    """Write, put into the afternoon session of tomorrow and approve a bulletin that is resumed where it was cut."""
    console = stage.console
    edited = bulletins.edit(console, bulletins.write(console, title, starts=""), after=After.RESUME)
    sounded = bulletins.make_sound(console, edited, length_ms=length_ms)
    put = sessions.put(console, sounded, sessions.afternoon(console, clock=CLOCK), local_date(console.clock()))
    return bulletins.approve(console, bulletins.submit(console, put))


def test_an_alert_in_the_middle_cuts_an_item_which_goes_on_where_it_was_cut(tmp_path: Path) -> None:
    with open_stage(tmp_path / "home") as stage:
        for title in ("Một", "Hai", "Ba"):
            _item(stage, title, LENGTH_MS)
        session, on = sessions.afternoon(stage.console, clock=CLOCK), local_date(stage.console.clock())
        until_at = start_of(session, on) + timedelta(seconds=30)
        stage.run(round((until_at - stage.console.clock()).total_seconds() * 1000))
        alert_states.active(stage.console, areas=(COMMUNE,))
        stage.run(600_000)
        with stage.console.context.uow.reading() as unit:
            titles = {each.id: each.title for each in unit[Transmissions].reaching((COMMUNE,), stage.console.clock())}
        heard: list[tuple[str, TrueSound]] = [
            (next((name for key, name in titles.items() if each.item.startswith(key)), "Cảnh báo"), each)
            for each in stage.fleet.truth.soundings
            if each.device == WELL
        ]
    assert [title for title, _ in heard][:3] == ["Một", "Cảnh báo", "Một"]
    assert all((before.ended_at or 0) <= after.started_at for (_, before), (_, after) in pairwise(heard))
    first = [each for title, each in heard if title == "Một"]
    sounded_ms = sum((each.ended_at or 0) - each.started_at for each in first)
    assert abs(sounded_ms - LENGTH_MS) <= 2_000
    assert "Ba" in [title for title, _ in heard]
