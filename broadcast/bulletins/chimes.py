"""Chimes: opening and closing sounds of areas, heard around every bulletin there."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

from broadcast.bulletins.model import Sound
from province.areas import AreaId
from province.people import UserId

ChimeId = NewType("ChimeId", str)


class ChimePlace(StrEnum):
    """Nhạc hiệu mở đầu, nhạc kết thúc."""

    OPENING = "opening"
    CLOSING = "closing"


@dataclass(frozen=True, slots=True)
class Chime:
    """One sound of an area, heard there and below where nothing nearer is set; one for each area and place.

    ``sound`` is what may be used, ``original_name`` the file it was made from; it is not READY while there is none.
    ``candidate_sha256`` is a newer recording that the job ``job_id`` makes fit; ``refusal`` says why the last one was
    not taken (a stable code).
    """

    id: ChimeId
    area_id: AreaId
    place: ChimePlace
    changed_at: datetime
    changed_by: UserId
    changed_by_name: str
    sound: Sound = field(default_factory=Sound)
    original_name: str = ""
    candidate_sha256: str = ""
    candidate_name: str = ""
    job_id: str = ""
    refusal: str = ""
