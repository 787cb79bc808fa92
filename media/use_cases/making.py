"""From text or a recording to the sound that is aired."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from media import loudness, picture
from media.errors import RefusedAudioError
from media.model import Loudness, MadeRendition, MadeSound, Probe, RenditionSpec
from media.picture import Picture
from media.ports import AudioTools, ContentStore, Editing, Progress, Voice
from media.use_cases.levelling import Levelled, level
from media.use_cases.splicing import MIN_MEASURED_MS, Assembly, Utterance, sound_out

DEVICE_OPUS = RenditionSpec("device-opus", ".opus", "libopus", 32_000, 1, 48_000, "audio/ogg")
BROWSER_MP3 = RenditionSpec("browser-mp3", ".mp3", "libmp3lame", 64_000, 1, 48_000, "audio/mpeg")
MASTER_FLAC = RenditionSpec("master-flac", ".flac", "flac", 0, 1, 48_000, "audio/flac")
RENDITIONS = (DEVICE_OPUS, BROWSER_MP3, MASTER_FLAC)
_STEREO = 2
SHORTFALL_MS = 500
"""A recording this much shorter than its header says was cut off on the way."""


def make_from_text(
    part: Utterance | Assembly,
    *,
    voice: Voice,
    tools: AudioTools,
    editing: Editing,
    store: ContentStore,
    progress: Progress,
    workdir: Path,
) -> MadeSound:
    """Say it after a chime. Raises NoVoiceError, RefusedAudioError SILENT (nothing to say), ToolError."""
    progress(0, "speaking")
    spoken = workdir / "spoken.wav"
    said = sound_out(part, spoken, voice=voice, tools=tools, editing=editing, store=store)
    made = _make(spoken, chime=True, tools=tools, editing=editing, store=store, progress=progress, workdir=workdir)
    return replace(made, said=said)


def make_from_audio(
    original_sha256: str,
    *,
    tools: AudioTools,
    editing: Editing,
    store: ContentStore,
    progress: Progress,
    workdir: Path,
) -> MadeSound:
    """Make a recording fit to be aired; the original stays in the store as it came.

    Raises ContentMissingError, RefusedAudioError, ToolError.
    """
    progress(0, "probing")
    original = store.find(original_sha256).path
    probe = tools.probe(original)
    return _make(
        original,
        chime=False,
        tools=tools,
        editing=editing,
        store=store,
        progress=progress,
        workdir=workdir,
        claim=probe,
    )


def _make(
    source: Path,
    *,
    chime: bool,
    tools: AudioTools,
    editing: Editing,
    store: ContentStore,
    progress: Progress,
    workdir: Path,
    claim: Probe | None = None,
) -> MadeSound:
    decoded, joined = workdir / "decoded.wav", workdir / "joined.wav"
    progress(10, "probing")
    tools.decode(source, decoded)
    raw = tools.measure(decoded)
    if claim is not None and claim.channels == _STEREO and loudness.is_out_of_phase(tools.integrated_lufs(source), raw):
        tools.decode(source, decoded, only_first_channel=True)
        raw = tools.measure(decoded)
    refuse_unfit(raw, claim)
    progress(25, "levelling")
    before = picture.side(raw, tools.peaks(decoded, loudness.DECODE_HEADROOM_DB), loudness.DECODE_HEADROOM_DB)
    editing.assemble(decoded, joined, level_lufs=raw.integrated_lufs, chime=chime)
    decoded.unlink()
    levelled = level(joined, figures=raw, tools=tools, specs=RENDITIONS, progress=progress, workdir=workdir)
    refuse_uneven(levelled)
    progress(90, "storing")
    after = picture.side(levelled.master, tools.peaks(levelled.wav))
    drawn = _drawn(Picture(before, after), store)
    made = MadeSound(tuple(stored(levelled, store)), levelled.master, picture=drawn)
    progress(100, "storing")
    return made


def refuse_unfit(raw: Loudness, claim: Probe | None) -> None:
    """Raises RefusedAudioError FORMAT (cut off), TOO_SHORT or SILENT; ``claim`` is what a recording said of itself."""
    if claim is not None and raw.duration_ms < claim.duration_ms - SHORTFALL_MS:
        raise RefusedAudioError("FORMAT", f"cut off: {raw.duration_ms} of {claim.duration_ms} ms")
    if raw.duration_ms < MIN_MEASURED_MS:
        raise RefusedAudioError("TOO_SHORT", f"{raw.duration_ms} ms")
    if loudness.is_silent(raw):
        raise RefusedAudioError("SILENT", f"{raw.integrated_lufs} LUFS")


def refuse_uneven(levelled: Levelled) -> None:
    """Raises RefusedAudioError KNOCKS where peaks stand so far above the rest that the loudness cannot be had."""
    if not levelled.is_good:
        raise RefusedAudioError("KNOCKS", f"{levelled.middle_lufs:.1f} LUFS below the peak limit")


def stored(levelled: Levelled, store: ContentStore) -> Iterable[MadeRendition]:
    """Every encoding, put into the store."""
    for encoded in levelled.encodings:
        spec, path = encoded.spec, encoded.path
        size = path.stat().st_size
        yield MadeRendition(spec.kind, store.put_file(path), size, encoded.figures.duration_ms, spec.media_type)


def _drawn(shown: Picture, store: ContentStore) -> MadeRendition:
    data = picture.encoded(shown)
    return MadeRendition(picture.KIND, store.put_bytes(data), len(data), shown.after.duration_ms, picture.MEDIA_TYPE)
