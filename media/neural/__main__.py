"""Process that keeps an operator's voice: ``python -m media.neural FOLDER LANGUAGE``.

Asked for ``lines``, each spoken at once, by a ``speaker`` (name or number; empty: the first) at a ``speed``.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from media.model_process import serve
from media.neural.layouts import read_folder
from media.neural.models import Samples, loaded

PAUSE_S = 0.2
"""Silence between two sentences, as Piper makes it."""


def main() -> None:
    """Answer requests until the input ends."""
    try:
        model = loaded(read_folder(Path(sys.argv[1])), sys.argv[2])
    except Exception as error:  # noqa: BLE001 - each library has its own; the parent passes it on
        sys.exit(f"its files cannot be loaded, download them again: {error}")
    pause = np.zeros(int(model.rate_hz * PAUSE_S), np.float32)

    def say(asked: Mapping[str, Any]) -> tuple[Samples, int]:
        speaker = _number(asked["speaker"], model.speakers)
        spoken = [model.say(line, speaker, asked["speed"]) for line in asked["lines"]]
        if not all(each.size for each in spoken):
            raise ValueError("the model gave no sound")
        return np.concatenate([part for each in spoken for part in (pause, each)][1:]), model.rate_hz

    serve(say, speakers=model.speakers)


def _number(speaker: str, speakers: Sequence[str]) -> int:
    if not speaker:
        return 0
    if speaker in speakers:
        return speakers.index(speaker)
    if speaker.isdecimal() and int(speaker) < len(speakers):
        return int(speaker)
    raise ValueError(f"it has no speaker {speaker!r}, but: {', '.join(speakers)}")


if __name__ == "__main__":
    main()
