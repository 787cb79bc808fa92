"""Energy of samples: the loudest block does not overflow 16 bits, and no fork stops the thread that measures."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from firmware_sim.relays.stream import level_db
from firmware_sim.sound.energy import energy

MEASURES_WHILE_THE_PROCESS_FORKS = """
import os, threading
import numpy as np
from firmware_sim.sound.track import Track

measured = threading.Event()

def measure():
    block, track = np.zeros(14_400, dtype=np.int16), Track()
    while True:
        track.measure(block)
        measured.set()

threading.Thread(target=measure, daemon=True).start()
for turn in range(30):
    threading.Event().wait(turn / 50_000)  # so that some forks come in the middle of a measurement
    child = os.fork()
    if not child:
        os._exit(0)
    os.waitpid(child, 0)
    for _ in range(2):
        measured.clear()
        assert measured.wait(30), "the sound thread stands still"
"""


def test_a_sound_card_goes_on_while_its_process_starts_another() -> None:
    program = [sys.executable, "-W", "ignore", "-c", MEASURES_WHILE_THE_PROCESS_FORKS]
    done = subprocess.run(program, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr


def test_a_block_at_full_scale_has_the_energy_of_all_its_samples() -> None:
    loud = np.array([-32_768, 32_767, -32_768], dtype=np.int16)

    assert energy(loud) == 2 * 32_768**2 + 32_767**2
    assert level_db(energy(loud) / len(loud)) == pytest.approx(0.0, abs=0.001)


def test_silence_has_none() -> None:
    assert energy(np.zeros(14_400, dtype=np.int16)) == 0
