"""The child that speaks with a neural voice: ``python -m media.synthesis FOLDER SPEED INTO``, the text on its input.

A process of its own for every text: the library ends the whole process over a model it does not like, and the 100 to
200 MB it needs are given back. It stands alone: nothing else of ours is loaded.
"""

from __future__ import annotations

import sys
import wave
from pathlib import Path

FOREIGN = "*.onnx"
TOKENS = "tokens.txt"
LEXICON = "lexicon.txt"
ESPEAK_DATA = "espeak-ng-data"
THREADS = 1


def say(folder: Path, speed: float, into: Path, text: str) -> None:
    """Write a mono WAV of 16 bits. SystemExit with a sentence where the voice said nothing."""
    import numpy as np  # noqa: PLC0415 - only this process has them
    import sherpa_onnx  # noqa: PLC0415

    lexicon, data = folder / LEXICON, folder / ESPEAK_DATA
    vits = sherpa_onnx.OfflineTtsVitsModelConfig(
        model=str(next(folder.glob(FOREIGN))),
        tokens=str(folder / TOKENS),
        lexicon=str(lexicon) if lexicon.exists() else "",
        data_dir=str(data) if data.is_dir() else "",
    )
    model = sherpa_onnx.OfflineTtsModelConfig(vits=vits, num_threads=THREADS, provider="cpu")
    config = sherpa_onnx.OfflineTtsConfig(model=model, max_num_sentences=1)
    if not config.validate():
        sys.exit("the folder's files do not belong together")
    audio = sherpa_onnx.OfflineTts(config).generate(text, sid=0, speed=speed)
    samples = np.asarray(audio.samples, dtype=np.float64)
    if not samples.size or not audio.sample_rate or not np.isfinite(samples).all():
        sys.exit("the model gave no sound")
    with wave.open(str(into), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(audio.sample_rate)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())


if __name__ == "__main__":
    say(Path(sys.argv[1]), float(sys.argv[2]), Path(sys.argv[3]), sys.stdin.read())
