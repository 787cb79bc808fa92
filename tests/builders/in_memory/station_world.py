"""District station in the small province, and its exchange with the communes."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from broadcast.bulletins.model import Bulletin, BulletinId, Rendition, Sound, SoundState, Targets
from broadcast.bulletins.transmissions import TransmissionId
from broadcast.stations.model import (
    Offer,
    OfferId,
    Programme,
    ProgrammeId,
    ProgrammeProgress,
    ProgrammeReceipt,
    Station,
    StationId,
)
from broadcast.stations.rules import MASTER_RENDITION, MP3, WAV
from cms.stations.service import offers, programmes
from cms.stations.service import register as station_register
from cms.stations.service.offers import OfferDraft
from cms.stations.service.register import StationDraft
from province.people import Actor, UserId
from tests.builders.in_memory.bulletin_world import World
from tests.fakes.programme import AUTHOR, NORTH, NOW, PROVINCE, SOUND

MASTER = Rendition(MASTER_RENDITION, "c" * 64, 900_000, 120_000, "audio/flac")
FILES = (
    Rendition(WAV, "d" * 64, 17_000_000, 118_000, "audio/wav"),
    Rendition(MP3, "e" * 64, 4_700_000, 118_000, "audio/mpeg"),
)
STATION = Station(
    id=StationId("s-n"),
    area_id=NORTH,
    name="Đài Bắc",
    changed_at=NOW,
    changed_by=AUTHOR.user_id,
    changed_by_name=AUTHOR.name,
    frequency_khz=95_600,
    power_w=500,
    site="Đồi Dương",
    licence_no="GP 12/2024",
    licence_until_on=date(2026, 12, 31),
)
PROGRAMME = Programme(
    id=ProgrammeId("b-t1"),
    bulletin_id=BulletinId("b-t1"),
    transmission_id=TransmissionId("t1"),
    targets=Targets((PROVINCE,)),
    title="Lịch tiêm chủng",
    text="Trạm y tế tiêm chủng sáng thứ hai.",
    crawl="Lịch tiêm chủng. Trạm y tế tiêm chủng sáng thứ hai.",
    topic="y-te",
    origin="Sở Y tế",
    language="vi",
    master_sha256=MASTER.sha256,
    skip_ms=2_500,
    approved_by_name="Trần Văn Bình",
    approved_at=NOW,
    start_at=NOW + timedelta(hours=9),
    end_at=NOW + timedelta(hours=16),
    kill_at=NOW + timedelta(days=8),
    changed_at=NOW,
    sound=Sound(SoundState.READY, "made", "", FILES, -23.0, -7.5),
)
OFFER = Offer(
    id=OfferId("o1"),
    station_id=STATION.id,
    station_name=STATION.name,
    series="Trang địa phương",
    title="Số 1",
    text="",
    topic="",
    original_sha256="f" * 64,
    original_name="so1.wav",
    offered_at=NOW,
    offered_by=AUTHOR.user_id,
    offered_by_name=AUTHOR.name,
)
PRODUCER = Actor(UserId("u-producer"), "Lê Thị Hoa", ())


def receipt(rung: ProgrammeProgress = ProgrammeProgress.AIRED, at: datetime = NOW, **more: Any) -> ProgrammeReceipt:
    return ProgrammeReceipt(STATION.id, PROGRAMME.id, rung, at, NOW, AUTHOR.name, **more)


class Airwaves(World):
    """World with the station's actions."""

    def register(self, station_id: str = "s-n", **more: Any) -> Station:
        fields: dict[str, Any] = {"area_id": NORTH, "name": "Đài Bắc", "frequency_khz": 95_600, "power_w": 500}
        return station_register.register(
            self.store(), StationId(station_id), draft=StationDraft(**{**fields, **more}), call=self.call(AUTHOR, NOW)
        )

    def aired(self, **more: Any) -> Bulletin:
        """Approve a bulletin, with a master."""
        return self.approve(self.submit(self.sound(self.draft(**more), SOUND, MASTER, chime_ms=2_500)))

    def programme(self, bulletin: Bulletin) -> Programme:
        return self.store.one(Programme, id=ProgrammeId(bulletin.id))

    def finish(self, programme: Programme, made_from: str = "") -> bool:
        return programmes.finish(
            self.store(),
            programme.id,
            made_from=made_from or programme.sound.made_from,
            renditions=FILES,
            loudness_lufs=-23.0,
            true_peak_dbtp=-7.5,
            now=NOW,
        )

    def offer(self, offer_id: str = "o1", *, by: Actor = PRODUCER, **more: Any) -> Offer:
        fields: dict[str, Any] = {"series": "Trang  địa phương", "title": " Số 1 ", "original_sha256": "f" * 64}
        return offers.offer(
            self.store(),
            OfferId(offer_id),
            station_id=STATION.id,
            draft=OfferDraft(**{**fields, **more}),
            call=self.call(by, NOW),
        )

    def make(self, offer: Offer, state: SoundState = SoundState.READY) -> bool:
        sound = Sound(state, f"audio:{offer.original_sha256}", "", (SOUND,), -16.0, -1.5)
        return offers.finish(self.store(), offer.id, sound=sound, now=NOW, new_id=self.new_id)
