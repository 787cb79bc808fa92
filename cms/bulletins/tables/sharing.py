"""Tables of sound and texts that areas keep: chimes, recordings, templates and shares."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from broadcast.bulletins.framing import ChimeId, ChimePlace
from broadcast.bulletins.model import Sound
from broadcast.bulletins.priority import PriorityClass
from broadcast.bulletins.sharing import ShareId, ShareKind, TemplateId
from cms.areas.tables import AREA_ID
from cms.bulletins.tables.bulletins import TITLE
from cms.platform.store.columns import ID, Base, EnumColumn, Frozen, Utc
from province.areas import AreaId
from province.people import UserId


class TemplateRow(Base):
    __tablename__ = "bulletin_templates"

    id: Mapped[TemplateId] = mapped_column(ID, primary_key=True)
    area_id: Mapped[AreaId] = mapped_column(AREA_ID, ForeignKey("areas.id"), index=True)
    name: Mapped[str] = mapped_column(TITLE)
    changed_at: Mapped[datetime] = mapped_column(Utc)
    changed_by: Mapped[UserId] = mapped_column(ID)
    changed_by_name: Mapped[str] = mapped_column(String(200))
    title: Mapped[str] = mapped_column(TITLE)
    text: Mapped[str] = mapped_column(Text)
    topic: Mapped[str] = mapped_column(String(80))
    priority: Mapped[PriorityClass] = mapped_column(EnumColumn(PriorityClass))
    language: Mapped[str] = mapped_column(String(40))


class ShareRow(Base):
    """Share of a template or of an area's voice (see ``kind``), named by ``subject_id``.

    Taking it back deletes the row; events remain.
    """

    __tablename__ = "shares"
    __table_args__ = (UniqueConstraint("kind", "subject_id", "area_id"),)

    id: Mapped[ShareId] = mapped_column(ID, primary_key=True)
    kind: Mapped[ShareKind] = mapped_column(EnumColumn(ShareKind))
    subject_id: Mapped[str] = mapped_column(ID)
    origin_id: Mapped[AreaId] = mapped_column(AREA_ID, ForeignKey("areas.id"))
    area_id: Mapped[AreaId] = mapped_column(AREA_ID, ForeignKey("areas.id"), index=True)
    shared_at: Mapped[datetime] = mapped_column(Utc)
    shared_by: Mapped[UserId] = mapped_column(ID)
    shared_by_name: Mapped[str] = mapped_column(String(200))


class ChimeRow(Base):
    """Chime, one for each area and place."""

    __tablename__ = "chimes"
    __table_args__ = (UniqueConstraint("area_id", "place"),)

    id: Mapped[ChimeId] = mapped_column(ID, primary_key=True)
    area_id: Mapped[AreaId] = mapped_column(AREA_ID, ForeignKey("areas.id"))
    place: Mapped[ChimePlace] = mapped_column(EnumColumn(ChimePlace))
    changed_at: Mapped[datetime] = mapped_column(Utc)
    changed_by: Mapped[UserId] = mapped_column(ID)
    changed_by_name: Mapped[str] = mapped_column(String(200))
    sound: Mapped[Sound] = mapped_column(Frozen(Sound))
    original_name: Mapped[str] = mapped_column(String(300))
    candidate_sha256: Mapped[str] = mapped_column(String(64))
    candidate_name: Mapped[str] = mapped_column(String(300))
    job_id: Mapped[str] = mapped_column(ID)
    refusal: Mapped[str] = mapped_column(String(80))


class SentRecordingRow(Base):
    """Recording sent in, kept or refused: a person's day is counted by these rows.

    ``is_waiting``: the file is in the content store, and nothing is known to use it yet.
    """

    __tablename__ = "sent_recordings"
    __table_args__ = (
        Index("ix_sent_recordings_owner_id_at", "owner_id", "at"),
        Index("ix_sent_recordings_is_waiting_at", "is_waiting", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    owner_id: Mapped[UserId] = mapped_column(ID)
    sha256: Mapped[str] = mapped_column(String(64))
    bytes: Mapped[int]
    at: Mapped[datetime] = mapped_column(Utc)
    is_waiting: Mapped[bool]
