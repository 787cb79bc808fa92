"""Sound made fit to be aired, from a recording or from text: spoken by a voice, or assembled from recorded phrases."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import groupby
from math import inf
from pathlib import Path

from media import loudness, picture
from media.chime import CHIMED_MS
from media.errors import RefusedAudioError
from media.model import AudioCues, Cut, FileProbe, Loudness, MadeRendition, MadeSound, RenditionSpec, VoicedSpeech
from media.picture import LoudnessPicture
from media.ports import AudioWorkspace, ContentStore, Voice
from media.use_cases.levelling import Levelled, level

MIN_MEASURED_MS = 400
"""One block of EBU R 128: a shorter piece has no loudness of its own."""
OWN_LEVEL_MS = 1_000
"""A shorter spoken piece is as loud as its sounds are: raised to the loudness of others it would stick out."""
GOES_ON = ","
"""Said after a piece that another speaker goes on from: without it the voice falls as at the end of a sentence."""
SENTENCE_PAUSE_MS = 450
CLAUSE_PAUSE_MS = 200
DEVICE_OPUS = RenditionSpec("device-opus", ".opus", "libopus", 32_000, 1, 48_000, "audio/ogg")
BROWSER_MP3 = RenditionSpec("browser-mp3", ".mp3", "libmp3lame", 64_000, 1, 48_000, "audio/mpeg")
MASTER_FLAC = RenditionSpec("master-flac", ".flac", "flac", 0, 1, 48_000, "audio/flac")
RENDITIONS = (DEVICE_OPUS, BROWSER_MP3, MASTER_FLAC)
_STEREO = 2
WHOLE = AudioCues()
CUED_MIN_MS = 1_000
CHIME_MAX_MS = 31_000
"""Half a minute and the pause after it: listeners wait no longer for the message."""
SPEAKING_PCT = 80
"""Of the time that a bulletin of text takes."""
SHORTFALL_MS = 500
"""A recording this much shorter than its header says was cut off on the way."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """Text for a voice of this language."""

    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """A recorded phrase: ``text`` as written in its place, spoken by ``by``."""

    text: str
    sha256: str
    by: str


@dataclass(frozen=True, slots=True)
class Assembly:
    """A text cut into pieces that together are exactly it."""

    pieces: tuple[Utterance | Phrase, ...]


def sound_out(
    part: Utterance | Assembly,
    into: Path,
    work: AudioWorkspace,
    *,
    voice: Voice,
    spoken: Callable[[int, int], None] = lambda _done, _all: None,
    until_s: float = inf,
) -> tuple[VoicedSpeech, ...]:
    """Write a WAV of it, and return the speaker of each stretch; ``spoken`` is told how many pieces of all are done.

    Each piece is spoken by the first engine that says it whole. Raises NoVoiceError, ContentMissingError, ToolError.
    """
    pieces = list(_pieces(part, voice))
    if len(pieces) == 1 and isinstance(pieces[0], Utterance):
        return (VoicedSpeech(pieces[0].text, voice.speak(pieces[0].text, pieces[0].language, into, until_s=until_s)),)
    tools = work.tools
    said: list[VoicedSpeech] = []
    heard: list[Loudness] = []
    paths: list[Path] = []
    pauses_ms = [*(pause_ms(piece.text) for piece in pieces[:-1]), SENTENCE_PAUSE_MS]
    for number, piece in enumerate(pieces):
        path = into.with_name(f"{into.stem}-piece-{number}.wav")
        if isinstance(piece, Phrase):
            with work.store.local_file(piece.sha256) as recording:
                heard.append(tools.decode(recording, path))
            said.append(VoicedSpeech(piece.text, piece.by, piece.sha256))
        else:
            raw = path.with_suffix(".spoken.wav")
            text = piece.text if pauses_ms[number] else f"{piece.text.rstrip()}{GOES_ON}"
            said.append(VoicedSpeech(piece.text, voice.speak(text, piece.language, raw, until_s=until_s)))
            heard.append(tools.decode(raw, path))
            raw.unlink()
        paths.append(path)
        spoken(number + 1, len(pieces))
    levels_lufs = _levels(said, heard)
    pauses_ms[-1] = 0
    work.editing.splice([Cut(*each) for each in zip(paths, levels_lufs, pauses_ms, strict=True)], into)
    for path in paths:
        path.unlink()
    return tuple(_stretches(said))


def _pieces(part: Utterance | Assembly, voice: Voice) -> Iterator[Utterance | Phrase]:
    for piece in part.pieces if isinstance(part, Assembly) else (part,):
        if isinstance(piece, Phrase):
            yield piece
        else:
            yield from (Utterance(piece.language, text) for text in voice.pieces(piece.text, piece.language))


def _stretches(said: Iterable[VoicedSpeech]) -> Iterator[VoicedSpeech]:
    """Join what one engine said in a row; together they are the same text."""
    for (by, sha256), pieces in groupby(said, lambda piece: (piece.by, piece.sha256)):
        if sha256:
            yield from pieces
        else:
            yield VoicedSpeech("".join(piece.text for piece in pieces), by)


def pause_ms(text: str) -> int:
    """Return the pause that an announcer leaves after it: none within a clause."""
    said = text.rstrip()
    if said.endswith((".", "!", "?", "…")) or "\n" in text[len(said) :]:
        return SENTENCE_PAUSE_MS
    return CLAUSE_PAUSE_MS if said.endswith((",", ";", ":", "–", "-")) else 0


def _levels(said: Sequence[VoicedSpeech], heard: Sequence[Loudness]) -> list[float]:
    """Return the loudness of each: its own, of a piece too short for that the one of its engine's longest."""
    recorded_lufs = [figures.integrated_lufs for piece, figures in zip(said, heard, strict=True) if piece.sha256]
    longest: dict[str, Loudness] = {}
    for piece, figures in zip(said, heard, strict=True):
        if not piece.sha256:
            longest[piece.by] = max(longest.get(piece.by, figures), figures, key=lambda each: each.duration_ms)

    def level_lufs(piece: VoicedSpeech, figures: Loudness) -> float:
        if not piece.sha256 and figures.duration_ms < OWN_LEVEL_MS:
            figures = longest[piece.by]
            if figures.duration_ms < MIN_MEASURED_MS:
                return min(recorded_lufs, default=0)
        return figures.integrated_lufs

    return [level_lufs(*each) for each in zip(said, heard, strict=True)]


def make_from_text(part: Utterance | Assembly, work: AudioWorkspace, *, voice: Voice) -> MadeSound:
    """Say it after a chime. Raises NoVoiceError, RefusedAudioError SILENT (nothing to say), ToolError."""

    def tell(done: int, pieces: int) -> None:
        work.progress(SPEAKING_PCT * done // pieces, f"speaking {done}/{pieces}")

    work.progress(0, "speaking")
    spoken = work.workdir / "spoken.wav"
    said = sound_out(part, spoken, work, voice=voice, spoken=tell)
    left_pct = 100 - SPEAKING_PCT
    rest = replace(work, progress=lambda pct, step: work.progress(SPEAKING_PCT + left_pct * pct // 100, step))
    made = _make(spoken, rest, chime=True)
    return replace(made, said=said, chime_ms=CHIMED_MS)


def make_from_audio(original_sha256: str, work: AudioWorkspace, *, cues: AudioCues = WHOLE) -> MadeSound:
    """Make a recording, or its cued part, fit to be aired; the original stays in the store as it came.

    Raises ContentMissingError, RefusedAudioError (CUES: they do not fit the recording), ToolError.
    """
    work.progress(0, "probing")
    with work.store.local_file(original_sha256) as original:
        return _make(original, work, chime=False, claim=work.tools.probe(original), cues=cues)


def make_address(original_sha256: str, work: AudioWorkspace) -> MadeSound:
    """Make a spoken address to be aired at once, after a chime. Raises as :func:`make_from_audio`."""
    work.progress(0, "probing")
    with work.store.local_file(original_sha256) as original:
        made = _make(original, work, chime=True, claim=work.tools.probe(original))
    return replace(made, chime_ms=CHIMED_MS)


def make_chime(original_sha256: str, work: AudioWorkspace) -> MadeSound:
    """Make an area's opening or closing sound. Raises as :func:`make_from_audio`, and CHIME_LONG."""
    work.progress(0, "probing")
    with work.store.local_file(original_sha256) as original:
        return _make(original, work, chime=False, claim=work.tools.probe(original), max_ms=CHIME_MAX_MS)


def _make(
    source: Path,
    work: AudioWorkspace,
    *,
    chime: bool,
    claim: FileProbe | None = None,
    cues: AudioCues = WHOLE,
    max_ms: float = inf,
) -> MadeSound:
    tools, store = work.tools, work.store
    decoded, joined = work.workdir / "decoded.wav", work.workdir / "joined.wav"
    work.progress(10, "probing")
    # Heard in stereo while it is decoded: another process, on another core.
    with ThreadPoolExecutor(1) as beside:
        is_stereo = claim is not None and claim.channels == _STEREO
        stereo = beside.submit(tools.integrated_lufs, source) if is_stereo else None
        raw = tools.decode(source, decoded)
    if stereo and loudness.is_out_of_phase(stereo.result(), raw):
        raw = tools.decode(source, decoded, only_first_channel=True)
    refuse_unfit(raw, claim)
    work.progress(25, "levelling")
    peaks, outline = tools.peaks(decoded, loudness.DECODE_HEADROOM_DB), None
    if claim is not None:
        outline = _document(picture.OUTLINE, picture.encoded_outline(raw.duration_ms, peaks), raw.duration_ms, store)
    if cues != WHOLE:
        whole = decoded.rename(work.workdir / "whole.wav")
        refuse_misfit(cues, raw.duration_ms)
        raw = tools.cut(whole, decoded, cues, raw.duration_ms)
        whole.unlink()
        refuse_unfit(raw, None)
        peaks = tools.peaks(decoded, loudness.DECODE_HEADROOM_DB)
    before = picture.side(raw, peaks, loudness.DECODE_HEADROOM_DB)
    length_ms = work.editing.assemble(decoded, joined, level_lufs=raw.integrated_lufs, chime=chime)
    decoded.unlink()
    if length_ms > max_ms:
        raise RefusedAudioError("CHIME_LONG", f"{length_ms} ms")
    levelled = level(joined, work, figures=raw, specs=RENDITIONS)
    refuse_uneven(levelled)
    work.progress(90, "storing")
    after = picture.side(levelled.master, tools.peaks(levelled.wav))
    drawn = _document(picture.KIND, picture.encoded(LoudnessPicture(before, after)), after.duration_ms, store)
    made = MadeSound(tuple(stored(levelled, store)), levelled.master, picture=drawn, outline=outline)
    work.progress(100, "storing")
    return made


def refuse_unfit(raw: Loudness, claim: FileProbe | None) -> None:
    """Raise RefusedAudioError FORMAT (cut off), TOO_SHORT or SILENT; ``claim``: the recording's own header."""
    if claim is not None and raw.duration_ms < claim.duration_ms - SHORTFALL_MS:
        raise RefusedAudioError("FORMAT", f"cut off: {raw.duration_ms} of {claim.duration_ms} ms")
    if raw.duration_ms < MIN_MEASURED_MS:
        raise RefusedAudioError("TOO_SHORT", f"{raw.duration_ms} ms")
    if loudness.is_silent(raw):
        raise RefusedAudioError("SILENT", f"{raw.integrated_lufs} LUFS")


def refuse_uneven(levelled: Levelled) -> None:
    """Raise RefusedAudioError KNOCKS where peaks are so far above the rest that the loudness cannot be reached."""
    if not levelled.is_good:
        raise RefusedAudioError("KNOCKS", f"{levelled.middle_lufs:.1f} LUFS below the peak limit")


def stored(levelled: Levelled, store: ContentStore) -> Iterable[MadeRendition]:
    """Put every encoding into the store and yield it."""
    for encoded in levelled.encodings:
        spec, path = encoded.spec, encoded.path
        size = path.stat().st_size
        yield MadeRendition(spec.kind, store.put_file(path), size, encoded.figures.duration_ms, spec.media_type)


def refuse_misfit(cues: AudioCues, length_ms: int) -> None:
    """Raise RefusedAudioError CUES where they lie outside the recording or leave no room for the fades."""
    end_ms = length_ms if cues.out_ms is None else cues.out_ms
    if end_ms > length_ms or end_ms - cues.in_ms < max(CUED_MIN_MS, cues.fade_in_ms + cues.fade_out_ms):
        raise RefusedAudioError("CUES", f"{cues} of {length_ms} ms")


def _document(kind: str, data: bytes, duration_ms: int, store: ContentStore) -> MadeRendition:
    return MadeRendition(kind, store.put_bytes(data), len(data), duration_ms, picture.MEDIA_TYPE)
