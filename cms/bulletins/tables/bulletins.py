"""Bulletins, approvals, transmissions and plans. Columns are named like the fields they hold."""

from datetime import date, datetime, time

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, String, Text, false
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from broadcast.bulletins.approval_document import SignatureSigner
from broadcast.bulletins.make_good_rules import MakeGoodRule
from broadcast.bulletins.model import (
    After,
    BoardText,
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
from broadcast.bulletins.review_snapshots import Shown
from broadcast.bulletins.schedules import Schedule
from broadcast.bulletins.transmissions import DayPlan, OccurrenceId, SoundFrame, TransmissionId
from broadcast.relays.model import Relayable, RelayOrder, RelaySourceId
from broadcast.scheduling.slots import SlotId
from broadcast.speech.readings import Saying, SpokenSubstitution
from cms.areas.tables import AREA_ID
from cms.platform.store.columns import ID, Base, EnumColumn, Frozen, Utc
from province.areas import AreaId
from province.people import UserId

TITLE = String(300)
OCCURRENCE_ID = String(80)


class BulletinRow(Base):
    """Bulletin. ``folded`` is its title and text for searching: without case and diacritics."""

    __tablename__ = "bulletins"
    __table_args__ = (
        Index("ix_bulletins_status_changed_at", "status", "changed_at"),
        Index("ix_bulletins_changed_at", "changed_at"),
    )

    id: Mapped[BulletinId] = mapped_column(ID, primary_key=True)
    title: Mapped[str] = mapped_column(TITLE)
    text: Mapped[str] = mapped_column(Text)
    topic: Mapped[str] = mapped_column(String(80))
    priority: Mapped[PriorityClass] = mapped_column(EnumColumn(PriorityClass))
    language: Mapped[str] = mapped_column(String(40))
    targets: Mapped[Targets] = mapped_column(Frozen(Targets))
    author_id: Mapped[UserId] = mapped_column(ID)
    author_name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(Utc)
    changed_at: Mapped[datetime] = mapped_column(Utc)
    status: Mapped[BulletinStatus] = mapped_column(EnumColumn(BulletinStatus))
    version: Mapped[int]
    original_sha256: Mapped[str] = mapped_column(String(64))
    original_name: Mapped[str] = mapped_column(TITLE)
    origin: Mapped[str] = mapped_column(TITLE)
    pen_name: Mapped[str] = mapped_column(TITLE)
    valid_from_at: Mapped[datetime | None] = mapped_column(Utc)
    valid_until_at: Mapped[datetime | None] = mapped_column(Utc)
    schedules: Mapped[tuple[Schedule, ...]] = mapped_column(Frozen(tuple[Schedule, ...]))
    after: Mapped[After] = mapped_column(EnumColumn(After))
    sound: Mapped[Sound] = mapped_column(Frozen(Sound))
    submitter_id: Mapped[UserId | None] = mapped_column(ID)
    submitter_name: Mapped[str] = mapped_column(String(200))
    approver_id: Mapped[UserId | None] = mapped_column(ID)
    remarks: Mapped[tuple[Remark, ...]] = mapped_column(Frozen(tuple[Remark, ...]))
    sayings: Mapped[tuple[Saying, ...]] = mapped_column(Frozen(tuple[Saying, ...]), server_default="[]")
    changes: Mapped[tuple[SpokenSubstitution, ...]] = mapped_column(
        Frozen(tuple[SpokenSubstitution, ...]), server_default="[]"
    )
    proposal: Mapped[Proposal | None] = mapped_column(Frozen(Proposal))
    notes: Mapped[tuple[Note, ...]] = mapped_column(Frozen(tuple[Note, ...]), server_default="[]")
    is_handed_down: Mapped[bool] = mapped_column(server_default=false())
    source_id: Mapped[BulletinId | None] = mapped_column(ID, index=True)
    editors: Mapped[tuple[UserId, ...]] = mapped_column(Frozen(tuple[UserId, ...]), server_default="[]")
    cues: Mapped[Cues] = mapped_column(Frozen(Cues), server_default="{}")
    board: Mapped[BoardText | None] = mapped_column(Frozen(BoardText))
    relay: Mapped[RelayOrder | None] = mapped_column(Frozen(RelayOrder))
    folded: Mapped[str] = mapped_column(Text)


class BulletinAreaRow(Base):
    """Area at which a bulletin is aimed: an index over ``targets.areas``."""

    __tablename__ = "bulletin_areas"

    bulletin_id: Mapped[BulletinId] = mapped_column(ID, ForeignKey("bulletins.id"), primary_key=True)
    area_id: Mapped[AreaId] = mapped_column(AREA_ID, primary_key=True, index=True)


class BulletinSoundRow(Base):
    """Content that is or was a bulletin's recording, or was made of it: the right to fetch it is found by its hash."""

    __tablename__ = "bulletin_sounds"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    bulletin_id: Mapped[BulletinId] = mapped_column(ID, ForeignKey("bulletins.id"), primary_key=True)


class ReviewSnapshotRow(Base):
    """Review snapshot: content of a version as a reviewer first saw it."""

    __tablename__ = "review_snapshots"

    bulletin_id: Mapped[BulletinId] = mapped_column(ID, ForeignKey("bulletins.id"), primary_key=True)
    user_id: Mapped[UserId] = mapped_column(ID, primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Utc)
    shown: Mapped[Shown] = mapped_column(Frozen(Shown))


class ApprovalDocumentRow(Base):
    """Approval as a document that can be signed. Written once, with its transmission."""

    __tablename__ = "approval_documents"

    transmission_id: Mapped[TransmissionId] = mapped_column(ID, ForeignKey("transmissions.id"), primary_key=True)
    bulletin_id: Mapped[BulletinId] = mapped_column(ID, ForeignKey("bulletins.id"), index=True)
    approved_by: Mapped[UserId] = mapped_column(ID)
    approved_at: Mapped[datetime] = mapped_column(Utc)
    text: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))


class ApprovalSignatureRow(Base):
    """Verified signature of an approval's document; ``sha256`` names it in the content store."""

    __tablename__ = "approval_signatures"

    transmission_id: Mapped[TransmissionId] = mapped_column(
        ID, ForeignKey("approval_documents.transmission_id"), primary_key=True
    )
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    signer: Mapped[SignatureSigner] = mapped_column(Frozen(SignatureSigner))
    attached_by: Mapped[UserId] = mapped_column(ID)
    attached_by_name: Mapped[str] = mapped_column(String(200))
    attached_at: Mapped[datetime] = mapped_column(Utc)


class SlotRow(Base):
    """Delegated slot: a stretch of the week that one person may fill; kept when it is revoked."""

    __tablename__ = "slots"

    id: Mapped[SlotId] = mapped_column(ID, primary_key=True)
    holder_id: Mapped[UserId] = mapped_column(ID, index=True)
    holder_name: Mapped[str] = mapped_column(String(200))
    area_id: Mapped[AreaId] = mapped_column(AREA_ID, ForeignKey("areas.id"), index=True)
    weekdays: Mapped[tuple[str, ...]] = mapped_column(Frozen(tuple[str, ...]))
    starts: Mapped[time]
    ends: Mapped[time]
    classes: Mapped[tuple[PriorityClass, ...]] = mapped_column(Frozen(tuple[PriorityClass, ...]))
    last_on: Mapped[date]
    granted_by: Mapped[UserId] = mapped_column(ID)
    granted_by_name: Mapped[str] = mapped_column(String(200))
    granted_at: Mapped[datetime] = mapped_column(Utc)
    revoked_at: Mapped[datetime | None] = mapped_column(Utc)


class TransmissionRow(Base):
    """Transmission. Written once; only ``withdrawn_at`` is set later. ``ends_at`` bounds its last airing, if known.

    ``relay_source_id`` is copied from ``relay``, for queries.
    """

    __tablename__ = "transmissions"

    id: Mapped[TransmissionId] = mapped_column(ID, primary_key=True)
    bulletin_id: Mapped[BulletinId] = mapped_column(ID, ForeignKey("bulletins.id"), index=True)
    bulletin_version: Mapped[int]
    title: Mapped[str] = mapped_column(TITLE)
    priority: Mapped[PriorityClass] = mapped_column(EnumColumn(PriorityClass))
    prio: Mapped[int]
    targets: Mapped[Targets] = mapped_column(Frozen(Targets))
    schedules: Mapped[tuple[Schedule, ...]] = mapped_column(Frozen(tuple[Schedule, ...]))
    rendition: Mapped[Rendition] = mapped_column(Frozen(Rendition))
    after: Mapped[After] = mapped_column(EnumColumn(After))
    submitted_by: Mapped[UserId] = mapped_column(ID)
    submitted_by_name: Mapped[str] = mapped_column(String(200))
    approved_by: Mapped[UserId] = mapped_column(ID)
    approved_by_name: Mapped[str] = mapped_column(String(200))
    approved_at: Mapped[datetime] = mapped_column(Utc)
    valid_from_at: Mapped[datetime | None] = mapped_column(Utc)
    valid_until_at: Mapped[datetime | None] = mapped_column(Utc)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Utc)
    frames: Mapped[tuple[tuple[AreaId, SoundFrame], ...]] = mapped_column(
        Frozen(tuple[tuple[AreaId, SoundFrame], ...]), server_default="[]"
    )
    board: Mapped[BoardText | None] = mapped_column(Frozen(BoardText))
    ends_at: Mapped[datetime | None] = mapped_column(Utc, index=True)
    make_good: Mapped[tuple[MakeGoodRule, ...]] = mapped_column(Frozen(tuple[MakeGoodRule, ...]), server_default="[]")
    topic: Mapped[str] = mapped_column(String(80), server_default=sql("''"))
    origin: Mapped[str] = mapped_column(TITLE, server_default=sql("''"))
    relay: Mapped[Relayable | None] = mapped_column(Frozen(Relayable))
    relay_source_id: Mapped[RelaySourceId | None] = mapped_column(ID, index=True)


class TransmissionAreaRow(Base):
    """Index over ``targets.areas``: areas whose chain holds one of these may be reached."""

    __tablename__ = "transmission_areas"

    transmission_id: Mapped[TransmissionId] = mapped_column(ID, ForeignKey("transmissions.id"), primary_key=True)
    area_id: Mapped[AreaId] = mapped_column(AREA_ID, primary_key=True, index=True)


class DayPlanRow(Base):
    """Plan of an area's local date, with its reasons; ``sha256`` names the wire form in the content store."""

    __tablename__ = "day_plans"
    __table_args__ = (
        # In a row it lies behind the plan's text; few plans are unsent.
        Index("ix_day_plans_sent_at", "sent_at", "area_id", "on"),
    )

    area_id: Mapped[AreaId] = mapped_column(AREA_ID, ForeignKey("areas.id"), primary_key=True)
    on: Mapped[date] = mapped_column(primary_key=True)
    plan: Mapped[DayPlan] = mapped_column(Frozen(DayPlan))
    sha256: Mapped[str] = mapped_column(String(64))
    bytes: Mapped[int]
    version: Mapped[int]
    built_at: Mapped[datetime] = mapped_column(Utc)
    sent_at: Mapped[datetime | None] = mapped_column(Utc)


class BoardPlanRow(Base):
    """Plan of an area's boards; ``sha256`` names the wire form in the content store."""

    __tablename__ = "board_plans"

    area_id: Mapped[AreaId] = mapped_column(AREA_ID, ForeignKey("areas.id"), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64))
    bytes: Mapped[int]
    is_empty: Mapped[bool]
    built_at: Mapped[datetime] = mapped_column(Utc)
    sent_at: Mapped[datetime | None] = mapped_column(Utc)


class PlanItemRow(Base):
    """Line of a day plan, for queries; rewritten with its plan. ``placed`` false: see the plan's reasons.

    ``only_devices``: how many devices of the area hear it, where it is not all of them. ``is_unsigned``: it is not
    placed because its approval carries no digital signature.
    """

    __tablename__ = "plan_items"
    __table_args__ = (
        ForeignKeyConstraint(["area_id", "on"], ["day_plans.area_id", "day_plans.on"], name="fk_plan_items_day_plans"),
        Index("ix_plan_items_start_at_area_id", "start_at", "area_id"),
        Index("ix_plan_items_bulletin_id_start_at", "bulletin_id", "start_at"),
    )

    area_id: Mapped[AreaId] = mapped_column(AREA_ID, primary_key=True)
    on: Mapped[date] = mapped_column(primary_key=True)
    occurrence_id: Mapped[OccurrenceId] = mapped_column(OCCURRENCE_ID, primary_key=True, index=True)
    transmission_id: Mapped[TransmissionId] = mapped_column(ID)
    bulletin_id: Mapped[BulletinId] = mapped_column(ID)
    title: Mapped[str] = mapped_column(TITLE)
    start_at: Mapped[datetime] = mapped_column(Utc)
    end_at: Mapped[datetime] = mapped_column(Utc)
    placed: Mapped[bool]
    only_devices: Mapped[int | None]
    is_unsigned: Mapped[bool] = mapped_column(server_default=false())
