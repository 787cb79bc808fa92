"""Phrase bank: phrases that announcers have recorded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NewType

from province.areas import AreaId
from province.people import UserId

PhraseId = NewType("PhraseId", str)


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
