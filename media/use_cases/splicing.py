"""Speech assembled piece by piece: by a voice, or from recorded phrases with a voice for the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from media.model import Cut, VoicedSpeech
from media.ports import AudioTools, AudioWorkspace, Voice

MIN_MEASURED_MS = 400
"""One block of EBU R 128: a shorter piece has no loudness of its own."""
SENTENCE_PAUSE_MS = 450
CLAUSE_PAUSE_MS = 200


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
) -> tuple[VoicedSpeech, ...]:
    """Write a WAV of it, and return the speaker of each piece. Raises NoVoiceError, ContentMissingError, ToolError."""
    if isinstance(part, Utterance):
        return (VoicedSpeech(part.text, voice.speak(part.text, part.language, into)),)
    tools = work.tools
    said: list[VoicedSpeech] = []
    paths: list[Path] = []
    for number, piece in enumerate(part.pieces):
        path = into.with_name(f"{into.stem}-piece-{number}.wav")
        if isinstance(piece, Phrase):
            with work.store.local_file(piece.sha256) as recording:
                tools.decode(recording, path)
            said.append(VoicedSpeech(piece.text, piece.by, piece.sha256))
        else:
            spoken = path.with_suffix(".spoken.wav")
            said.append(VoicedSpeech(piece.text, voice.speak(piece.text, piece.language, spoken)))
            tools.decode(spoken, path)
            spoken.unlink()
        paths.append(path)
    levels_lufs = _levels(part.pieces, paths, tools)
    pauses_ms = [*(pause_ms(piece.text) for piece in part.pieces[:-1]), 0]
    work.editing.splice([Cut(*each) for each in zip(paths, levels_lufs, pauses_ms, strict=True)], into)
    for path in paths:
        path.unlink()
    return tuple(said)


def pause_ms(text: str) -> int:
    """Return the pause that an announcer leaves after it: none within a clause."""
    said = text.rstrip()
    if said.endswith((".", "!", "?", "…")) or "\n" in text[len(said) :]:
        return SENTENCE_PAUSE_MS
    return CLAUSE_PAUSE_MS if said.endswith((",", ";", ":", "–", "-")) else 0


def _levels(pieces: Sequence[Utterance | Phrase], paths: Sequence[Path], tools: AudioTools) -> list[float]:
    """Return the loudness of each: a recording's own, for all pieces of a voice that of the longest one."""
    figures = [tools.measure(path) for path in paths]
    spoken = [each for piece, each in zip(pieces, figures, strict=True) if isinstance(piece, Utterance)]
    longest = max(spoken, key=lambda each: each.duration_ms, default=None)
    own = [each.integrated_lufs for piece, each in zip(pieces, figures, strict=True) if isinstance(piece, Phrase)]
    voice_lufs = longest.integrated_lufs if longest and longest.duration_ms >= MIN_MEASURED_MS else min(own, default=0)
    return [
        each.integrated_lufs if isinstance(piece, Phrase) else voice_lufs
        for piece, each in zip(pieces, figures, strict=True)
    ]
