"""Offline recogniser in a process of its own.

The recogniser is the PyPI package ``viet-asr``, a tool of the benches only: it is installed in a virtual environment of
its own, whose Python is an option. Absolute figures say little, as it was trained on people's voices; the ratio between
two settings of one run says which is understood better.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Final

import click

from media.engine import EngineProcess

INSTALL: Final = (
    "the recogniser is not there: python3 -m venv DIR && DIR/bin/pip install viet-asr, then --python DIR/bin/python"
)
TIMEOUT_S: Final = 900
_RECOGNISE: Final = """
import json, os, sys
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
os.sched_setaffinity(0, [max(os.sched_getaffinity(0))])
import vietasr
pipe = vietasr.Pipeline.new().add("vietasr").build()
print("ready", file=answers, flush=True)
for line in sys.stdin:
    print(json.dumps(pipe.transcribe(line.strip()).text), file=answers, flush=True)
"""


class Recogniser:
    """Recogniser that is loaded once and then transcribes file after file, on one processor."""

    def __init__(self, python: str) -> None:
        """Check that ``python`` has the recogniser. Raises ClickException where it has not."""
        looked = "import importlib.util, sys; sys.exit(importlib.util.find_spec('vietasr') is None)"
        try:
            subprocess.run([python, "-c", looked], check=True, timeout=TIMEOUT_S)
        except (FileNotFoundError, subprocess.CalledProcessError) as error:
            raise click.ClickException(INSTALL) from error
        self._process = EngineProcess("viet-asr", (python, "-c", _RECOGNISE))

    def text_of(self, sound: Path) -> str:
        """Return the text of a sound of any rate."""
        return str(json.loads(self._process.ask(str(converted(sound)), TIMEOUT_S)))

    def close(self) -> None:
        """End the process."""
        self._process.close()


def converted(sound: Path) -> Path:
    """Convert a sound for the recogniser: mono, 16 kHz, 16 bits, beside the original."""
    into = sound.with_suffix(".16k.wav")
    subprocess.run(
        ["ffmpeg", "-v", "error", "-y", "-i", str(sound), "-ar", "16000", "-ac", "1", "-c:a", "pcm_s16le", str(into)],  # noqa: S607
        check=True,
    )
    return into
