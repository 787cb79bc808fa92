"""Bulletins, approvals, transmissions and plans."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, String, false
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from broadcast.bulletins.approval_document import ApprovalDocument, ApprovalSignature
from broadcast.bulletins.make_good_rules import MakeGoodRule
from broadcast.bulletins.model import (
    Bulletin,
    BulletinId,
    BulletinStatus,
    Cues,
    Proposal,
    Remark,
    Rendition,
    Sound,
    Targets,
)
from broadcast.bulletins.priority import PriorityClass
from broadcast.bulletins.remarks import Note
from broadcast.bulletins.review_snapshots import ReviewSnapshot
from broadcast.bulletins.schedules import Schedule
from broadcast.bulletins.transmissions import DayPlan, OccurrenceId, SoundFrame, Transmission, TransmissionId
from broadcast.relays.model import Relayable, RelayOrder, RelaySourceId
from broadcast.scheduling.slots import Slot, SlotId
from broadcast.speech.readings import Saying, SpokenSubstitution
from cms.platform.store.columns import Base, partial_index
from province.areas import AreaId
from province.people import UserId

TITLE = String(300)
OCCURRENCE_ID = String(80)


class BulletinRow(Base, table="bulletins", value=Bulletin):
    """Bulletin. ``folded`` is its title and text for searching: without case and diacritics."""

    __table_args__ = (
        Index("ix_bulletins_status_changed_at", "status", "changed_at"),
        partial_index("ix_bulletins_proposed", "changed_at", where="proposal IS NOT NULL"),
    )

    id: Mapped[BulletinId] = mapped_column(primary_key=True)
    title: Mapped[str]
    text: Mapped[str]
    topic: Mapped[str]
    priority: Mapped[PriorityClass]
    language: Mapped[str]
    targets: Mapped[Targets]
    author_id: Mapped[UserId]
    submitter_id: Mapped[UserId | None]
    changed_at: Mapped[datetime] = mapped_column(index=True)
    status: Mapped[BulletinStatus]
    version: Mapped[int]
    original_name: Mapped[str] = mapped_column(TITLE)
    origin: Mapped[str]
    pen_name: Mapped[str] = mapped_column(TITLE)
    valid_from_at: Mapped[datetime | None]
    valid_until_at: Mapped[datetime | None]
    schedules: Mapped[tuple[Schedule, ...]]
    sound: Mapped[Sound]
    remarks: Mapped[tuple[Remark, ...]]
    sayings: Mapped[tuple[Saying, ...]] = mapped_column(server_default="[]")
    changes: Mapped[tuple[SpokenSubstitution, ...]] = mapped_column(server_default="[]")
    proposal: Mapped[Proposal | None]
    notes: Mapped[tuple[Note, ...]] = mapped_column(server_default="[]")
    is_handed_down: Mapped[bool] = mapped_column(server_default=false())
    source_id: Mapped[BulletinId | None] = mapped_column(index=True)
    editors: Mapped[tuple[UserId, ...]] = mapped_column(server_default="[]")
    cues: Mapped[Cues] = mapped_column(server_default="{}")
    relay: Mapped[RelayOrder | None]
    genre: Mapped[str] = mapped_column(server_default=sql("''"))
    transcript: Mapped[str] = mapped_column(server_default=sql("''"))
    folded: Mapped[str]


class BulletinAreaRow(Base, table="bulletin_areas"):
    """Area at which a bulletin is aimed: an index over ``targets.areas``."""

    bulletin_id: Mapped[BulletinId] = mapped_column(ForeignKey("bulletins.id"), primary_key=True)
    area_id: Mapped[AreaId] = mapped_column(primary_key=True, index=True)


class BulletinSoundRow(Base, table="bulletin_sounds"):
    """Content that is or was a bulletin's recording, or was made of it: the right to fetch it is found by its hash."""

    sha256: Mapped[str] = mapped_column(primary_key=True)
    bulletin_id: Mapped[BulletinId] = mapped_column(ForeignKey("bulletins.id"), primary_key=True)


class ReviewSnapshotRow(Base, table="review_snapshots", value=ReviewSnapshot):
    """Review snapshot: content of a version as a reviewer first saw it."""

    bulletin_id: Mapped[BulletinId] = mapped_column(ForeignKey("bulletins.id"), primary_key=True)
    user_id: Mapped[UserId] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)


class ApprovalDocumentRow(Base, table="approval_documents", value=ApprovalDocument):
    """Approval as a document that can be signed. Written once, with its transmission."""

    transmission_id: Mapped[TransmissionId] = mapped_column(ForeignKey("transmissions.id"), primary_key=True)
    bulletin_id: Mapped[BulletinId] = mapped_column(ForeignKey("bulletins.id"), index=True)
    approved_at: Mapped[datetime]


class ApprovalSignatureRow(Base, table="approval_signatures", value=ApprovalSignature):
    """Verified signature of an approval's document; ``sha256`` names it in the content store."""

    transmission_id: Mapped[TransmissionId] = mapped_column(
        ForeignKey("approval_documents.transmission_id"), primary_key=True
    )
    sha256: Mapped[str] = mapped_column(primary_key=True)
    attached_at: Mapped[datetime]


class SlotRow(Base, table="slots", value=Slot):
    """Delegated slot: a stretch of the week that one person may fill; kept when it is revoked."""

    id: Mapped[SlotId] = mapped_column(primary_key=True)
    holder_id: Mapped[UserId] = mapped_column(index=True)
    area_id: Mapped[AreaId] = mapped_column(ForeignKey("areas.id"), index=True)
    revoked_at: Mapped[datetime | None]


class TransmissionRow(Base, table="transmissions", value=Transmission):
    """Transmission. Written once; only ``withdrawn_at`` is set later. ``ends_at`` bounds its last airing, if known.

    ``relay_source_id`` is copied from ``relay``, for queries.
    """

    id: Mapped[TransmissionId] = mapped_column(primary_key=True)
    bulletin_id: Mapped[BulletinId] = mapped_column(ForeignKey("bulletins.id"), index=True)
    title: Mapped[str]
    priority: Mapped[PriorityClass]
    targets: Mapped[Targets]
    schedules: Mapped[tuple[Schedule, ...]]
    rendition: Mapped[Rendition]
    approved_at: Mapped[datetime] = mapped_column(index=True)
    valid_from_at: Mapped[datetime | None]
    valid_until_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    frames: Mapped[tuple[tuple[AreaId, SoundFrame], ...]] = mapped_column(server_default="[]")
    ends_at: Mapped[datetime | None] = mapped_column(index=True)
    make_good: Mapped[tuple[MakeGoodRule, ...]] = mapped_column(server_default="[]")
    topic: Mapped[str] = mapped_column(server_default=sql("''"))
    origin: Mapped[str] = mapped_column(server_default=sql("''"))
    relay: Mapped[Relayable | None]
    relay_source_id: Mapped[RelaySourceId | None] = mapped_column(index=True)
    genre: Mapped[str] = mapped_column(server_default=sql("''"))


class TransmissionAreaRow(Base, table="transmission_areas"):
    """Index over ``targets.areas``: areas whose chain holds one of these may be reached."""

    transmission_id: Mapped[TransmissionId] = mapped_column(ForeignKey("transmissions.id"), primary_key=True)
    area_id: Mapped[AreaId] = mapped_column(primary_key=True, index=True)


class DayPlanRow(Base, table="day_plans"):
    """Plan of an area's local date, with its reasons; ``sha256`` names the wire form in the content store."""

    __table_args__ = (
        # In a row it lies behind the plan's text; few plans are unsent.
        Index("ix_day_plans_sent_at", "sent_at", "area_id", "on"),
    )

    area_id: Mapped[AreaId] = mapped_column(ForeignKey("areas.id"), primary_key=True)
    on: Mapped[date] = mapped_column(primary_key=True)
    plan: Mapped[DayPlan]
    sha256: Mapped[str]
    bytes: Mapped[int]
    version: Mapped[int]
    built_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


class BoardPlanRow(Base, table="board_plans"):
    """Plan of an area's boards; ``sha256`` names the wire form in the content store."""

    area_id: Mapped[AreaId] = mapped_column(ForeignKey("areas.id"), primary_key=True)
    sha256: Mapped[str]
    bytes: Mapped[int]
    is_empty: Mapped[bool]
    built_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


class PlanItemRow(Base, table="plan_items"):
    """Line of a day plan, for queries; rewritten with its plan. ``placed`` false: see the plan's reasons.

    ``only_devices``: how many devices of the area hear it, where it is not all of them. ``is_unsigned``: it is not
    placed because its approval carries no digital signature.
    """

    __table_args__ = (
        ForeignKeyConstraint(["area_id", "on"], ["day_plans.area_id", "day_plans.on"], name="fk_plan_items_day_plans"),
        Index("ix_plan_items_start_at_area_id", "start_at", "area_id"),
        Index("ix_plan_items_bulletin_id_start_at", "bulletin_id", "start_at"),
    )

    area_id: Mapped[AreaId] = mapped_column(primary_key=True)
    on: Mapped[date] = mapped_column(primary_key=True)
    occurrence_id: Mapped[OccurrenceId] = mapped_column(OCCURRENCE_ID, primary_key=True, index=True)
    transmission_id: Mapped[TransmissionId]
    bulletin_id: Mapped[BulletinId]
    title: Mapped[str]
    start_at: Mapped[datetime]
    end_at: Mapped[datetime]
    placed: Mapped[bool]
    only_devices: Mapped[int | None]
    is_unsigned: Mapped[bool] = mapped_column(server_default=false())
