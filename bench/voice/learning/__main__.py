"""Learn the accent: ``python -m bench.voice.learning LIBRARY INTO``, in an environment that has torch and onnx.

LIBRARY is the recogniser's (``vietasr/_native/libvietasr.so`` of the package viet-asr), INTO the accent's file. First
the gradients of all tuning sentences at the start are measured; where that is no accent, one large step is taken. Then
each sentence takes a step of its own, some of them through the horn. The held-out sentences and the bench's bulletins
are not used.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path

import click
import numpy as np
import torch

from bench.voice.corpus import sentences_of
from bench.voice.learning.horn import through_horn
from bench.voice.learning.recognition import RATE_HZ, RecognitionNetwork
from bench.voice.learning.synthesis import PreparedScript, SynthesisNetwork, prepared_scripts, resampled
from bench.voice.natural_steps import Additions, MeasuredSentence, NaturalSteps
from media.kokoro.accent import FILE, Accent, read, written
from media.kokoro.model import KokoroModel
from media.kokoro.voice import FOLDER, VOICES

FIRST_STEP, STEP, LAST_STEP = 6.0, 2.5, 0.5
"""Sizes over all sentences: the first, and those of the sentences one by one, from the first to the last of them."""


class AccentLearning:
    """Voice, recogniser, and the sentences that are learned from."""

    def __init__(self, library: Path, voice: str, folder: Path) -> None:
        self._recognition, self._synthesis = RecognitionNetwork(library), SynthesisNetwork(folder)
        model = KokoroModel(folder, voice, VOICES[voice])
        self._said = [prepared_scripts(model, sentence) for sentence in sentences_of("tuning")]

    def measured(self, additions: Additions, at: int, *, is_horn: bool = False) -> tuple[MeasuredSentence, float]:
        """Return the gradients of a sentence's loss, and the loss in nats a word."""
        text, said = self._said[at]
        added = [_leaf(additions.of(each.sounds)) for each in said]
        style = _leaf(additions.style)
        samples = resampled(self._synthesis.samples(said, added, style), RATE_HZ)
        loss = self._recognition.loss(through_horn(samples, RATE_HZ) if is_horn else samples, text)
        # A sentence counts as often as it has words.
        (loss * len(text.split())).backward()
        gradients = np.concatenate([each.grad.numpy() for each in added]).astype(np.float64)
        found = MeasuredSentence(tuple(_names(said)), gradients, style.grad.numpy().astype(np.float64))
        return found, float(loss.detach())

    def learn(self, additions: Additions, until_s: float, horn_share: float) -> Iterator[None]:
        """Change the accent step by step."""
        chance = random.Random(1)  # noqa: S311 - an order of sentences
        order = list(range(len(self._said)))
        first = [self.measured(additions, at)[0] for at in order]
        steps, is_new = NaturalSteps(first), not additions.sounds
        for each in first if is_new else ():
            steps.step(additions, each, FIRST_STEP)
        yield
        began_s, queue = time.monotonic(), list[int]()
        while (now_s := time.monotonic()) < until_s:
            queue = queue or chance.sample(order, len(order))
            size = STEP + (LAST_STEP - STEP) * (now_s - began_s) / (until_s - began_s)
            found, loss = self.measured(additions, queue.pop(), is_horn=chance.random() < horn_share)
            steps.step(additions, found, size)
            click.echo(f"loss {loss:.2f} a word")
            yield


def _leaf(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> torch.Tensor:
    return torch.from_numpy(values.astype(np.float32)).requires_grad_()


def _names(said: list[PreparedScript]) -> Iterator[tuple[str, ...]]:
    for each in said:
        yield from each.sounds


@click.command()
@click.argument("library", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("into", type=click.Path(dir_okay=False, path_type=Path), default=FILE)
@click.option("--voice", type=click.Choice(list(VOICES)), default="female", show_default=True)
@click.option("--start", type=click.Choice(list(VOICES)), help="Go on from the accent that this voice has in the file.")
@click.option("--folder", type=click.Path(path_type=Path), default=FOLDER, help="Folder of the installed model.")
@click.option("--minutes", default=60.0, show_default=True)
@click.option("--horn-share", default=0.4, show_default=True, help="Sentences that are heard through the horn.")
@click.option("--threads", default=1, show_default=True)
def main(
    *,
    library: Path,
    into: Path,
    voice: str,
    start: str | None,
    folder: Path,
    minutes: float,
    horn_share: float,
    threads: int,
) -> None:
    """Learn for so many minutes; the file is written after every step, with the accents of other voices as they are."""
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    until_s = time.monotonic() + 60 * minutes
    accents = read(into) if into.exists() else {}
    additions = Additions()
    if start:
        additions.sounds = {name: each.astype(np.float64) for name, each in accents[start].sounds.items()}
    if start == voice:
        additions.style = accents[start].style.astype(np.float64)
    for _ in AccentLearning(library, voice, folder).learn(additions, until_s, horn_share):
        sounds = {name: each.astype(np.float32) for name, each in additions.sounds.items()}
        accents[voice] = Accent(sounds, additions.style.astype(np.float32))
        into.write_text(written(accents), encoding="utf-8")


if __name__ == "__main__":
    main()
