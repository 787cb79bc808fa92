"""Host sound card output: as loud as asked for, and a failing card delays nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np

from firmware_sim.sound.decoder import Samples
from firmware_sim.sound.loudspeaker import Loudspeaker
from firmware_sim.sound.sound_card import PIPE_BYTES, SoundCard, alsa

RATE = 8_000
TONE: Samples = np.full(RATE // 2, 10_000, dtype=np.int16)
INTO_FILE = "import sys; open(sys.argv[1], 'wb').write(sys.stdin.buffer.read())"


class Memory(SoundCard):
    """Sound card that keeps its samples."""

    def __init__(self) -> None:
        super().__init__(("no-such-program",))
        self.heard: list[Samples] = []

    def write(self, samples: Samples, gain: float = 1.0) -> None:
        self.heard.append((samples * gain).astype(np.int16))


def process_of(card: SoundCard) -> subprocess.Popen[bytes] | None:
    return card._process


def speaker(folder: Path, out: SoundCard) -> Loudspeaker:
    return Loudspeaker(folder, RATE, on_start=lambda *_: None, on_end=lambda *_: None, out=out)


def test_the_card_is_handed_what_the_file_holds_as_loud_as_was_asked_for(tmp_path: Path) -> None:
    out = Memory()
    card = speaker(tmp_path, out)
    card.loudness("soft", 50)
    card.render(1_000_000)
    card.start("soft", TONE, at_ms=1_000_500, offset_ms=0, cuts=False)
    for ms in range(1_000_020, 1_002_000, 20):
        card.render(ms)
    card.start("loud", TONE, at_ms=1_002_500, offset_ms=0, cuts=False)
    for ms in range(1_002_000, 1_004_000, 20):
        card.render(ms)
    heard = np.concatenate(out.heard)
    assert sorted(set(heard.tolist())) == [0, 5_000, 10_000]
    assert np.flatnonzero(heard == 5_000)[0] == RATE // 2
    assert np.count_nonzero(heard == 5_000) == np.count_nonzero(heard == 10_000) == len(TONE)


def test_samples_reach_the_program_that_plays_them(tmp_path: Path) -> None:
    kept = tmp_path / "kept.raw"
    card = SoundCard((sys.executable, "-c", INTO_FILE, str(kept)))
    card.write(TONE[:100])
    card.write(TONE[:100], 0.1)
    process = process_of(card)
    assert process is not None
    assert process.stdin is not None
    process.stdin.close()
    process.wait()
    card.close()
    heard = np.frombuffer(kept.read_bytes(), dtype=np.int16)
    assert heard.tolist() == [10_000] * 100 + [1_000] * 100
    assert card.left_out == 0


def test_a_card_that_takes_nothing_holds_nobody_up() -> None:
    card = SoundCard((sys.executable, "-c", "import signal; signal.pause()"))
    for _ in range(10):
        card.write(TONE)
    assert 10 * len(TONE) - PIPE_BYTES // 2 <= card.left_out < 10 * len(TONE)
    card.close()


def test_a_card_that_is_gone_is_looked_for_after_a_while_and_not_before() -> None:
    now = [100.0]
    card = SoundCard(("no-such-program",), now_s=lambda: now[0])
    card.write(TONE)
    assert card.left_out == len(TONE)
    card._command = (sys.executable, "-c", "import sys; sys.stdin.buffer.read()")
    card.write(TONE[:10])
    assert process_of(card) is None
    now[0] += 6
    card.write(TONE[:10])
    process = process_of(card)
    assert process is not None
    process.kill()
    process.wait()
    card.write(TONE[:10])
    assert process_of(card) is None
    assert card.left_out == len(TONE) + 20


def test_the_machines_own_sound_system_takes_what_is_sounded() -> None:
    """Uses ALSA's null device, which exists without any hardware."""
    card = SoundCard(alsa("null", RATE))
    for _ in range(5):
        card.write(TONE[:160])
    process = process_of(card)
    assert process is not None
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait() == 0
    assert card.left_out == 0
