"""Accent: additions to the model's features that make its sounds those of Vietnamese.

``python -m bench.voice.learning`` learns those of a voice: one vector for each sound in its part of the syllable and
for each tone, one for the style. They change neither durations nor pitch.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from media.kokoro.prosody import Floats
from media.kokoro.script import RIME, Script, ScriptSymbol

FEATURES = 512
FILE = Path(__file__).with_name("accent.json")
EDGE = "edge"
"""Before and after the symbols of a script."""
_STEPS = 127


@dataclass(frozen=True, slots=True)
class Accent:
    """Additions by :func:`sounds_of`: the features, then the energy, of a symbol. ``style``: to the voice's own."""

    sounds: Mapping[str, Floats]
    style: Floats

    def of(self, script: Script) -> Floats:
        """Return what is added to each symbol and the two edges: ``FEATURES`` and the energy in rows."""
        return summed(self.sounds, names_of(script)).T


def summed(sounds: Mapping[str, NDArray[Any]], symbols: Sequence[Sequence[str]]) -> NDArray[Any]:
    """Return in rows what is added to symbols, given by the names of their additions; an unknown one adds nothing."""
    nothing = np.zeros(FEATURES + 1, np.float32)
    added = ([sounds[name] for name in names if name in sounds] for names in symbols)
    return np.array([np.sum([nothing, *each], axis=0) for each in added])


def names_of(script: Script) -> tuple[tuple[str, ...], ...]:
    """Return the names of the additions of each symbol and of the two edges."""
    return ((EDGE,), *(tuple(sounds_of(script, each)) for each in script.symbols), (EDGE,))


def sounds_of(script: Script, symbol: ScriptSymbol) -> Iterator[str]:
    """Yield the names under which additions for a symbol are kept."""
    yield f"{symbol.part.value}:{symbol.symbol}"
    if symbol.part in RIME:
        yield f"tone:{script.tones[symbol.syllable]}"


def read(file: Path = FILE) -> dict[str, Accent]:
    """Read the accents by the names of the voices."""
    kept = json.loads(file.read_text(encoding="utf-8"))
    return {
        voice: Accent({name: _vector(each) for name, each in of["sounds"].items()}, _vector(of["style"]))
        for voice, of in kept.items()
    }


def written(accents: Mapping[str, Accent]) -> str:
    """Return the text of the file: each vector in steps of a 127th of its largest value."""
    kept = {
        voice: {"sounds": {name: _steps(each) for name, each in of.sounds.items()}, "style": _steps(of.style)}
        for voice, of in accents.items()
    }
    return json.dumps(kept, ensure_ascii=False, indent=1) + "\n"


def _vector(kept: Mapping[str, Any]) -> Floats:
    return np.frombuffer(b64decode(kept["steps"]), np.int8).astype(np.float32) * np.float32(kept["step"])


def _steps(vector: Floats) -> dict[str, Any]:
    step = float(np.abs(vector).max()) / _STEPS or 1.0
    return {"step": float(f"{step:.4g}"), "steps": b64encode(np.rint(vector / step).astype(np.int8).tobytes()).decode()}
