"""Process that keeps the model: ``python -m media.kokoro FOLDER VOICE MIDDLE_HZ``.

Asked for ``scripts`` at a ``rate``, so many ``at_once``.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from media.kokoro.model import KokoroModel
from media.kokoro.prosody import RATE_HZ, Floats
from media.kokoro.script import Script
from media.model_process import serve

_HEADROOM = 0.8
"""The model peaks at full scale at times; levels are set later."""


def main() -> None:
    """Answer requests until the input ends."""
    folder, voice, middle_hz = sys.argv[1:]
    model = KokoroModel(Path(folder), voice, float(middle_hz))

    def say(asked: Mapping[str, Any]) -> tuple[Floats, int]:
        scripts = map(Script.read, asked["scripts"])
        return model.say_all(scripts, asked["rate"], asked["at_once"]) * _HEADROOM, RATE_HZ

    serve(say)


if __name__ == "__main__":
    main()
