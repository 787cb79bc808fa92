"""Loudness of a piece of a stream, as received: shows whether anything is audible."""

import re
import tempfile
from pathlib import Path
from typing import Final

from media.errors import RefusedAudioError, ToolError
from media.ffmpeg.process import MAX_ALLOC_BYTES, run

TIMEOUT_S: Final = 10.0
HEARD_MAX_S: Final = 20
_LOUDEST = re.compile(r"max_volume: (-?[\d.]+|-?inf) dB")
_NOTHING_DB: Final = -120.0


def loudest_db(piece: bytes, *, ffmpeg: str = "ffmpeg") -> float:
    """Return its highest sample, in dB below full scale.

    Raises:
        RefusedAudioError: FORMAT, it cannot be decoded.
    """
    with tempfile.NamedTemporaryFile(prefix="loa-piece-") as held:
        held.write(piece)
        held.flush()
        # Only this file can be opened, even if it names others.
        command = [ffmpeg, "-nostdin", "-v", "info", "-max_alloc", str(MAX_ALLOC_BYTES)]
        command += ["-protocol_whitelist", "file", "-i", f"file:{Path(held.name)}", "-t", str(HEARD_MAX_S)]
        command += ["-map", "0:a:0", "-af", "volumedetect", "-f", "null", "-"]
        try:
            _, said = run(command, TIMEOUT_S)
        except ToolError as error:
            raise RefusedAudioError("FORMAT", str(error)[-200:]) from None
    found = _LOUDEST.search(said)
    if found is None:
        raise RefusedAudioError("FORMAT", "no sound in it")
    return _NOTHING_DB if "inf" in found[1] else float(found[1])
