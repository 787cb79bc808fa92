"""Proof of sound of a simulated device: its own amplifier and line, and never a nominal figure."""

from __future__ import annotations

from typing import cast

import pytest

from firmware_sim.core.effects import StartSound
from firmware_sim.physics.amplifier import IDLE, IDLE_MA, STREET_DB, Amplifier, LineState, LoudspeakerLine
from firmware_sim.sound.output import SoundOutput
from firmware_sim.sound.player import Player
from firmware_sim.sound.silent_player import NOMINAL_LEVEL

SOUND = StartSound(
    item="a",
    sha256="0" * 64,
    at_ms=0,
    offset_ms=0,
    length_ms=1_000,
    max_ms=1_000,
    repeat=1,
    gap_ms=0,
    cuts=True,
    volume_pct=100,
)


class _Card:
    """Player that sounded one item of those it was handed."""

    def do(self, order: StartSound) -> None:
        self.order = order

    def level(self, item: str) -> float | None:
        return NOMINAL_LEVEL if item == "a" else None


def playing(amplifier: Amplifier | None) -> SoundOutput:
    made = SoundOutput(cast("Player", _Card()), 0, amplifier)
    made.do(SOUND)
    return made


@pytest.mark.parametrize(
    "amplifier",
    [
        Amplifier(LoudspeakerLine(state=LineState.OPEN)),
        Amplifier(LoudspeakerLine(), is_dead=True),
        Amplifier(LoudspeakerLine(), is_hot=True),
    ],
    ids=["cable cut", "amplifier mute", "amplifier hot"],
)
def test_a_box_that_cannot_be_heard_measures_silence_while_it_plays(amplifier: Amplifier) -> None:
    assert playing(amplifier).proof("a") == IDLE


def test_a_short_draws_current_and_is_not_heard() -> None:
    proof = playing(Amplifier(LoudspeakerLine(state=LineState.SHORT))).proof("a")
    assert proof is not None
    assert (proof.amp_ma or 0) > IDLE_MA
    assert proof.mic_db == STREET_DB


def test_a_whole_box_measures_its_sound() -> None:
    proof = playing(Amplifier(LoudspeakerLine())).proof("a")
    assert proof is not None
    assert (proof.amp_ma or 0) > IDLE_MA
    assert (proof.mic_db or STREET_DB) > STREET_DB
    assert playing(Amplifier(LoudspeakerLine())).measured(0.0) == IDLE


def test_a_board_has_no_amplifier_and_measures_nothing() -> None:
    board = playing(None)
    assert board.proof("a") is None
    assert board.measured(0.0) is None


def test_nothing_is_measured_of_what_was_not_ordered() -> None:
    assert playing(Amplifier(LoudspeakerLine())).proof("other") is None
