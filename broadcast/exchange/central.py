"""Exchange with the central source system: bulletins in, reports out; its own field names stay at the boundary."""

from dataclasses import dataclass
from enum import StrEnum

from broadcast.bulletins.priority import PriorityClass


@dataclass(frozen=True, slots=True)
class CentralSound:
    """Recording to fetch for a central bulletin.

    ``where`` is its address, absolute or relative to the central system's; ``sha256`` is empty where it was not given.
    """

    where: str
    sha256: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class CentralBulletin:
    """One version of one bulletin. ``area_codes`` are official codes. ``is_withdrawn``: it has no more than a title.

    ``sound`` is a recording of it that has to be fetched first; the text may be empty then. ``is_emergency``: it is to
    be heard at once, as an alert; its recording is not fetched.
    """

    central_id: str
    central_version: int
    is_withdrawn: bool
    title: str = ""
    text: str = ""
    topic: str = ""
    priority: PriorityClass = PriorityClass.NORMAL
    origin: str = ""
    pen_name: str = ""
    author_name: str = ""
    area_codes: tuple[str, ...] = ()
    sound: CentralSound | None = None
    is_emergency: bool = False


@dataclass(frozen=True, slots=True)
class UnreadableItem:
    """Item that cannot be imported: ``reason`` is a code with the field. Ids are set as far as they were readable."""

    reason: str
    central_id: str = ""
    central_version: int = 0


@dataclass(frozen=True, slots=True)
class CentralItem:
    """One item as it came, in bytes that are kept, and as it was read."""

    raw: bytes
    read: CentralBulletin | UnreadableItem


@dataclass(frozen=True, slots=True)
class CentralPage:
    """``cursor`` is where to go on; the same again where nothing is new."""

    items: tuple[CentralItem, ...]
    cursor: str


class ReportKind(StrEnum):
    """DEVICES with their states · BULLETINS: how far each of theirs came · PLAYED: results · STATISTICS of a day."""

    DEVICES = "devices"
    BULLETINS = "bulletins"
    PLAYED = "played"
    STATISTICS = "statistics"
