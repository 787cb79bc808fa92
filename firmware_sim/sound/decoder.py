"""Decoder of content: any audio that ffmpeg reads becomes mono signed 16-bit PCM, ahead of its time."""

import os
import subprocess
import threading
from collections import defaultdict
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.int16]

DECODE_TIMEOUT_S: Final = 120
FILES_KEPT: Final = 64
"""Decoded files kept, of 6 MB a minute."""
_NO_SAMPLES: Final = np.zeros(0, dtype=np.int16)


class DecodeError(Exception):
    """The content is no audio that can be sounded; fetching it again is the only remedy."""


class PcmCache:
    """Decoded content by hash, in a folder, shared by the devices of a process and mapped, not read."""

    def __init__(self, folder: Path, rate_hz: int) -> None:
        self.rate_hz = rate_hz
        self._folder = folder
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        folder.mkdir(parents=True, exist_ok=True)

    def decode(self, sha256: str, content: Path) -> Samples:
        """Return the samples of the content, decoded once.

        Raises:
            DecodeError: ffmpeg cannot read it.
        """
        pcm = self._folder / f"{sha256}-{self.rate_hz}.s16"
        with self._locks[sha256]:
            if not pcm.exists():
                new = pcm.with_suffix(f".{os.getpid()}.new")
                run_ffmpeg(content, self.rate_hz, str(new))
                new.replace(pcm)
                self._trim()
        if pcm.stat().st_size == 0:
            return _NO_SAMPLES
        return np.memmap(pcm, dtype=np.int16, mode="r")

    def _trim(self) -> None:
        """Keep the newest files; a mapped one stays readable until it is released."""
        by_age = sorted(self._folder.glob("*.s16"), key=lambda path: path.stat().st_mtime, reverse=True)
        for old in by_age[FILES_KEPT:]:
            old.unlink(missing_ok=True)


def run_ffmpeg(content: Path, rate_hz: int, into: str) -> bytes:
    """Decode a file into another, or for ``-`` into the bytes that are returned. Raises DecodeError."""
    # The format is forced by the suffix-less name's own probe; protocols are closed so that a playlist opens nothing.
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-protocol_whitelist", "file,pipe", "-i", f"file:{content}"]
    command += ["-map", "0:a:0", "-ac", "1", "-ar", str(rate_hz), "-f", "s16le", into]
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=DECODE_TIMEOUT_S)
    except subprocess.TimeoutExpired as error:
        raise DecodeError(f"{content.name}: ffmpeg took too long") from error
    if done.returncode != 0:
        raise DecodeError(f"{content.name}: {done.stderr.decode(errors='replace').strip()[-300:]}")
    return done.stdout
