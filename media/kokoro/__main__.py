"""Process that keeps the model: ``python -m media.kokoro FOLDER VOICE MIDDLE_HZ AT_ONCE``.

Asked for ``scripts`` at a ``rate``, ready by ``until_s`` of the monotonic clock.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from media.kokoro.model import KokoroModel
from media.kokoro.prosody import RATE_HZ, Floats
from media.kokoro.script import Script
from media.kokoro.script_memory import ScriptMemory
from media.model_process import serve

_HEADROOM = 0.8
"""The model peaks at full scale at times; levels are set later."""


def main() -> None:
    """Answer requests until the input ends."""
    folder, voice, middle_hz, at_once = sys.argv[1:]
    memory = ScriptMemory(KokoroModel(Path(folder), voice, float(middle_hz)).say, int(at_once))

    def say(asked: Mapping[str, Any]) -> tuple[Floats, int]:
        scripts = map(Script.read, asked["scripts"])
        return memory.say_all(scripts, asked["rate"], asked["until_s"]) * _HEADROOM, RATE_HZ

    serve(say)


if __name__ == "__main__":
    main()
