"""Models of the layouts, loaded; the child process alone imports their libraries."""

import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from media.model_process import onnx_session
from media.neural.layouts import Layout, Notation, VoiceFolder, packs_of

THREADS = 1
Samples = NDArray[np.float32]
_KOKORO_HZ = 24_000
_KOKORO_MAX = 510
_STYLE_VALUES = 256


class PiperModel:
    """Piper as published: signs to numbers, with a pad after each, by the model's own JSON."""

    def __init__(self, voice: VoiceFolder) -> None:
        self._session = onnx_session(voice.files["model"])
        config = voice.config
        self.rate_hz = int(config["audio"]["sample_rate"])
        self._ids = config["phoneme_id_map"]
        scales = {"noise_scale": 0.667, "length_scale": 1.0, "noise_w": 0.8} | config.get("inference", {})
        self._scales = [float(scales[name]) for name in ("noise_scale", "length_scale", "noise_w")]
        count = int(config.get("num_speakers", 1))
        names = {number: name for name, number in config.get("speaker_id_map", {}).items()}
        self.speakers = [names.get(number, str(number)) for number in range(max(1, count))]

    def say(self, line: str, speaker: int, speed: float) -> Samples:
        """Return the samples of one line."""
        pad = self._ids.get("_", [])
        ids = [number for sign in ("^", *line) for number in (*self._ids[sign], *pad)] + self._ids["$"]
        noise, length, noise_w = self._scales
        given = {
            "input": np.array([ids], np.int64),
            "input_lengths": np.array([len(ids)], np.int64),
            "scales": np.array([noise, length / speed, noise_w], np.float32),
        }
        if len(self.speakers) > 1:
            given["sid"] = np.array([speaker], np.int64)
        return np.asarray(self._session.run(None, given)[0], np.float32).ravel()


class FineTunedKokoro:
    """A Kokoro trained further, as one graph: numbers, style, speed."""

    rate_hz = _KOKORO_HZ

    def __init__(self, voice: VoiceFolder) -> None:
        self._session = onnx_session(voice.files["model"])
        self._ids = voice.config["vocab"]
        packs = packs_of(voice.path)
        self.speakers = list(packs)
        self._styles = [_pack(path) for path in packs.values()]

    def say(self, line: str, speaker: int, speed: float) -> Samples:
        """Return the samples of one line. Raises ValueError: the graph takes no more than 510 signs."""
        if len(line) > _KOKORO_MAX:
            raise ValueError(f"a sentence of {len(line)} signs is too long")
        tokens, style, rate = self._session.get_inputs()
        # A pack holds a style for each length of a text.
        styles = self._styles[speaker]
        given = {
            tokens.name: np.array([[0, *(self._ids[sign] for sign in line), 0]], np.int64),
            style.name: styles[min(len(line), len(styles)) - 1][None],
            rate.name: np.full([1] * len(rate.shape), speed, np.float32),
        }
        return np.asarray(self._session.run(None, given)[0], np.float32).ravel()


def _pack(path: Path) -> Samples:
    """Read a voice pack; of one that PyTorch saved the numbers alone, nothing of it is run."""
    if path.suffix == ".npy":
        values = np.load(path, allow_pickle=False)
    elif path.suffix == ".pt":
        with zipfile.ZipFile(path) as saved:
            (data,) = (name for name in saved.namelist() if "/data/" in name)
            values = np.frombuffer(saved.read(data), "<f4")
    else:
        values = np.fromfile(path, "<f4")
    return np.asarray(values, np.float32).reshape(-1, _STYLE_VALUES)


class SherpaModel:
    """VITS, Matcha or Supertonic by sherpa-onnx, which ends the whole process over a model that it does not like."""

    def __init__(self, voice: VoiceFolder, language: str) -> None:
        import sherpa_onnx as sherpa  # noqa: PLC0415 - see above

        kinds = {
            Layout.MATCHA: sherpa.OfflineTtsMatchaModelConfig,
            Layout.SUPERTONIC: sherpa.OfflineTtsSupertonicModelConfig,
            Layout.VITS: sherpa.OfflineTtsVitsModelConfig,
        }
        part = kinds[voice.layout](**{name: str(path) for name, path in voice.files.items()})
        model = sherpa.OfflineTtsModelConfig(**{voice.layout.name.lower(): part}, num_threads=THREADS)
        config = sherpa.OfflineTtsConfig(model=model, max_num_sentences=1)
        if not config.validate():
            raise SystemExit("the folder's files do not belong together")
        self._sherpa, self._tts = sherpa, sherpa.OfflineTts(config)
        self._takes_phonemes = voice.notation is Notation.PHONEMES
        self._language = language
        self.rate_hz = int(self._tts.sample_rate)
        self.speakers = [str(number) for number in range(max(1, self._tts.num_speakers))]

    def say(self, line: str, speaker: int, speed: float) -> Samples:
        """Return the samples of one line."""
        how = self._sherpa.GenerationConfig()
        how.sid, how.speed = speaker, speed
        how.extra = {"lang": self._language, "seed": "1"}
        if self._takes_phonemes:
            how.phoneme_codepoints = [[ord(sign) for sign in line]]
        return np.asarray(self._tts.generate(line, how).samples, np.float32)


LoadedVoice = PiperModel | FineTunedKokoro | SherpaModel
"""Each has ``rate_hz`` and ``speakers``: their names, each at its number."""


def loaded(voice: VoiceFolder, language: str) -> LoadedVoice:
    """Load the model of a folder."""
    if voice.layout is Layout.PIPER:
        return PiperModel(voice)
    return FineTunedKokoro(voice) if voice.layout is Layout.KOKORO else SherpaModel(voice, language)
