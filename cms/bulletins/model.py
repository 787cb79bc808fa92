"""Values of the office that no rule of broadcasting knows."""

from dataclasses import dataclass
from datetime import datetime
from typing import NewType

from broadcast.bulletins.model import BulletinId
from broadcast.bulletins.official_papers import OfficialPaper
from province.people import UserId

AutosaveId = NewType("AutosaveId", str)


@dataclass(frozen=True, slots=True)
class Autosave:
    """Fields of the bulletin form as one person last typed them, complete or not, beside the saved bulletin.

    ``bulletin_id``: the bulletin, or the id that it will get. ``window`` names the open page that wrote it last,
    and the number of that request.
    ``ended_at``: it was saved, then ``fields`` are empty, or discarded; it stays so that another window that still
    shows it learns of it.
    """

    id: AutosaveId
    owner_id: UserId
    bulletin_id: BulletinId
    title: str
    fields: tuple[tuple[str, str], ...]
    version: int
    window: str
    saved_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AwaitedSubmission:
    """Submission ordered while the sound was being made: the worker submits with the sound.

    It holds for ``version`` alone: a change by a person ends it. ``failed_at``: it could not be submitted then.
    """

    bulletin_id: BulletinId
    version: int
    ordered_by: UserId
    ordered_at: datetime
    failed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class BulletinPaper:
    """Official paper that a bulletin was made from."""

    bulletin_id: BulletinId
    paper: OfficialPaper


@dataclass(frozen=True, slots=True)
class LanguageVersion:
    """Bulletin as one of several that say the same in different languages; ``group_id`` is the first of them.

    ``outdated_at``: since then another one has been changed, and nobody has compared this one with it.
    """

    bulletin_id: BulletinId
    group_id: BulletinId
    outdated_at: datetime | None = None
