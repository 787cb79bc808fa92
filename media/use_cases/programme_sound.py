"""Programme of a station, made from the loudspeakers' sound: softer, labelled, in broadcast quality.

Loudspeakers have one channel. A recording of two is made into a programme from itself, with both.
"""

import wave
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from media import broadcast_wave, loudness
from media.broadcast_wave import ProgrammeLabel
from media.errors import RefusedAudioError
from media.id3 import tagged
from media.model import AudioCues, Loudness, MadeRendition, MadeSound, RenditionSpec
from media.ports import AudioWorkspace, Mastering
from media.use_cases.bulletin_sound import WHOLE

PROGRAMME_LUFS: Final = -23.0
"""EBU R 128: the loudness of every programme."""
TOLERANCE_LU: Final = 0.5
MAX_TRIES: Final = 8
PROGRAMME_WAV: Final = RenditionSpec("programme-wav", ".wav", "pcm_s24le", 0, 1, 48_000, "audio/wav")
PROGRAMME_MP3: Final = RenditionSpec("programme-mp3", ".mp3", "libmp3lame", 320_000, 1, 48_000, "audio/mpeg")
_STEREO: Final = 2
_MODES: Final = {1: "mono", _STEREO: "stereo"}
Shape = Callable[[Path, float], Loudness]
"""Writes the programme's samples, with a gain in dB, and measures them."""


@dataclass(frozen=True, slots=True)
class ProgrammeSource:
    """Source of the master: the original, and the cues of its aired part."""

    sha256: str
    cues: AudioCues = WHOLE


def make_programme(
    master_sha256: str,
    work: AudioWorkspace,
    *,
    skip_ms: int,
    label: ProgrammeLabel,
    tools: Mastering,
    recording: ProgrammeSource | None = None,
) -> MadeSound:
    """WAV and MP3 of the master, without its first ``skip_ms`` (the loudspeakers' chime); figures are the WAV's.

    Of a ``recording`` of two channels they are in stereo and made of it; of one whose channels cancel each other they
    are the master's, or nothing of it would be heard on a receiver in mono.

    Raises ContentMissingError, RefusedAudioError KNOCKS where loudness and peak cannot both be had, ToolError.
    """
    work.progress(0, "levelling")
    with work.store.local_file(master_sha256) as master:

        def of_master(into: Path, gain_db: float) -> Loudness:
            return tools.conform(master, into, skip_ms=skip_ms, gain_db=gain_db)

        shape: Shape = of_master
        gain_db, channels = PROGRAMME_LUFS - loudness.TARGET_LUFS, 1
        stereo = None if recording is None else _in_stereo(recording, work, tools)
        if stereo is not None:
            shape, gain_db, channels = *stereo, _STEREO
        plain, figures = _levelled(shape, gain_db, work)
    work.progress(60, "encoding")
    wav, mp3 = work.workdir / f"programme{PROGRAMME_WAV.suffix}", work.workdir / f"programme{PROGRAMME_MP3.suffix}"
    bext = broadcast_wave.bext_chunk(label, figures, f"A=PCM,F=48000,W=24,M={_MODES[channels]},T=Loa")
    cart = broadcast_wave.cart_chunk(label, _frames(plain))
    broadcast_wave.write(plain, wav, ((b"bext", bext), (b"cart", cart)))
    untagged = work.workdir / f"untagged{PROGRAMME_MP3.suffix}"
    tools.encode(plain, {untagged: replace(PROGRAMME_MP3, channels=channels)})
    mp3.write_bytes(tagged(untagged.read_bytes(), label))
    work.progress(90, "storing")
    made = tuple(
        MadeRendition(spec.kind, work.store.put_file(path), path.stat().st_size, figures.duration_ms, spec.media_type)
        for spec, path in ((PROGRAMME_WAV, wav), (PROGRAMME_MP3, mp3))
    )
    work.progress(100, "storing")
    return MadeSound(made, figures)


def _frames(plain: Path) -> int:
    with wave.open(str(plain)) as file:
        return int(file.getnframes())


def _in_stereo(recording: ProgrammeSource, work: AudioWorkspace, tools: Mastering) -> tuple[Shape, float] | None:
    """Return the recording, cut and trimmed as its master was, and the first gain; None where mono is better."""
    if not work.store.has(recording.sha256):
        return None
    mono, decoded, joined = (work.workdir / name for name in ("mono.wav", "stereo.wav", "stereo-joined.wav"))
    with work.store.local_file(recording.sha256) as original:
        if tools.probe(original).channels != _STEREO:
            return None
        is_out_of_phase = loudness.is_out_of_phase(tools.integrated_lufs(original), tools.decode(original, mono))
        mono.unlink()
        if is_out_of_phase:
            return None
        raw = tools.decode_stereo(original, decoded)
    if recording.cues != WHOLE:
        whole = decoded.rename(work.workdir / "stereo-whole.wav")
        raw = tools.cut(whole, decoded, recording.cues, raw.duration_ms)
        whole.unlink()
    work.editing.assemble(decoded, joined, level_lufs=raw.integrated_lufs, chime=False)
    decoded.unlink()

    def limited(into: Path, gain_db: float) -> Loudness:
        return tools.level(joined, into, gain_db=gain_db, peak_dbtp=loudness.FIRST_CEILING_DBTP)

    return limited, PROGRAMME_LUFS - raw.integrated_lufs


def _levelled(shape: Shape, gain_db: float, work: AudioWorkspace) -> tuple[Path, Loudness]:
    """Level by one gain where nothing is limited any more; later tries correct rounding and the limiter's effect.

    A master was limited when it was made, and is louder.
    """
    plain = work.workdir / "plain.wav"
    for number in range(MAX_TRIES):
        figures = shape(plain, gain_db)
        work.progress(20 + 5 * number, "levelling")
        missed_lu = PROGRAMME_LUFS - figures.integrated_lufs
        is_near = abs(missed_lu) <= TOLERANCE_LU / 5
        if is_near and loudness.peak_excess_db(figures) <= 0:
            return plain, figures
        gain_db = round(gain_db + missed_lu, 2)
    raise RefusedAudioError("KNOCKS", f"{figures.integrated_lufs:.1f} LUFS, {figures.true_peak_dbtp:.1f} dBTP")
