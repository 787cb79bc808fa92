"""Tables of sound and texts that areas keep: chimes, recordings, templates and shares."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from broadcast.bulletins.framing import Chime, ChimeId, ChimePlace
from broadcast.bulletins.sharing import BulletinTemplate, Share, ShareId, ShareKind, TemplateId
from cms.bulletins.tables.bulletins import TITLE
from cms.platform.store.columns import Base
from province.areas import AreaId
from province.people import UserId


class TemplateRow(Base, table="bulletin_templates", value=BulletinTemplate):
    id: Mapped[TemplateId] = mapped_column(primary_key=True)
    area_id: Mapped[AreaId] = mapped_column(ForeignKey("areas.id"), index=True)
    name: Mapped[str] = mapped_column(TITLE)


class ShareRow(Base, table="shares", value=Share):
    """Share of a template or of an area's voice (see ``kind``), named by ``subject_id``.

    Taking it back deletes the row; events remain.
    """

    __table_args__ = (UniqueConstraint("kind", "subject_id", "area_id"),)

    id: Mapped[ShareId] = mapped_column(primary_key=True)
    kind: Mapped[ShareKind]
    subject_id: Mapped[str]
    origin_id: Mapped[AreaId] = mapped_column(ForeignKey("areas.id"))
    area_id: Mapped[AreaId] = mapped_column(ForeignKey("areas.id"), index=True)


class ChimeRow(Base, table="chimes", value=Chime):
    """Chime, one for each area and place."""

    __table_args__ = (UniqueConstraint("area_id", "place"),)

    id: Mapped[ChimeId] = mapped_column(primary_key=True)
    area_id: Mapped[AreaId] = mapped_column(ForeignKey("areas.id"))
    place: Mapped[ChimePlace]
    original_name: Mapped[str] = mapped_column(String(300))
    candidate_name: Mapped[str] = mapped_column(String(300))


class SentRecordingRow(Base, table="sent_recordings"):
    """Recording sent in, kept or refused: a person's day is counted by these rows.

    ``is_waiting``: the file is in the content store, and nothing is known to use it yet.
    """

    __table_args__ = (
        Index("ix_sent_recordings_owner_id_at", "owner_id", "at"),
        Index("ix_sent_recordings_is_waiting_at", "is_waiting", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    owner_id: Mapped[UserId]
    sha256: Mapped[str]
    bytes: Mapped[int]
    at: Mapped[datetime]
    is_waiting: Mapped[bool]
