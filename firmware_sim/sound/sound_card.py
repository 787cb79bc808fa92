"""Host sound card: the signal of a loudspeaker's line, out of this machine's own ALSA device, through ffmpeg.

The play-out clock goes by the machine's time, with or without a card: samples go to the card as they sound, so the
card is late by its own buffer, always the same. Its quartz runs a little faster or slower than the machine's time:
where the pipe is full a block is left out, where it is empty the card fills in silence. Most of the time there is
silence anyway.
"""

import fcntl
import logging
import os
import subprocess
import time
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from firmware_sim.sound.decoder import Samples

PIPE_BYTES: Final = 16_384
"""170 ms at 48 kHz: two pages are the least that a pipe can be, and would run empty at each of the machine's pauses."""
AGAIN_S: Final = 5.0
"""A card that went away (an unplugged USB device) is tried again at this interval."""

log = logging.getLogger(__name__)


def alsa(device: str, rate_hz: int) -> Sequence[str]:
    """Return the command that plays raw samples on its input; ``device`` as ALSA names it: default, hw:1,0, null."""
    source = ("-f", "s16le", "-ac", "1", "-ar", str(rate_hz), "-i", "pipe:0")
    return ("ffmpeg", "-hide_banner", "-loglevel", "error", "-fflags", "nobuffer", *source, "-f", "alsa", device)


class SoundCard:
    """Host sound card, for one thread at a time; never blocks it and never raises. ``left_out`` counts samples."""

    def __init__(self, command: Sequence[str], *, now_s: Callable[[], float] = time.monotonic) -> None:
        self._command = command
        self._now_s = now_s
        self._process: subprocess.Popen[bytes] | None = None
        self._again_at_s = 0.0
        self.left_out = 0

    def write(self, samples: Samples, gain: float = 1.0) -> None:
        """Sound these samples, scaled by ``gain``; 1.0: unchanged."""
        process = self._process or self._begin()
        if process is None or process.stdin is None:
            self.left_out += len(samples)
            return
        loud = samples if gain >= 1.0 else (samples * gain).astype(np.int16)
        raw = loud.tobytes()
        try:
            taken = os.write(process.stdin.fileno(), raw)
        except BlockingIOError:
            taken = 0
        except OSError as error:
            log.warning("sound card lost: %s; retry in %.0f s", error, AGAIN_S)
            self.close()
            taken = 0
        self.left_out += (len(raw) - taken) // 2
        if taken % 2:  # half a sample: the rest would be noise
            self.close()

    def close(self) -> None:
        process, self._process = self._process, None
        self._again_at_s = self._now_s() + AGAIN_S
        if process is not None:
            if process.stdin is not None:
                process.stdin.close()
            process.terminate()
            process.wait()

    def _begin(self) -> subprocess.Popen[bytes] | None:
        if self._now_s() < self._again_at_s:
            return None
        self._again_at_s = self._now_s() + AGAIN_S
        try:
            process = subprocess.Popen(self._command, stdin=subprocess.PIPE, bufsize=0)
        except OSError as error:
            log.warning("sound card cannot be opened: %s; retry in %.0f s", error, AGAIN_S)
            return None
        assert process.stdin is not None
        pipe = process.stdin.fileno()
        os.set_blocking(pipe, False)
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        self._process = process
        return process
