"""Speech as telephone networks carry it."""

from pathlib import Path
from typing import Final

import ffmpeg

from media.ffmpeg import process

RATE_HZ: Final = 8_000
_WHOLE: Final = 2**31 - 1
"""Samples that a loop may hold: the whole of any sound here."""
_TIMEOUT_S: Final = 20.0


def for_telephone(path: Path, into: Path, *, times: int, gap_s: float, executable: str = "ffmpeg") -> None:
    """Write a mono WAV of 8 kHz that says the sound ``times`` times, ``gap_s`` apart, as loud as a caller speaks.

    Raises:
        ToolError: ffmpeg could not.
    """
    said = (
        ffmpeg.input(str(path))
        .filter("loudnorm", i=-16, tp=-2)
        .filter("apad", pad_dur=gap_s)
        .filter("aloop", loop=times - 1, size=_WHOLE)
    )
    node = said.output(str(into), ar=RATE_HZ, ac=1, acodec="pcm_s16le", format="wav").overwrite_output()
    process.run(node.compile(cmd=[executable, "-nostdin", "-v", "error"]), _TIMEOUT_S)
