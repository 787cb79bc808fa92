"""Quick check of a recording while its sender waits: its kind, its length, whether anything is audible and how loud.

It decodes the file once. The number of checks at a time is bounded, and so is the length of one: a server that has no
time for it takes the file unseen, and making its sound checks it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from media.errors import RefusedAudioError, ToolError
from media.loudness import SILENT_BELOW_LUFS
from media.model import CheckedRecording, Survey
from media.ports import AudioTools
from media.use_cases.bulletin_sound import SHORTFALL_MS
from media.use_cases.phrase_check import CLIPPED_ABOVE, LONGEST_MS, QUIET_BELOW_LUFS
from media.use_cases.splicing import MIN_MEASURED_MS

AT_ONCE: Final = 2
WAIT_S: Final = 3.0
"""Longest wait for a turn: a person who records a phrase waits no longer."""


class ToolCheck:
    """Implements ``media.ports.RecordingCheck``; ``tools`` are made when the first recording comes."""

    def __init__(
        self, tools: Callable[[], AudioTools], max_duration_ms: int, *, at_once: int = AT_ONCE, wait_s: float = WAIT_S
    ) -> None:
        self._make_tools = tools
        self._max_duration_ms = max_duration_ms
        self._wait_s = wait_s
        self._turns = threading.BoundedSemaphore(at_once)

    def check(self, path: Path, *, is_strict: bool = False) -> CheckedRecording | None:
        if not self._turns.acquire(timeout=self._wait_s):
            return None
        try:
            tools = self._make_tools()
            claim = tools.probe(path)
            found = tools.survey(path)
        except (ToolError, OSError):
            return None
        finally:
            self._turns.release()
        if found.duration_ms < claim.duration_ms - SHORTFALL_MS:
            raise RefusedAudioError("FORMAT", f"cut off: {found.duration_ms} of {claim.duration_ms} ms")
        return judged(found, LONGEST_MS if is_strict else self._max_duration_ms, is_strict=is_strict)


def judged(found: Survey, max_duration_ms: int, *, is_strict: bool) -> CheckedRecording:
    """Judge the figures. Raises RefusedAudioError TOO_LONG, TOO_SHORT, SILENT; ``is_strict``: CLIPPED, QUIET too."""
    if found.duration_ms > max_duration_ms:
        raise RefusedAudioError("TOO_LONG", f"{found.duration_ms} ms")
    if found.duration_ms < MIN_MEASURED_MS:
        raise RefusedAudioError("TOO_SHORT", f"{found.duration_ms} ms")
    if found.integrated_lufs < SILENT_BELOW_LUFS:
        raise RefusedAudioError("SILENT", f"{found.integrated_lufs:.1f} LUFS")
    remarks = []
    if found.clipped > CLIPPED_ABOVE:
        remarks.append("CLIPPED")
    if found.integrated_lufs < QUIET_BELOW_LUFS:
        remarks.append("QUIET")
    if is_strict and remarks:
        raise RefusedAudioError(remarks[0])
    return CheckedRecording(found.duration_ms, tuple(remarks))
