"""Review snapshots: the bulletin as a reviewer saw it, kept to tell at the next look what has changed since."""

from dataclasses import dataclass
from datetime import datetime

from broadcast.bulletins.model import After, BoardText, Bulletin, BulletinId, Targets
from broadcast.bulletins.priority import PriorityClass
from broadcast.bulletins.schedules import Schedule
from broadcast.relays.model import RelayOrder
from province.people import UserId


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything that an approval covers. ``sound_sha256``: of the sound devices would play; empty: none is made."""

    title: str
    text: str
    spoken: str
    topic: str
    priority: PriorityClass
    language: str
    targets: Targets
    schedules: tuple[Schedule, ...]
    after: After
    origin: str
    pen_name: str
    valid_from_at: datetime | None
    valid_until_at: datetime | None
    sound_sha256: str
    board: BoardText | None = None
    relay: RelayOrder | None = None
    genre: str = ""


@dataclass(frozen=True, slots=True)
class ReviewSnapshot:
    """View of one version by one person; the first time counts."""

    bulletin_id: BulletinId
    user_id: UserId
    version: int
    at: datetime
    shown: Shown


def shown_of(bulletin: Bulletin, device_rendition: str) -> Shown:
    rendition = bulletin.sound.rendition(device_rendition)
    return Shown(
        title=bulletin.title,
        text=bulletin.text,
        spoken=bulletin.spoken,
        topic=bulletin.topic,
        priority=bulletin.priority,
        language=bulletin.language,
        targets=bulletin.targets,
        schedules=tuple(each.unplaced for each in bulletin.schedules),
        after=bulletin.after,
        origin=bulletin.origin,
        pen_name=bulletin.pen_name,
        genre=bulletin.genre,
        valid_from_at=bulletin.valid_from_at,
        valid_until_at=bulletin.valid_until_at,
        sound_sha256="" if rendition is None else rendition.sha256,
        board=bulletin.board,
        relay=bulletin.relay,
    )
