"""The tones on flash, what the sensors tell of them, and what a board shows."""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest

from firmware_sim import sensors, tones
from firmware_sim.board import HEIGHT, LEVELS, WIDTH, Board
from firmware_sim.core.effects import ShowText

RATE_HZ = 16_000


@pytest.mark.parametrize("name", tones.NAMES)
def test_a_tone_is_as_long_as_asked_loud_enough_and_never_clipped(name: str) -> None:
    samples = tones.tone(name, 10_000, RATE_HZ)
    assert len(samples) == 10 * RATE_HZ
    assert 500 < np.abs(samples.astype(np.int32)).max() <= tones.PEAK
    assert abs(float(samples.mean())) < 50


@pytest.mark.parametrize("name", tones.NAMES)
def test_a_tone_goes_round_without_a_click(name: str) -> None:
    period = tones.pattern(name, RATE_HZ).astype(np.int32)
    steps = np.abs(np.diff(period))
    assert abs(int(period[0]) - int(period[-1])) <= max(int(steps.max()), 1)


def test_every_tone_is_another_and_the_drill_s_is_much_softer_than_any_siren() -> None:
    sounded = {name: tones.tone(name, 4_000, RATE_HZ).astype(np.float64) for name in tones.NAMES}
    powers = {name: float(np.mean(signal**2)) for name, signal in sounded.items()}
    assert len({round(power) for power in powers.values()}) == len(tones.NAMES)
    sirens = [power for name, power in powers.items() if name.startswith("siren")]
    assert powers[tones.DRILL] * 10 < min(sirens)


def test_an_unknown_tone_is_the_first_siren() -> None:
    assert np.array_equal(tones.tone("of-a-later-version", 500, RATE_HZ), tones.tone(tones.FIRST, 500, RATE_HZ))


def test_a_tone_of_no_length_has_no_samples() -> None:
    assert len(tones.tone(tones.FIRST, 0, RATE_HZ)) == 0


def test_the_sensors_tell_silence_from_sound_and_loud_from_soft() -> None:
    assert sensors.proof(None, 100) == sensors.proof(0.0, 100) == sensors.proof(0.5, 0) == sensors.IDLE
    loud, soft = sensors.proof(0.5, 100), sensors.proof(0.1, 50)
    assert loud.amp_ma is not None
    assert soft.amp_ma is not None
    assert loud.mic_db is not None
    assert soft.mic_db is not None
    assert loud.amp_ma > soft.amp_ma > sensors.IDLE_MA
    assert loud.mic_db > soft.mic_db >= sensors.STREET_DB


def rows(path: Path) -> list[bytes]:
    """The picture's rows: its only compression is that of zlib, its only filter none."""
    data = path.read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    at, raw = 8, b""
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + size]
        assert struct.unpack(">I", data[at + 8 + size : at + 12 + size])[0] == zlib.crc32(kind + body)
        raw += zlib.decompress(body) if kind == b"IDAT" else b""
        at += 12 + size
    assert len(raw) == HEIGHT * (1 + 3 * WIDTH)
    return [raw[at + 1 : at + 1 + 3 * WIDTH] for at in range(0, len(raw), 1 + 3 * WIDTH)]


@pytest.mark.parametrize("level", [1, 2, 3])
def test_a_board_shows_an_alert_full_screen_in_its_level_s_colour(tmp_path: Path, level: int) -> None:
    board = Board(tmp_path)
    board.show(ShowText("Lũ quét", "Sơ tán ngay.", level, is_drill=False, until_ms=0), until_ms=1_000)
    assert set(rows(tmp_path / "screen.png")) == {bytes(LEVELS[level]) * WIDTH}
    words = json.loads((tmp_path / "screen.json").read_text())
    assert (words["showing"], words["head"], words["text"], words["until_ms"]) == (
        "alert",
        "Lũ quét",
        "Sơ tán ngay.",
        1_000,
    )
    board.clear()
    assert json.loads((tmp_path / "screen.json").read_text()) == {"showing": "ordinary"}


def test_a_drill_on_a_board_is_no_alert_s_colour_and_striped(tmp_path: Path) -> None:
    board = Board(tmp_path)
    board.show(ShowText("Diễn tập", "", 3, is_drill=True, until_ms=0), until_ms=1_000)
    picture = rows(tmp_path / "screen.png")
    colours = {row[at : at + 3] for row in picture for at in range(0, len(row), 3)}
    assert len(colours) == 2
    assert not colours & {bytes(colour) for colour in LEVELS.values()}
    assert json.loads((tmp_path / "screen.json").read_text())["showing"] == "drill"
