"""Checks of recordings: a quick one while the sender waits, and that of a phrase before it is taken into the bank.

The quick one decodes the file once: its kind, its length, whether anything is audible and how loud. The number of
checks at a time is bounded, and so is the length of one: a server that has no time for it takes the file unseen, and
making its sound checks it.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from media.errors import RefusedAudioError, ToolError
from media.loudness import DECODE_HEADROOM_DB, SILENT_BELOW_LUFS
from media.model import CheckedRecording, Survey
from media.ports import AudioTools, AudioWorkspace
from media.use_cases.bulletin_sound import MIN_MEASURED_MS, SHORTFALL_MS, refuse_unfit

QUIET_BELOW_LUFS = -40.0
"""As recorded: raised to the target, its noise would be heard between other pieces."""
NOISY_WITHIN_DB = 20.0
"""The room has to lie this far below the voice: under 20 dB every join between pieces is heard."""
CLIPPED_ABOVE = 0.001
"""Share of samples at full scale: one in a thousand rattles."""
LONGEST_MS = 30_000
"""A phrase, not a bulletin."""
AT_ONCE: Final = 2
WAIT_S: Final = 3.0
"""Longest wait for a turn: a person who records a phrase waits no longer."""


@dataclass(frozen=True, slots=True)
class Audition:
    """Figures as recorded: loudness of the voice, level of the room."""

    level_lufs: float
    floor_dbfs: float


def audition(sha256: str, work: AudioWorkspace) -> Audition:
    """Judge a phrase's recording. Raises RefusedAudioError as for any, or TOO_LONG, CLIPPED, QUIET, NOISY."""
    tools, decoded = work.tools, work.workdir / "decoded.wav"
    with work.store.local_file(sha256) as original:
        probe = tools.probe(original)
        raw = tools.decode(original, decoded)
    refuse_unfit(raw, probe)
    if raw.duration_ms > LONGEST_MS:
        raise RefusedAudioError("TOO_LONG", f"{raw.duration_ms} ms")
    heard = work.editing.listen(decoded)
    if heard.clipped > CLIPPED_ABOVE:
        raise RefusedAudioError("CLIPPED", f"{heard.clipped:.2%}")
    level_lufs = raw.integrated_lufs + DECODE_HEADROOM_DB
    if level_lufs < QUIET_BELOW_LUFS:
        raise RefusedAudioError("QUIET", f"{level_lufs:.1f} LUFS")
    floor_dbfs = heard.floor_dbfs + DECODE_HEADROOM_DB
    if heard.voice_dbfs - heard.floor_dbfs < NOISY_WITHIN_DB:
        raise RefusedAudioError("NOISY", f"{floor_dbfs:.1f} dBFS")
    return Audition(round(level_lufs, 1), round(floor_dbfs, 1))


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
