"""Phrase bank: recorded phrases, and texts assembled from the longest of them; a voice speaks the rest."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NewType, TypeAlias

from province.areas import AreaId
from province.people import UserId

PhraseId = NewType("PhraseId", str)
PhraseKey: TypeAlias = tuple[str, ...]
"""Words and the marks between them, alternating; case, spacing and context do not count."""

_WORD = re.compile(r"\w+")
_LEAST_RECORDED = 0.5
"""Below half of a sentence's words one voice says all of it: changing it back and forth is harder to follow."""
_SENTENCE_END = re.compile(r"[.!?…\n]")
_CLAUSE_END = re.compile(r"[,;:–.!?…\n]")


@dataclass(frozen=True, slots=True)
class PhraseRecording:
    """``text`` as it is spoken, in ``area_id`` and below, where nothing nearer is recorded.

    ``sha256`` is the recording that may be used, ``by_name`` spoke it; empty while there is none. ``candidate_sha256``
    is being listened to by the job ``job_id``; ``refusal`` says why the last one was not taken (a stable code).
    Levels in LUFS and dB below full scale, of the recording in use.
    """

    id: PhraseId
    area_id: AreaId
    language: str
    text: str
    changed_at: datetime
    changed_by: UserId
    changed_by_name: str
    sha256: str = ""
    by_name: str = ""
    level_lufs: float | None = None
    floor_dbfs: float | None = None
    candidate_sha256: str = ""
    job_id: str = ""
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class PhrasePiece:
    """A stretch of a text: ``recording`` says it, or a voice where there is none."""

    text: str
    recording: PhraseRecording | None = None


def key_of(phrase: str) -> PhraseKey:
    """Return the key of a phrase; empty where no word is in it."""
    return _key(phrase, _words(phrase))


def word_count(text: str) -> int:
    """Count the words of a text."""
    return len(_words(text))


def assembled(text: str, bank: Mapping[PhraseKey, PhraseRecording]) -> tuple[PhrasePiece, ...]:
    """Cut ``text`` into pieces that together are exactly it, in order; at each word the longest phrase that fits.

    A voice says a whole sentence of which less than half of the words are recorded, but for an opening that is
    recorded up to its first mark.
    """
    words = _words(text)
    longest = max(((len(key) + 1) // 2 for key in bank), default=0)
    sentences: list[list[tuple[int, int, PhraseRecording | None]]] = [[]]
    at, is_opening = 0, True
    while at < len(words):
        count, recording = _longest(text, words[at : at + longest], bank)
        sentences[-1].append((words[at][0], count, recording))
        at += count
        is_opening = is_opening and recording is not None
        mark = text[words[at - 1][1] : words[at][0] if at < len(words) else len(text)]
        if (_CLAUSE_END if is_opening else _SENTENCE_END).search(mark):
            sentences.append([])
            is_opening = False
    taken: list[tuple[int, PhraseRecording | None]] = []
    for sentence in sentences:
        recorded = sum(count for _, count, recording in sentence if recording is not None)
        is_kept = recorded >= _LEAST_RECORDED * sum(count for _, count, _ in sentence)
        for start, _, recording in sentence:
            said_by = recording if is_kept else None
            if said_by is not None or not taken or taken[-1][1] is not None:
                taken.append((start if taken else 0, said_by))
    ends = [*(start for start, _ in taken[1:]), len(text)]
    made = (PhrasePiece(text[start:end], by) for (start, by), end in zip(taken, ends, strict=True))
    return tuple(made) if taken else (PhrasePiece(text),)


def _longest(
    text: str, words: Sequence[tuple[int, int]], bank: Mapping[PhraseKey, PhraseRecording]
) -> tuple[int, PhraseRecording | None]:
    """Return the number of leading words that are one recorded phrase; one word without a recording where none fits."""
    for count in range(len(words), 0, -1):
        recording = bank.get(_key(text, words[:count]))
        if recording is not None:
            return count, recording
    return 1, None


def _words(text: str) -> list[tuple[int, int]]:
    return [found.span() for found in _WORD.finditer(text)]


def _key(text: str, words: Sequence[tuple[int, int]]) -> PhraseKey:
    parts: list[str] = []
    for number, (start, end) in enumerate(words):
        if number:
            parts.append("".join(text[words[number - 1][1] : start].split()))
        parts.append(unicodedata.normalize("NFC", text[start:end]).casefold())
    return tuple(parts)
