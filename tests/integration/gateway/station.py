"""Small province behind a gateway: real store and keys, its own clock, a link that keeps the sent messages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine
from ulid import ULID

from bench.signing import local_keyring
from broadcast.bulletins.model import After, Bulletin, BulletinId, BulletinStatus, Rendition, Targets
from broadcast.bulletins.priority import PriorityClass
from broadcast.bulletins.schedules import Schedule
from broadcast.bulletins.transmissions import DayPlan, OccurrenceId, Transmission, TransmissionId
from cms import bootstrap
from cms.alerts.messages.alerts import AlertMessages
from cms.areas.repository import Places
from cms.bulletins.repository.bulletins import Bulletins, Plans, Transmissions
from cms.bulletins.service.signature_check import FolderSignatureCheck
from cms.fleet.repository.devices import Devices
from cms.platform.context import Context
from cms.platform.gateway.messages import MessageBuilder
from cms.platform.process import disk
from cms.platform.settings import Settings
from cms.platform.store.engine import make_engine, reading
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.outbox import Outbox, OutboxMessage
from cms.platform.store.uow import make_uow_factory
from devices.model import Device, DeviceId, DeviceKind
from media.storage import FolderContentStore
from media.uploads import FolderUploads
from province.areas import Area, AreaId
from province.people import UserId
from province.policy import Policy
from tests.databases import new_sqlite
from tests.fakes.recording_link import RecordingLink
from tests.fakes.sound import FigureVoice

START = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)  # 09:00 in Vietnam, a Monday
TODAY = date(2026, 3, 2)
TINH, XA_1, XA_2 = AreaId("tinh"), AreaId("xa-1"), AreaId("xa-2")
LOA_1, LOA_2, LOA_3 = DeviceId("xa-1-l01"), DeviceId("xa-1-l02"), DeviceId("xa-2-l01")
TRANSMISSION = TransmissionId("01kdv0000000000000000000t1")
OCCURRENCE = OccurrenceId(f"{TRANSMISSION}-s1-202603021630")
SHA = "ab" * 32


@dataclass
class Station:
    context: Context
    link: RecordingLink
    letters: MessageBuilder
    alerts: AlertMessages
    clock: list[datetime] = field(default_factory=lambda: [START])

    @property
    def now(self) -> datetime:
        return self.clock[0]

    def pass_by(self, **length: float) -> None:
        self.clock[0] += timedelta(**length)

    def ask(self, kind: OutboxKind, subject_id: str, payload: dict[str, object] | None = None) -> None:
        with self.context.uow() as unit:
            unit.outbox.add(kind, subject_id, payload)
            unit.commit()

    def due(self) -> list[tuple[OutboxKind, str]]:
        return [(message.kind, message.subject_id) for message in self.messages()]

    def messages(self) -> list[OutboxMessage]:
        """Return all outbox rows that are not sent, those not due included."""
        with reading(self.context.engine) as session:
            return list(Outbox(session).take(self.now + timedelta(days=1)))

    def put_plan(self, area_id: AreaId, on: date, sha256: str = SHA) -> None:
        with self.context.uow() as unit:
            unit[Plans].put(DayPlan(area_id, on, (), ()), sha256, 99, self.now)
            unit.commit()


def make_station(
    home: Path, mqtt_port: int = 8883, clock: Callable[[], datetime] | None = None, url: str = ""
) -> tuple[Station, Engine]:
    """Make a station. ``clock``: its own where None; the real one where another process takes part.

    ``url``: an empty database to fill, in place of one on SQLite.
    """
    settings = Settings(home=home, mqtt_port=mqtt_port, plan_days=3)
    settings.root.mkdir(parents=True, exist_ok=True)
    engine = make_engine(url or new_sqlite(home / "loa.db"))
    hands = [START]
    now = clock or (lambda: hands[0])

    units = make_uow_factory(engine)
    units.now = now
    content = FolderContentStore(settings.content_dir)
    context = Context(
        settings=settings,
        engine=engine,
        uow=units,
        content=content,
        uploads=FolderUploads(settings.uploads_dir, content),
        check=bootstrap.recording_check_of(settings),
        disk=disk.meter_of(settings),
        voices=FigureVoice(),
        authority=Policy(),
        signatures=FolderSignatureCheck(None, b""),
        keyring=local_keyring(settings, START),
        now=now,
        new_id=lambda: str(ULID()).lower(),
    )
    with units() as unit:
        unit[Places].add(
            [
                Area(TINH, "Tỉnh", "province", None, date(2000, 1, 1)),
                Area(XA_1, "Xã Một", "commune", TINH, date(2000, 1, 1)),
                Area(XA_2, "Xã Hai", "commune", TINH, date(2000, 1, 1)),
            ]
        )
        for device_id, area_id in ((LOA_1, XA_1), (LOA_2, XA_1), (LOA_3, XA_2)):
            unit[Devices].add(
                Device(device_id, f"sn-{device_id}", f"Cụm {device_id}", DeviceKind.CLUSTER, area_id, START)
            )
        unit.commit()
    letters = MessageBuilder(context.keyring, settings.effective_public_url)
    return Station(context, RecordingLink(), letters, AlertMessages(context.keyring), hands), engine


def approved(station: Station, rrule: str = "", status: BulletinStatus = BulletinStatus.SCHEDULED) -> Transmission:
    """Store a bulletin approved for the province, at 16:30 local time today."""
    schedule = Schedule("s1", datetime(2026, 3, 2, 16, 30), rrule)  # noqa: DTZ001 - wall time
    targets = Targets((TINH,))
    bulletin = Bulletin(
        id=BulletinId("b1"),
        title="Lịch tiêm chủng",
        text="Ngày mai, trạm y tế tiêm chủng.",
        topic="y-te",
        priority=PriorityClass.NORMAL,
        language="vi",
        targets=targets,
        author_id=UserId("u1"),
        author_name="Nguyễn Thị A",
        created_at=START,
        changed_at=START,
        schedules=(schedule,),
    )
    transmission = Transmission(
        id=TRANSMISSION,
        bulletin_id=bulletin.id,
        bulletin_version=1,
        title=bulletin.title,
        priority=PriorityClass.NORMAL,
        prio=4,
        targets=targets,
        schedules=(schedule,),
        rendition=Rendition("device-opus", SHA, 40_000, 60_000, "audio/ogg"),
        after=After.DROP,
        submitted_by=UserId("u1"),
        submitted_by_name="Nguyễn Thị A",
        approved_by=UserId("u2"),
        approved_by_name="Trần Văn B",
        approved_at=START,
    )
    with station.context.uow() as unit:
        unit[Bulletins].add(replace(bulletin, status=status))
        unit[Transmissions].add(transmission)
        unit.commit()
    return transmission
