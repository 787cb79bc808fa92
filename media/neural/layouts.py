"""Layouts of the folders that operators download, each recognised by its files."""

import array
import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from media.errors import BrokenVoiceError

_TOKENS, _LEXICON, _ESPEAK_DATA, _CONFIG = "tokens.txt", "lexicon.txt", "espeak-ng-data", "config.json"
_ESPEAK_DATA_FILES = ("phontab", "phonindex", "phondata", "intonations")
_SUPERTONIC_PARTS = ("duration_predictor", "text_encoder", "vector_estimator", "vocoder")
_SUPERTONIC_FILES = {"tts_json": "tts.json", "unicode_indexer": "unicode_indexer.bin", "voice_style": "voice.bin"}
_VOCODERS = ("vocos", "hifigan", "vocoder")
_MATCHA, _STRESS = "model-steps-", "ˈ"
_PACK_SUFFIXES = (".bin", ".npy", ".pt")


class Runtime(Enum):
    """Library that runs a voice: its name, its module, and how to get it."""

    ONNX = ("onnxruntime", "onnxruntime", "run make setup")
    SHERPA = ("sherpa-onnx", "sherpa_onnx", "pip install --require-hashes -r requirements/voice.txt")


class Layout(StrEnum):
    """Kinds of folders, by the names of their projects."""

    PIPER = "Piper"
    KOKORO = "Kokoro fine-tune"
    VITS = "VITS"
    MATCHA = "Matcha"
    SUPERTONIC = "Supertonic"

    @property
    def runtime(self) -> Runtime:
        """Return the library that runs it."""
        return Runtime.ONNX if self in (Layout.PIPER, Layout.KOKORO) else Runtime.SHERPA


class Notation(StrEnum):
    """Form in which a voice is given a text."""

    LETTERS = "letters"
    DECOMPOSED = "letters, their marks apart"
    WORDS = "listed words"
    PHONEMES = "phonemes of espeak-ng"
    KOKORO = "phonemes as Kokoro-Vietnamese was trained with"


@dataclass(frozen=True, slots=True)
class VoiceFolder:
    """A voice as its files describe it. ``signs``: those with a number; ``words``: those that it lists.

    ``files``: by what its library calls them; one of a single model calls it ``model``.
    """

    path: Path
    layout: Layout
    notation: Notation
    files: Mapping[str, Path]
    signs: frozenset[str]
    words: frozenset[str] = frozenset()
    config: Mapping[str, Any] = field(default_factory=dict)


def read_folder(path: Path) -> VoiceFolder:
    """Read what a folder holds; loads no model. Raises BrokenVoiceError: it cannot be used, and what to do."""
    if not path.is_dir():
        raise BrokenVoiceError(str(path), "NO_FOLDER")
    try:
        voice = _recognised(path)
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        raise BrokenVoiceError(str(path), "CONFIG", f"{type(error).__name__}: {error}") from error
    _, module, remedy = voice.layout.runtime.value
    if find_spec(module) is None:
        raise BrokenVoiceError(str(path), "NOT_INSTALLED", f"{voice.layout.runtime.value[0]}: {remedy}")
    return voice


def _recognised(path: Path) -> VoiceFolder:
    models = sorted(path.glob("*.onnx"))
    if (path / _SUPERTONIC_FILES["tts_json"]).exists():
        return _supertonic(path)
    if not models:
        raise BrokenVoiceError(str(path), "NO_MODEL")
    vocoders = [model for model in models if any(name in model.name for name in _VOCODERS)]
    acoustic = [model for model in models if model not in vocoders]
    if len(acoustic) == len(vocoders) == 1 and (path / _TOKENS).is_file():
        return _by_tokens(path, Layout.MATCHA, {"acoustic_model": acoustic[0], "vocoder": vocoders[0]})
    if not vocoders and models[0].name.startswith(_MATCHA):
        raise BrokenVoiceError(str(path), "MISSING", "a vocoder, such as vocos-22khz-univ.onnx or hifigan_v2.onnx")
    if len(models) > 1:
        raise BrokenVoiceError(str(path), "MANY_MODELS", ", ".join(model.name for model in models))
    model = {"model": models[0]}
    piper, kokoro = Path(f"{models[0]}.json"), path / _CONFIG
    if piper.is_file():
        config = json.loads(piper.read_text(encoding="utf-8"))
        is_text = {"espeak": False, "text": True}[config.get("phoneme_type", "espeak")]
        notation = Notation.DECOMPOSED if is_text else Notation.PHONEMES
        int(config["audio"]["sample_rate"])
        return VoiceFolder(path, Layout.PIPER, notation, model, frozenset(config["phoneme_id_map"]), config=config)
    if (path / _TOKENS).is_file():
        return _by_tokens(path, Layout.VITS, model)
    if not kokoro.is_file():
        raise BrokenVoiceError(str(path), "NO_CONFIG")
    config = json.loads(kokoro.read_text(encoding="utf-8"))
    if not packs_of(path):
        raise BrokenVoiceError(str(path), "MISSING", "voicepacks/NAME.pt, .npy or .bin")
    return VoiceFolder(path, Layout.KOKORO, Notation.KOKORO, model, frozenset(config["vocab"]), config=config)


def _by_tokens(path: Path, layout: Layout, files: Mapping[str, Path]) -> VoiceFolder:
    """Read a folder of the sherpa-onnx project: tokens.txt has a sign a line, its number behind it."""
    lines = (path / _TOKENS).read_text(encoding="utf-8").splitlines()
    # The sign may be a space itself.
    signs = frozenset(line.rpartition(" ")[0] or " " for line in lines if line.strip())
    data = path / _ESPEAK_DATA
    if missing := [name for name in _ESPEAK_DATA_FILES if data.exists() and not (data / name).is_file()]:
        raise BrokenVoiceError(str(path), "ESPEAK_DATA", ", ".join(missing))
    files = {**files, "tokens": path / _TOKENS}
    lexicon = path / _LEXICON
    if lexicon.exists():
        listed = lexicon.read_text(encoding="utf-8").splitlines()
        words = frozenset(line.split(maxsplit=1)[0].lower() for line in listed if line.strip())
        return VoiceFolder(path, layout, Notation.WORDS, {**files, "lexicon": lexicon}, signs, words)
    if data.is_dir() or _STRESS in signs:
        return VoiceFolder(path, layout, Notation.PHONEMES, files, signs)
    # The library makes letters small for a voice that lacks capitals.
    return VoiceFolder(path, layout, Notation.LETTERS, files, signs | {sign.upper() for sign in signs})


def _supertonic(path: Path) -> VoiceFolder:
    patterns = {part: f"{part}*.onnx" for part in _SUPERTONIC_PARTS} | _SUPERTONIC_FILES
    found = {name: sorted(path.glob(pattern)) for name, pattern in patterns.items()}
    if lacking := [pattern for name, pattern in patterns.items() if not found[name]]:
        raise BrokenVoiceError(str(path), "MISSING", ", ".join(lacking))
    if many := [file.name for files in found.values() if len(files) > 1 for file in files]:
        raise BrokenVoiceError(str(path), "MANY_MODELS", ", ".join(many))
    files = {name: files[0] for name, files in found.items()}
    numbers = array.array("i", files["unicode_indexer"].read_bytes())
    signs = frozenset(chr(code) for code, number in enumerate(numbers) if number >= 0)
    return VoiceFolder(path, Layout.SUPERTONIC, Notation.DECOMPOSED, files, signs)


def packs_of(path: Path) -> dict[str, Path]:
    """Find the voice packs of a Kokoro model by their names: in ``voicepacks``, ``voices`` or beside it."""
    found = (pack for folder in ("voicepacks", "voices", ".") for pack in sorted((path / folder).glob("*")))
    return {pack.stem: pack for pack in found if pack.suffix in _PACK_SUFFIXES}


def decomposed(text: str) -> str:
    """Write the marks of letters apart, as models are given them."""
    return unicodedata.normalize("NFKD", text)
