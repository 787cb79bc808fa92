"""A district station with programmes, through the real use cases, for tests of screens, API and gateway."""

from __future__ import annotations

from datetime import date
from typing import Any

from broadcast.model.bulletins import Bulletin, Rendition, Sound, SoundState
from broadcast.model.stations import Offer, OfferId, Programme, ProgrammeId, Station, StationId
from broadcast.stations import MASTER_RENDITION, MP3, WAV
from broadcast.use_cases import offering, programmes, registering
from broadcast.use_cases.offering import OfferDraft
from broadcast.use_cases.registering import StationDraft
from devices.areas import AreaId
from tests import newsroom
from tests.console import DISTRICT, PROVINCE, Console

SERIES = "Trang địa phương"


def registered(console: Console, *, by: str = "editor", area_id: AreaId = DISTRICT, **more: Any) -> Station:
    """It transmits on 95.6 MHz, with a licence until the end of the year."""
    context = console.context
    fields: dict[str, Any] = {
        "name": "Đài Phan Thiết",
        "frequency_khz": 95_600,
        "power_w": 500,
        "site": "Đồi Dương",
        "licence_no": "GP 12/2024",
        "licence_until_on": date(2026, 12, 31),
    }
    return registering.register(
        context.uow(),
        StationId(context.new_id()),
        draft=StationDraft(area_id, **{**fields, **more}),
        actor=console.actor(by),
        authority=context.authority,
        now=context.now(),
    )


def approved(console: Console, title: str = "Phòng dịch", **more: Any) -> Bulletin:
    """For the whole province unless said otherwise, with a master as the worker makes it."""
    draft = newsroom.write(console, title, areas=more.pop("areas", (PROVINCE,)), **more)
    sha256 = console.context.content.put_bytes(newsroom.wav(0.3) + title.encode())
    master = Rendition(MASTER_RENDITION, sha256, 5_000, newsroom.LENGTH_MS, "audio/flac")
    ready = newsroom.make_sound(console, draft, others=[master])
    return newsroom.again(console, newsroom.approve(console, newsroom.submit(console, ready)))


def stored(console: Console, bulletin: Bulletin) -> Programme:
    with console.context.uow() as uow:
        return uow.programmes.get(ProgrammeId(bulletin.id))


def made(console: Console, bulletin: Bulletin, content: bytes = b"") -> Programme:
    """As the worker would end: both files in the store; ``content`` are the bytes of both."""
    context, programme = console.context, stored(console, bulletin)
    data = content or newsroom.wav(0.5)
    sha256 = context.content.put_bytes(data)
    files = [
        Rendition(WAV, sha256, len(data), newsroom.LENGTH_MS, "audio/wav"),
        Rendition(MP3, sha256, len(data), newsroom.LENGTH_MS, "audio/mpeg"),
    ]
    programmes.finish(
        context.uow(),
        programme.id,
        made_from=programme.sound.made_from,
        renditions=files,
        loudness_lufs=-23.0,
        true_peak_dbtp=-7.0,
        now=context.now(),
    )
    return stored(console, bulletin)


def programme(console: Console, title: str = "Phòng dịch", content: bytes = b"", **more: Any) -> Programme:
    """Approved and made."""
    return made(console, approved(console, title, **more), content)


def offered(
    console: Console, station: Station, title: str = "Trang địa phương số 1", *, is_made: bool = True, **more: Any
) -> Offer:
    """By the station's own people; on the shelf where it is made."""
    context = console.context
    sha256 = context.content.put_bytes(newsroom.wav(0.4) + title.encode())
    offer = offering.offer(
        context.uow(),
        OfferId(context.new_id()),
        station_id=station.id,
        draft=OfferDraft(**{"series": SERIES, "title": title, "original_sha256": sha256, **more}),
        actor=console.actor("station"),
        authority=context.authority,
        now=context.now(),
    )
    if not is_made:
        return offer
    renditions = tuple(
        Rendition(kind, sha256, 9_000, newsroom.LENGTH_MS, media_type)
        for kind, media_type in (("device-opus", "audio/ogg"), ("browser-mp3", "audio/mpeg"))
    )
    sound = Sound(SoundState.READY, f"audio:{sha256}", "", renditions, -16.0, -1.2)
    offering.finish(context.uow(), offer.id, sound=sound, now=context.now(), new_id=context.new_id)
    with context.uow() as uow:
        return uow.offers.get(offer.id)
