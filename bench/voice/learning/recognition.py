"""Network of the recogniser: sound in, the loss of the right text out.

The package ``viet-asr`` holds a streaming conformer and its vocabulary in its library, under names that it exports.
"""

from __future__ import annotations

import ctypes
import math
import tempfile
from pathlib import Path
from typing import Any, Final

import torch
import torch.nn.functional as functions

from bench.voice.learning.graph import DifferentiableGraph, Tensor

RATE_HZ: Final = 16_000
CHUNK, STRIDE = 43, 40
"""Frames of 10 ms that the network takes at once, and between two chunks."""
_CACHES: Final = {"att_cache": (1, 12, 4, 40, 224), "cnn_cache": (1, 12, 448, 30)}
_BANDS, _WINDOW, _HOP, _SPECTRUM = 80, 400, 160, 512
_LOWEST_HZ = 20.0
_PREEMPHASIS = 0.97
_BLANK = 0
_WORD = "▁"


class RecognitionNetwork:
    """Recogniser that tells how badly it understands a sound as a text."""

    def __init__(self, library: Path) -> None:
        model, vocabulary = _exported(library, "vietasr_asr_model_onnx"), _exported(library, "vietasr_asr_vocab")
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "recogniser.onnx"
            file.write_bytes(model)
            self._graph = DifferentiableGraph(file)
        lines = vocabulary.decode().splitlines()
        self._numbers = {line.rpartition(" ")[0]: number for number, line in enumerate(lines)}
        self._filters = _mel_filters()

    def loss(self, samples: Tensor, text: str) -> Tensor:
        """Return the connectionist loss of a text for samples of 16 kHz, in nats a word."""
        words = text.split()
        wanted = torch.tensor([[number for word in words for number in self._spelt(word)]])
        heard = self._heard(self._features(samples))
        lengths = [torch.tensor([each]) for each in (heard.shape[0], wanted.shape[1])]
        return functions.ctc_loss(heard[:, None], wanted, *lengths, blank=_BLANK, reduction="sum") / len(words)

    def _spelt(self, word: str) -> list[int]:
        """Spell a word with the fewest pieces of the vocabulary. Raises KeyError where there are none."""
        signs = _WORD + word
        best: dict[int, list[int]] = {0: []}
        for start in range(len(signs)):
            for end in range(start + 1, len(signs) + 1):
                number = self._numbers.get(signs[start:end])
                is_better = start in best and (end not in best or len(best[start]) + 1 < len(best[end]))
                if number is not None and is_better:
                    best[end] = [*best[start], number]
        return best[len(signs)]

    def _features(self, samples: Tensor) -> Tensor:
        """Return logarithms of the energy in 80 bands, each 10 ms, as Kaldi does."""
        frames = (samples * 2**15).unfold(0, _WINDOW, _HOP)
        frames = frames - frames.mean(1, keepdim=True)
        frames = frames - _PREEMPHASIS * torch.cat([frames[:, :1], frames[:, :-1]], 1)
        window = torch.hann_window(_WINDOW, periodic=False) ** 0.85
        power = torch.fft.rfft(functions.pad(frames * window, (0, _SPECTRUM - _WINDOW))).abs() ** 2
        return torch.log(torch.clamp(power @ self._filters, min=torch.finfo(torch.float32).eps))

    def _heard(self, features: Tensor) -> Tensor:
        """Return the logarithms of the probability of each piece, each 40 ms."""
        chunks = max(1, math.ceil((features.shape[0] - CHUNK + STRIDE) / STRIDE))
        missing = chunks * STRIDE + CHUNK - STRIDE - features.shape[0]
        silence = features.detach().min().expand(max(0, missing), _BANDS)
        padded = torch.cat([features, silence])
        caches: dict[str, Any] = {name: torch.zeros(shape) for name, shape in _CACHES.items()}
        heard: list[Tensor] = []
        for start in range(0, chunks * STRIDE, STRIDE):
            given = {"chunk": padded[None, start : start + CHUNK], "offset": torch.tensor([[sum(map(len, heard))]])}
            said, *kept = self._graph.run(["output", *(f"r_{name}" for name in caches)], given | caches)
            caches = dict(zip(caches, kept, strict=True))
            heard.append(said[0])
        return torch.cat(heard)


def _exported(library: Path, name: str) -> bytes:
    opened = ctypes.CDLL(str(library))
    size = ctypes.c_size_t.in_dll(opened, f"{name}_size").value
    return bytes((ctypes.c_char * size).in_dll(opened, name))


def _mel_filters() -> Tensor:
    def mel(hertz: Tensor) -> Tensor:
        return 1127 * torch.log1p(hertz / 700)

    edges = torch.linspace(*mel(torch.tensor([_LOWEST_HZ, RATE_HZ / 2])).tolist(), _BANDS + 2)
    places = mel(torch.arange(_SPECTRUM // 2 + 1) * RATE_HZ / _SPECTRUM)[:, None]
    below, middle, above = edges[:-2], edges[1:-1], edges[2:]
    rising, falling = (places - below) / (middle - below), (above - places) / (above - middle)
    filters = torch.clamp(torch.minimum(rising, falling), min=0.0)
    filters[-1] = 0.0
    return filters
