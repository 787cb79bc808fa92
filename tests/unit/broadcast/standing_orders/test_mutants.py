"""Standing orders under the sample messages and many mutants: nothing sounds outside of an order."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import bench.standing_orders as hostile
from broadcast.standing_orders.cap_warnings import warning_of
from broadcast.standing_orders.matching import MatchOutcome
from broadcast.standing_orders.model import IncomingWarning

SAMPLES = Path(__file__).parents[3] / "contract" / "cap" / "samples"


def test_no_mutant_sounds_outside_of_an_order_and_one_event_sounds_once() -> None:
    done = hostile.mutants(1_000, seed=20261020)
    assert done.outside == []
    assert done.fired > 0
    assert done.outcomes[MatchOutcome.HOLDS] > 0
    assert done.soundings_of_one_event == 1


def test_no_sample_sounds_outside_of_an_order() -> None:
    documents = [path.read_bytes() for path in sorted(SAMPLES.glob("*.xml"))]
    assert documents
    assert hostile.attacked(documents).outside == []


@pytest.mark.parametrize("rule", ["is_first", "is_certain", "is_clear"])
def test_the_oracle_finds_a_rule_that_is_missing(monkeypatch: pytest.MonkeyPatch, rule: str) -> None:
    def careless(*args: Any, **more: Any) -> IncomingWarning:
        forced: dict[str, Any] = {rule: True}
        return replace(warning_of(*args, **more), **forced)

    monkeypatch.setattr(hostile, "warning_of", careless)
    assert hostile.attacked(hostile.reworded(300, seed=3)).outside
