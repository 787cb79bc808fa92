"""Every siren of the tables on a loudspeaker's line: the blasts in the recording are those of the table."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from bench.recordings import read_segment
from broadcast.alerts.hazard_rules import SirenPattern
from broadcast.alerts.hazards import GONG, NATIONAL, of_province
from cms.alerts.service.order_commands import command_of
from firmware_sim.core.alerts.round_player import signal_parts
from firmware_sim.core.effects import Part, Tone
from firmware_sim.sound import stored_tones
from firmware_sim.sound.decoder import Samples
from firmware_sim.sound.loudspeaker import Loudspeaker
from firmware_sim.sound.track import Track
from tests.fakes.warnings import order

ROOT: Final = Path(__file__).parents[3]
HUE: Final = of_province((ROOT / "docs" / "examples" / "hazards-hue.toml").read_text(encoding="utf-8"))
SIRENS: Final = {
    rule.siren for table in (NATIONAL, HUE) for hazard in table.hazards.values() for rule in hazard.stages.values()
}
RATE_HZ: Final = 4_000
T0: Final = 1_795_496_400_000
TICK_MS: Final = 200
TONE_MS: Final = 10_000
GAP_MS: Final = 2_000
WITHIN_MS: Final = 50
WINDOW_MS: Final = 5
PAUSE_IN_TONE_MS: Final = 1_500
"""Longest pause within a tone; the shortest one between two blasts is longer."""
NOISE: Final = 40


def wanted(siren: SirenPattern) -> list[tuple[int, int]]:
    """Return begin and end of every blast, as docs/protocol.md puts series without words one after the other."""
    on_ms, found, at = siren.on_ms or TONE_MS, [], 0
    for _ in range(siren.series):
        for blast in range(siren.count):
            at += siren.off_ms if blast else 0
            found.append((at, at + on_ms))
            at += on_ms
        at += GAP_MS
    return found


def recorded(folder: Path, parts: tuple[Part, ...]) -> Samples:
    """Sound the parts on a card in virtual time; return the samples of its file, from the first that sounds."""
    card = Loudspeaker(folder, RATE_HZ, on_start=lambda *_: None, on_end=lambda *_: None, ring_ms=2 * TICK_MS)
    card.render(T0)
    track = Track()
    track.extend([_samples(part) for part in parts], is_open=False)
    card.start_track("alert", track)
    for at_ms in range(T0, T0 + sum(part.ms for part in parts) + 4 * TICK_MS, TICK_MS):
        card.render(at_ms)
    card.close()
    samples = read_segment(next(folder.glob("*.wav"))).samples
    return samples[np.flatnonzero(samples)[0] :]


def _samples(part: Part) -> Samples:
    if isinstance(part, Tone):
        return stored_tones.tone(part.name, part.ms, RATE_HZ)
    return np.zeros(part.ms * RATE_HZ // 1000, dtype=np.int16)


def blasts_in(samples: Samples) -> list[tuple[int, int]]:
    """Return begin and end of each blast in ms."""
    window = RATE_HZ * WINDOW_MS // 1000
    levels = np.abs(samples[: len(samples) // window * window].astype(np.int32)).reshape(-1, window).max(axis=1)
    loud = np.flatnonzero(levels > NOISE)
    parts = np.split(loud, np.flatnonzero(np.diff(loud) > PAUSE_IN_TONE_MS // WINDOW_MS) + 1)
    return [(int(part[0]) * WINDOW_MS, int(part[-1] + 1) * WINDOW_MS) for part in parts]


@pytest.mark.parametrize(("siren", "is_drill"), list(product(sorted(SIRENS, key=str), (False, True))))
def test_every_siren_of_the_tables_is_on_the_line_as_the_table_says(
    tmp_path: Path, siren: SirenPattern, *, is_drill: bool
) -> None:
    command = command_of(order(siren=siren, spoken=()), tone_ms=TONE_MS)
    assert command.alert is not None
    parts = signal_parts(command.alert, is_drill=is_drill)
    found = blasts_in(recorded(tmp_path, parts))
    expected = wanted(siren)
    assert len(found) == len(expected)
    for (begin, end), (wanted_begin, wanted_end) in zip(found, expected, strict=True):
        assert begin == pytest.approx(wanted_begin, abs=WITHIN_MS)
        if not is_drill:
            assert end == pytest.approx(wanted_end, abs=WITHIN_MS)
    names = {part.name for part in parts if isinstance(part, Tone)}
    assert names == {stored_tones.DRILL if is_drill else siren.tone}


def test_the_tables_have_sirens_of_one_blast_and_of_several_and_gongs() -> None:
    assert {(siren.count, siren.series) for siren in SIRENS} == {(1, 1), (3, 3), (2, 2), (5, 3)}
    assert {siren.tone for siren in SIRENS} == {"siren-a", "siren-b", GONG}
