"""The model in three parts, cut so that durations and pitch are ours to set."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from media.kokoro import accent, dynamics, prosody
from media.kokoro.parts import ALIGNED, DURATIONS, ENERGY, FRAMES, PARTS, PARTS_IN, PARTS_OUT, PITCH, PITCHES, SOUND
from media.kokoro.prosody import Floats, Frames
from media.kokoro.script import SYMBOLS, Script
from media.model_process import onnx_session

STYLE_VALUES = 256

Tensors = dict[str, NDArray[Any]]


def joined(spoken: Iterable[Floats]) -> Floats:
    """Return 24 kHz samples of spoken scripts, with silence after each."""
    pause = np.zeros(int(prosody.RATE_HZ * prosody.PAUSE_S), np.float32)
    return dynamics.processed(np.concatenate([each for samples in spoken for each in (samples, pause)]))


class KokoroModel:
    """The three graphs and one voice, loaded. ``middle_hz`` is the voice's middle pitch."""

    def __init__(self, folder: Path, voice: str, middle_hz: float) -> None:
        self._sessions = {part: onnx_session(folder / part, is_optimised=True) for part in PARTS}
        self.styles = np.fromfile(folder / f"{voice}.bin", dtype="<f4").reshape(-1, 1, STYLE_VALUES)
        self._middle_hz = middle_hz
        self._accent = accent.read()[voice]

    def say(self, script: Script, rate: float) -> Floats:
        """Return 24 kHz samples of a script; ``rate`` 1 is the voice's own, less is slower."""
        tensors, frames = self.prepared(script, rate)
        added = np.repeat(self._accent.of(script), frames, axis=1)
        tensors[ALIGNED] = tensors[ALIGNED] + added[: accent.FEATURES]
        tensors[ENERGY] = tensors[ENERGY] + np.repeat(added[accent.FEATURES], prosody.PITCH_PER_FRAME)
        tensors["style"] = tensors["style"] + self._accent.style
        samples = self._run(SOUND, tensors)["audio"].ravel()
        return prosody.damped(samples, prosody.dampings(script, frames))

    def prepared(self, script: Script, rate: float) -> tuple[Tensors, Frames]:
        """Return what the sound graph is given for a script, before the accent, and the frames of each symbol."""
        tensors: Tensors = {
            "tokens": np.array([[0, *(SYMBOLS[each.symbol] for each in script.symbols), 0]], np.int64),
            # A pack holds a style for each length of a text.
            "style": self.styles[min(len(script.symbols), len(self.styles)) - 1],
            "speed": np.array([rate], np.float32),
        }
        tensors |= self._run(DURATIONS, tensors)
        frames = prosody.durations(script, tensors[FRAMES][0])
        tensors[FRAMES] = frames[None]
        tensors |= self._run(PITCHES, tensors)
        tensors[PITCH][0, 0] = prosody.pitch(script, frames, tensors[PITCH][0, 0], self._middle_hz)
        return tensors, frames

    def _run(self, part: str, tensors: Mapping[str, NDArray[Any]]) -> Tensors:
        wanted = PARTS_OUT[part]
        given = {name: tensors[name] for name in PARTS_IN[part]}
        return dict(zip(wanted, self._sessions[part].run(list(wanted), given), strict=True))
