"""Kokoro with its sound graph in torch: what is added to its features can be learned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from bench.voice.learning.graph import DifferentiableGraph, Tensor
from broadcast.speech.normalization import read
from broadcast.speech.word_errors import words
from cms.speech.service.phonology import PHONOLOGY
from media.kokoro import dynamics, prosody
from media.kokoro.accent import FEATURES, names_of
from media.kokoro.model import KokoroModel
from media.kokoro.parts import ALIGNED, ENERGY, PITCH, SOUND, TEXT
from media.kokoro.script import Script, scripts
from media.kokoro.voice import DIALECTS, OWN_RATE

LEVEL: Final = 0.08
"""Root mean square of what the recogniser is given."""


@dataclass(frozen=True, slots=True)
class PreparedScript:
    """One script as the model is given it. ``sounds``: for each symbol and edge the names of its additions."""

    tensors: dict[str, Any]
    frames: Tensor
    envelope: Tensor
    sounds: tuple[tuple[str, ...], ...]


def prepared_scripts(model: KokoroModel, sentence: str) -> tuple[str, list[PreparedScript]]:
    """Return the words of a sentence, and what the model is given to say them, without an accent."""
    spoken = read(sentence).spoken
    made = [_prepared(model, script) for script in scripts(PHONOLOGY.read(spoken, DIALECTS[0]))]
    return " ".join(words(spoken)), made


def _prepared(model: KokoroModel, script: Script) -> PreparedScript:
    tensors, frames = model.prepared(script, OWN_RATE)
    ones = np.ones(int(frames.sum()) * prosody.PITCH_PER_FRAME * prosody.SAMPLES_PER_PITCH, np.float32)
    envelope = prosody.damped(ones, prosody.dampings(script, frames))
    return PreparedScript(tensors, torch.from_numpy(frames), torch.from_numpy(envelope), names_of(script))


class SynthesisNetwork:
    """Sound graph of the installed voice."""

    def __init__(self, folder: Path) -> None:
        self._graph = DifferentiableGraph(folder / SOUND)

    def samples(self, said: list[PreparedScript], added: list[Tensor], style: Tensor) -> Tensor:
        """Return 24 kHz samples at the recogniser's level; ``added``: an array of symbols × additions a script."""
        whole = _processed(torch.cat(list(self._parts(said, added, style))))
        return whole * (LEVEL / whole.detach().std())

    def _parts(self, said: list[PreparedScript], added: list[Tensor], style: Tensor) -> Iterator[Tensor]:
        for each, more in zip(said, added, strict=True):
            given = {name: torch.from_numpy(each.tensors[name]) for name in (PITCH, ENERGY, TEXT, "style")}
            frames, values = each.frames, each.frames * prosody.PITCH_PER_FRAME
            given[ENERGY] = given[ENERGY] + more[:, FEATURES].repeat_interleave(values)
            given[ALIGNED] = (given.pop(TEXT) + more[:, :FEATURES].T).repeat_interleave(frames, dim=2)
            given["style"] = given["style"] + style
            (sound,) = self._graph.run(["audio"], given)
            size = min(sound.numel(), each.envelope.numel())
            yield sound.reshape(-1)[:size] * each.envelope[:size]
            yield torch.zeros(int(prosody.RATE_HZ * prosody.PAUSE_S))


def _processed(samples: Tensor) -> Tensor:
    """Return the samples through the voice's equaliser and compressor; the compressor's gains are not learned from."""
    size = 2 * samples.numel()
    spectrum = torch.fft.rfft(samples, size) * torch.from_numpy(dynamics.response(size))
    equalised = torch.fft.irfft(spectrum, size)[: samples.numel()]
    return (equalised * torch.from_numpy(dynamics.gains(equalised.detach().numpy()))).float()


def resampled(samples: Tensor, to_hz: int) -> Tensor:
    """Return the samples at a lower rate."""
    size = samples.numel() * to_hz // prosody.RATE_HZ
    spectrum = torch.fft.rfft(samples)[: size // 2 + 1]
    edge = torch.clamp((1 - torch.arange(spectrum.numel()) / spectrum.numel()) / 0.04, 0, 1)
    return torch.fft.irfft(spectrum * edge, size) * (size / samples.numel())
