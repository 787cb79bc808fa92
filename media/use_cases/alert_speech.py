"""The speech of an alert: parts that are said or recorded, joined at one loudness, small enough for a message."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from media.model import MadeSound, RenditionSpec, VoicedSpeech
from media.model_voice import ALERT
from media.ports import AudioWorkspace, Voice
from media.use_cases.bulletin_sound import BROWSER_MP3, Assembly, Utterance, refuse_unfit, sound_out, stored
from media.use_cases.levelling import level

ALERT_OPUS = RenditionSpec("alert-opus", ".opus", "libopus", 24_000, 1, 48_000, "audio/ogg")
BITRATE_MIN_BPS = 12_000
"""Opus below it is no longer understood over a horn (wideband speech begins here)."""
BITRATE_LONG_BPS = 16_000
"""Speech too long to travel in a message is fetched: a little better, and still 2 kB a second."""
_FILLING = 0.93
"""Of the size allowed: pages and headers take the rest, and a variable rate goes a little beyond its aim."""


SPEAKING_S = ALERT.base_s
"""The siren is waiting: what a better engine has not said by then is said by espeak-ng."""


@dataclass(frozen=True, slots=True)
class AnnouncementRecording:
    """A recording in the content store."""

    sha256: str


def make_announcement(
    parts: Sequence[Utterance | Assembly | AnnouncementRecording],
    work: AudioWorkspace,
    *,
    carried_max_bytes: int,
    voice: Voice,
    clock: Callable[[], float] = time.monotonic,
) -> MadeSound:
    """Make ``alert-opus``, of at most ``carried_max_bytes`` where it is short enough for that, and ``browser-mp3``.

    No chime: the siren comes before it. All its parts together have ``SPEAKING_S`` for the engine chosen.

    Raises NoVoiceError, ContentMissingError, RefusedAudioError, ToolError.
    """
    tools, until_s = work.tools, clock() + SPEAKING_S
    work.progress(0, "speaking")
    decoded: list[tuple[Path, float]] = []
    said: list[VoicedSpeech] = []
    for number, part in enumerate(parts):
        path = work.workdir / f"part-{number}.wav"
        claim = None
        if isinstance(part, AnnouncementRecording):
            with work.store.local_file(part.sha256) as recording:
                claim = tools.probe(recording)
                raw = tools.decode(recording, path)
        else:
            spoken = path.with_suffix(".spoken.wav")
            said += sound_out(part, spoken, work, voice=voice, until_s=until_s)
            raw = tools.decode(spoken, path)
        refuse_unfit(raw, claim)
        decoded.append((path, raw.integrated_lufs))
        work.progress(2 + 20 * (number + 1) // len(parts), "speaking")
    joined = work.workdir / "joined.wav"
    work.editing.join(decoded, joined)
    for path, _ in decoded:
        path.unlink()
    figures = tools.measure(joined)
    seconds = figures.duration_ms / 1000
    spec = replace(ALERT_OPUS, bitrate_bps=bitrate_bps(seconds, carried_max_bytes))
    work.progress(25, "levelling")
    levelled = level(joined, work, figures=figures, specs=(spec, BROWSER_MP3))
    work.progress(90, "storing")
    made = MadeSound(tuple(stored(levelled, work.store)), levelled.master, tuple(said))
    work.progress(100, "storing")
    return made


def bitrate_bps(seconds: float, carried_max_bytes: int) -> int:
    """Return the best bit rate that fits; where even the least intelligible one does not, that for fetched speech."""
    fits = int(carried_max_bytes * _FILLING * 8 / seconds) if seconds else ALERT_OPUS.bitrate_bps
    return BITRATE_LONG_BPS if fits < BITRATE_MIN_BPS else min(fits, ALERT_OPUS.bitrate_bps)
