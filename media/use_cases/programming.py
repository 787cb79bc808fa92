"""From the sound that loudspeakers air to the programme that a station airs: softer, labelled, in broadcast quality."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from media import broadcast_wave, loudness
from media.broadcast_wave import Label
from media.errors import RefusedAudioError
from media.model import Loudness, MadeRendition, MadeSound, RenditionSpec
from media.ports import ContentStore, Mastering, Progress

PROGRAMME_LUFS: Final = -23.0
"""EBU R 128: the loudness of every programme."""
TOLERANCE_LU: Final = 0.5
MAX_TRIES: Final = 3
PROGRAMME_WAV: Final = RenditionSpec("programme-wav", ".wav", "pcm_s24le", 0, 1, 48_000, "audio/wav")
PROGRAMME_MP3: Final = RenditionSpec("programme-mp3", ".mp3", "libmp3lame", 320_000, 1, 48_000, "audio/mpeg")
_HISTORY: Final = "A=PCM,F=48000,W=24,M=mono,T=Loa"


def make_programme(
    master_sha256: str,
    *,
    skip_ms: int,
    label: Label,
    tools: Mastering,
    store: ContentStore,
    progress: Progress,
    workdir: Path,
) -> MadeSound:
    """WAV and MP3 of the master, without its first ``skip_ms`` (the loudspeakers' chime); figures are the WAV's.

    Raises ContentMissingError, RefusedAudioError KNOCKS where loudness and peak cannot both be had, ToolError.
    """
    progress(0, "levelling")
    master = store.find(master_sha256).path
    plain, figures = _levelled(master, skip_ms, tools, progress, workdir)
    progress(60, "encoding")
    wav, mp3 = workdir / f"programme{PROGRAMME_WAV.suffix}", workdir / f"programme{PROGRAMME_MP3.suffix}"
    bext = broadcast_wave.bext_chunk(label, figures, _HISTORY)
    broadcast_wave.write(plain, wav, ((b"bext", bext), (b"cart", broadcast_wave.cart_chunk(label))))
    tools.encode(plain, mp3, PROGRAMME_MP3)
    progress(90, "storing")
    made = tuple(
        MadeRendition(spec.kind, store.put_file(path), path.stat().st_size, figures.duration_ms, spec.media_type)
        for spec, path in ((PROGRAMME_WAV, wav), (PROGRAMME_MP3, mp3))
    )
    progress(100, "storing")
    return MadeSound(made, figures)


def _levelled(master: Path, skip_ms: int, tools: Mastering, progress: Progress, workdir: Path) -> tuple[Path, Loudness]:
    """The master was limited when it was made, and is louder: one gain does it, a second try mends its rounding."""
    gain_db = PROGRAMME_LUFS - loudness.TARGET_LUFS
    plain = workdir / "plain.wav"
    for number in range(MAX_TRIES):
        tools.conform(master, plain, skip_ms=skip_ms, gain_db=gain_db)
        figures = tools.measure(plain)
        progress(20 + 10 * number, "levelling")
        missed_lu = PROGRAMME_LUFS - figures.integrated_lufs
        is_near = abs(missed_lu) <= TOLERANCE_LU / 5
        if is_near and loudness.peak_excess_db(figures) <= 0:
            return plain, figures
        gain_db = round(gain_db + missed_lu, 2)
    raise RefusedAudioError("KNOCKS", f"{figures.integrated_lufs:.1f} LUFS, {figures.true_peak_dbtp:.1f} dBTP")
