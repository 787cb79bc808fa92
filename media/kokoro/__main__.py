"""Process that keeps the model: ``python -m media.kokoro FOLDER VOICE MIDDLE_HZ``.

It says ``ready``, then answers each line, the path of a request (JSON: ``scripts``, ``rate``, ``into``), with a line
of JSON: ``seconds`` of sound and ``took_s`` to make it, or ``error``. It ends when its input does, or when not used.
"""

import json
import signal
import sys
import time
import wave
from pathlib import Path

import numpy as np

from media.kokoro.model import KokoroModel
from media.kokoro.prosody import RATE_HZ, Floats
from media.kokoro.script import Script

IDLE_S = 300
"""Unused for so long it gives its memory back; loading takes a second or two."""
_HEADROOM = 0.8
"""The model peaks at full scale at times; levels are set later."""


def main() -> None:
    """Answer requests until the input ends."""
    folder, voice, middle_hz = sys.argv[1:]
    model = KokoroModel(Path(folder), voice, float(middle_hz))
    print("ready", flush=True)  # noqa: T201 - the parent reads it
    signal.alarm(IDLE_S)
    for line in sys.stdin:
        signal.alarm(0)
        print(json.dumps(_answer(model, Path(line.strip()))), flush=True)  # noqa: T201 - as above
        signal.alarm(IDLE_S)


def _answer(model: KokoroModel, request: Path) -> dict[str, float | str]:
    began_s = time.monotonic()
    try:
        asked = json.loads(request.read_text(encoding="utf-8"))
        samples = model.say_all(map(Script.read, asked["scripts"]), asked["rate"])
        seconds = _written(samples, Path(asked["into"]))
    except Exception as error:  # noqa: BLE001 - the process outlives any request; the parent logs it
        return {"error": f"{type(error).__name__}: {error}"}
    return {"seconds": seconds, "took_s": time.monotonic() - began_s}


def _written(samples: Floats, into: Path) -> float:
    if not np.isfinite(samples).all():
        raise ValueError("the model gave no sound")
    with wave.open(str(into), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes((np.clip(samples * _HEADROOM, -1, 1) * 32767).astype("<i2").tobytes())
    return samples.size / RATE_HZ


if __name__ == "__main__":
    main()
