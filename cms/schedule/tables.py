"""Tables of the schedule: calendar feeds and sets of dates, proof of play, and missed airings."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from broadcast.bulletins.deliveries import AsRun, Delivery, DeliveryState
from broadcast.bulletins.make_good_rules import MakeGoodRule
from broadcast.bulletins.model import BulletinId
from broadcast.bulletins.priority import PriorityClass
from broadcast.bulletins.transmissions import OccurrenceId, TransmissionId
from broadcast.relays.model import RelayRun
from broadcast.scheduling.closed_days import DateSet, DateSetId
from broadcast.scheduling.make_good import Left, Missed, Remedy
from cms.bulletins.tables.bulletins import OCCURRENCE_ID
from cms.platform.store.columns import Base
from devices.model import DeviceId
from province.areas import AreaId
from province.people import UserId


class DateSetRow(Base, table="date_sets", value=DateSet):
    """Set of dates, one for each area and name."""

    __table_args__ = (UniqueConstraint("area_id", "name"),)

    id: Mapped[DateSetId] = mapped_column(primary_key=True)
    area_id: Mapped[AreaId] = mapped_column(ForeignKey("areas.id"))
    name: Mapped[str] = mapped_column(String(80))


class CalendarFeedRow(Base, table="calendar_feeds"):
    """Calendar feed. ``secret_hash`` is SHA-256 of the secret in its address."""

    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[UserId] = mapped_column(ForeignKey("users.id"), index=True)
    area_id: Mapped[AreaId] = mapped_column(ForeignKey("areas.id"))
    secret_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]


class DeliveryRow(Base, table="deliveries", value=Delivery):
    """Delivery state: the highest rung a device has reported for an occurrence. ``rank`` orders the rungs.

    Once it has aired there is a row for each device it was meant for, in the area where the device stood.
    """

    __table_args__ = (
        # Counts of a day's rungs are answered from this index alone: each is one stretch of it.
        Index("ix_deliveries_by_state", "occurrence_id", "state", "area_id", "device_id"),
    )

    occurrence_id: Mapped[OccurrenceId] = mapped_column(OCCURRENCE_ID, primary_key=True)
    device_id: Mapped[DeviceId] = mapped_column(primary_key=True, index=True)
    device_name: Mapped[str]
    transmission_id: Mapped[TransmissionId]
    state: Mapped[DeliveryState]
    rank: Mapped[int]
    changed_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(40))
    area_id: Mapped[AreaId] = mapped_column(server_default=text("''"))


class AiredAudienceRow(Base, table="aired_audiences"):
    """Number of an area's loudspeakers that an airing was meant for when it began: devices come, go and move later.

    ``listed``: each of them has its row in ``deliveries``; false for airings before this table existed.
    ``counted_at``: when the loudspeakers there were counted by what they reported, none of which came later; the counts
    are None before that, and where one has reported from elsewhere.
    """

    __table_args__ = (
        # Few, those of the last hour: a job looks for them.
        Index(
            "ix_aired_audiences_uncounted",
            "frozen_at",
            sqlite_where=text("counted_at IS NULL"),
            postgresql_where=text("counted_at IS NULL"),
        ),
    )

    occurrence_id: Mapped[OccurrenceId] = mapped_column(OCCURRENCE_ID, primary_key=True)
    area_id: Mapped[AreaId] = mapped_column(primary_key=True)
    devices: Mapped[int]
    frozen_at: Mapped[datetime]
    listed: Mapped[bool]
    counted_at: Mapped[datetime | None]
    received: Mapped[int | None]
    ready: Mapped[int | None]
    started: Mapped[int | None]
    done: Mapped[int | None]
    cut: Mapped[int | None]
    missed: Mapped[int | None]


class AsRunRow(Base, table="as_runs", value=AsRun):
    """As-run record of one sounding, counted once: the device's record id is never used again on that device."""

    __table_args__ = (
        Index("ix_as_runs_device_id_planned_at", "device_id", "planned_at"),
        # A page of an airing shows the records of a hundred devices, of twelve thousand.
        Index("ix_as_runs_occurrence_id_device_id", "occurrence_id", "device_id"),
        # The count of a day by result is answered from this index alone: it is asked for every few seconds.
        Index("ix_as_runs_planned_at_result", "planned_at", "result"),
    )

    device_id: Mapped[DeviceId] = mapped_column(primary_key=True)
    record_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    occurrence_id: Mapped[OccurrenceId] = mapped_column(OCCURRENCE_ID)
    transmission_id: Mapped[TransmissionId]
    title: Mapped[str]
    planned_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    result: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(40))
    received_at: Mapped[datetime]
    volume_pct: Mapped[int]
    area_id: Mapped[AreaId] = mapped_column(server_default=text("''"))
    area_name: Mapped[str] = mapped_column(server_default=text("''"))
    relayed: Mapped[RelayRun | None]
    round: Mapped[int] = mapped_column(server_default="0")


class AsRunSealRow(Base, table="as_run_seals"):
    """Link of the hash chain over the as-run log: the ``seq``-th record, and the hash of all up to it."""

    __table_args__ = (UniqueConstraint("device_id", "record_id"),)

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    device_id: Mapped[DeviceId]
    record_id: Mapped[str] = mapped_column(String(80))
    hash: Mapped[str]


class MakeGoodRuleRow(Base, table="make_good_rules", value=MakeGoodRule):
    """Rule of one area; areas below without a row for the class follow it."""

    area_id: Mapped[AreaId] = mapped_column(ForeignKey("areas.id"), primary_key=True)
    priority: Mapped[PriorityClass] = mapped_column(primary_key=True)


class MissedRow(Base, table="missed_airings", value=Missed):
    """Missed airing, as the device reported it.

    ``area_id`` is where it stood when it reported; names are frozen copies.
    """

    __table_args__ = (
        Index("ix_missed_airings_device_id_remedy", "device_id", "remedy"),
        Index("ix_missed_airings_missed_at_remedy", "missed_at", "remedy"),
    )

    occurrence_id: Mapped[OccurrenceId] = mapped_column(OCCURRENCE_ID, primary_key=True)
    device_id: Mapped[DeviceId] = mapped_column(primary_key=True)
    area_id: Mapped[AreaId]
    transmission_id: Mapped[TransmissionId] = mapped_column(index=True)
    bulletin_id: Mapped[BulletinId]
    title: Mapped[str]
    missed_at: Mapped[datetime]
    result: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(40))
    remedy: Mapped[Remedy]
    item_id: Mapped[OccurrenceId] = mapped_column(OCCURRENCE_ID, index=True)
    not_after_at: Mapped[datetime]
    left_because: Mapped[Left | None]
