"""Phrase bank in the worker: checks of recorded phrases, and the use of recorded phrases in a text."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from broadcast.bulletins.model import VoicedText
from broadcast.ports.unit_of_work import UnitOfWork
from broadcast.speech.phrase_bank import assembled
from broadcast.speech.phrases import PhraseId
from cms.platform.store.jobs import Job
from cms.platform.store.uow import SqlUnitOfWork
from cms.platform.worker.failures import sorted_by_remedy
from cms.platform.worker.running import Apply
from cms.speech.service import phrase_recordings
from media.model import MadeSound
from media.ports import AudioTools, ContentStore, Editing, Progress
from media.use_cases.auditioning import Audition, audition
from media.use_cases.splicing import Assembly, Phrase, Utterance
from province.areas import AreaId


@dataclass(frozen=True)
class CheckPhrase:
    """Work of ``JobKind.CHECK_PHRASE``: the payload's ``sha256`` is the recording to listen to."""

    store: ContentStore
    tools: AudioTools
    editing: Editing
    workdir: Path

    def do(self, job: Job, progress: Progress) -> Apply:
        progress(0, "probing")
        sha256 = str(job.payload["sha256"])
        with sorted_by_remedy(), tempfile.TemporaryDirectory(dir=self.workdir, prefix="sound-") as folder:
            heard = audition(sha256, tools=self.tools, editing=self.editing, store=self.store, workdir=Path(folder))
        return lambda unit: _take(unit, job, heard)

    def give_up(self, unit: SqlUnitOfWork, job: Job, code: str) -> None:
        sha256 = str(job.payload.get("sha256", ""))
        phrase_recordings.refuse(unit, PhraseId(job.subject_id), sha256=sha256, refusal=code, now=datetime.now(UTC))


def part_of(unit: UnitOfWork, areas: tuple[AreaId, ...], language: str, text: str) -> Utterance | Assembly:
    """Return the text for one voice, or assembled from phrases recorded for all these areas; within a unit of work."""
    pieces = assembled(text, phrase_recordings.bank_of(unit, areas, language))
    if all(piece.recording is None for piece in pieces):
        return Utterance(language, text)
    return Assembly(
        tuple(
            Utterance(language, piece.text)
            if piece.recording is None
            else Phrase(piece.text, piece.recording.sha256, piece.recording.by_name)
            for piece in pieces
        )
    )


def said_of(made: MadeSound) -> tuple[VoicedText, ...]:
    """Return the voices of the made sound, as they are kept with it."""
    return tuple(VoicedText(each.text, each.by, each.sha256) for each in made.said)


def _take(unit: SqlUnitOfWork, job: Job, heard: Audition) -> None:
    phrase_recordings.take(
        unit,
        PhraseId(job.subject_id),
        sha256=str(job.payload["sha256"]),
        level_lufs=heard.level_lufs,
        floor_dbfs=heard.floor_dbfs,
        now=datetime.now(UTC),
    )
