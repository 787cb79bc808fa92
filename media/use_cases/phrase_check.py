"""Check of a recorded phrase before it is taken into the bank."""

from __future__ import annotations

from dataclasses import dataclass

from media.errors import RefusedAudioError
from media.loudness import DECODE_HEADROOM_DB
from media.ports import AudioWorkspace
from media.use_cases.bulletin_sound import refuse_unfit

QUIET_BELOW_LUFS = -40.0
"""As recorded: raised to the target, its noise would be heard between other pieces."""
NOISY_WITHIN_DB = 20.0
"""The room has to lie this far below the voice: under 20 dB every join between pieces is heard."""
CLIPPED_ABOVE = 0.001
"""Share of samples at full scale: one in a thousand rattles."""
LONGEST_MS = 30_000
"""A phrase, not a bulletin."""


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
        tools.decode(original, decoded)
    raw = tools.measure(decoded)
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
