"""Child process of a neural voice: ``python -m media.synthesis FOLDER SPEED INTO``, the text on its input.

The library leaves out what a voice has no token for, and ends as if all were said: "không được ra khơi" without
"không" is a permission. So each letter, phoneme or word is looked up first, and the child fails on one that is missing.

A process of its own for every text: the library ends the whole process over a model it does not like, and the 100 to
200 MB it needs are given back. It stands alone: nothing else of ours is loaded.
"""

import re
import sys
import unicodedata
import wave
from pathlib import Path

FOREIGN = "*.onnx"
TOKENS = "tokens.txt"
LEXICON = "lexicon.txt"
ESPEAK_DATA = "espeak-ng-data"
THREADS = 1
_WORD = re.compile(r"\w+")


def tokens_of(folder: Path) -> frozenset[str]:
    """Read the signs that a voice has a number for: one a line, its number behind it."""
    lines = (folder / TOKENS).read_text(encoding="utf-8").splitlines()
    # The sign may be a space itself.
    return frozenset(line.rpartition(" ")[0] or " " for line in lines if line.strip())


def words_of(folder: Path) -> frozenset[str]:
    """Read the words of a voice that takes words by a list."""
    lines = (folder / LEXICON).read_text(encoding="utf-8").splitlines()
    return frozenset(line.split(maxsplit=1)[0].lower() for line in lines if line.strip())


def unknown_in(folder: Path, text: str) -> list[str]:
    """Find what of a text the voice would leave out: words not in its list, or letters without a token, sorted."""
    if (folder / LEXICON).exists():
        return sorted(set(_WORD.findall(text.lower())) - words_of(folder))
    tokens = tokens_of(folder)
    said = {sign for sign in text if sign.isalnum() or unicodedata.category(sign).startswith("M")}
    return sorted(sign for sign in said if sign not in tokens and sign.lower() not in tokens)


def say(folder: Path, speed: float, into: Path, text: str) -> None:
    """Write a mono WAV of 16 bits; of a voice of phonemes ``text`` is phonemes, a sentence a line.

    SystemExit with a sentence where the voice said nothing, or would have left something out.
    """
    import numpy as np  # noqa: PLC0415 - only this process has them
    import sherpa_onnx  # noqa: PLC0415

    lexicon = folder / LEXICON
    takes_phonemes = (folder / ESPEAK_DATA).is_dir()
    if takes_phonemes:
        tokens = tokens_of(folder)
        unknown = sorted({sign for sign in text if sign not in tokens and sign != "\n"})
    else:
        unknown = unknown_in(folder, text)
    if unknown:
        sys.exit(f"the voice does not know: {' '.join(unknown[:20])}")
    vits = sherpa_onnx.OfflineTtsVitsModelConfig(
        model=str(next(folder.glob(FOREIGN))),
        tokens=str(folder / TOKENS),
        lexicon=str(lexicon) if lexicon.exists() else "",
    )
    model = sherpa_onnx.OfflineTtsModelConfig(vits=vits, num_threads=THREADS, provider="cpu")
    config = sherpa_onnx.OfflineTtsConfig(model=model, max_num_sentences=1)
    if not config.validate():
        sys.exit("the folder's files do not belong together")
    how = sherpa_onnx.GenerationConfig()
    how.sid, how.speed = 0, speed
    if takes_phonemes:
        how.phoneme_codepoints = [[ord(sign) for sign in line] for line in text.splitlines() if line]
    audio = sherpa_onnx.OfflineTts(config).generate(text, how)
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
