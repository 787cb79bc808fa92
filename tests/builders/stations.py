"""District station with programmes, through the real use cases, for tests of screens, API and gateway."""

from __future__ import annotations

import io
import itertools
import wave
from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Any

from broadcast.bulletins.model import Bulletin, Rendition, Sound, SoundState
from broadcast.relays.model import StreamForm
from broadcast.sessions.model import BroadcastSession
from broadcast.sessions.rules import order_id
from broadcast.stations.model import Offer, OfferId, Programme, ProgrammeId, Station, StationId
from broadcast.stations.rules import MASTER_RENDITION, MP3, WAV
from cms.sessions.repository import RunningOrders
from cms.stations.repository import Offers, Programmes, Stations
from cms.stations.service import feeds, offer_uptake, offers, programmes, register
from cms.stations.service.offers import OfferDraft, StreamDraft
from cms.stations.service.register import StationDraft
from province.areas import AreaId
from tests.builders import bulletins, sessions
from tests.console import COMMUNE, DISTRICT, PROVINCE, Console

SERIES = "Trang địa phương"
_DAYS = itertools.count()


def registered(console: Console, *, by: str = "editor", area_id: AreaId = DISTRICT, **more: Any) -> Station:
    """Register a station on 95.6 MHz, with a licence until the end of the year."""
    context = console.context
    fields: dict[str, Any] = {
        "name": "Đài Phan Thiết",
        "frequency_khz": 95_600,
        "power_w": 500,
        "site": "Đồi Dương",
        "licence_no": "GP 12/2024",
        "licence_until_on": date(2026, 12, 31),
    }
    return register.register(
        context.uow(),
        StationId(context.new_id()),
        draft=StationDraft(area_id, **{**fields, **more}),
        call=context.call(console.actor(by)),
    )


def approved(console: Console, title: str = "Phòng dịch", **more: Any) -> Bulletin:
    """Approve a bulletin, by default for the whole province, with a master as the worker makes it."""
    draft = bulletins.write(console, title, areas=more.pop("areas", (PROVINCE,)), **more)
    sha256 = console.context.content.put_bytes(bulletins.wav(0.3) + title.encode())
    master = Rendition(MASTER_RENDITION, sha256, 5_000, bulletins.LENGTH_MS, "audio/flac")
    ready = bulletins.make_sound(console, draft, others=[master])
    return bulletins.again(console, bulletins.approve(console, bulletins.submit(console, ready)))


def approved_in(console: Console, session: BroadcastSession, on: date, title: str) -> Bulletin:
    """Approve a bulletin for a broadcast session of that date, in the session's area, with a master."""
    draft = bulletins.write(console, title, areas=(session.area_id,), starts="")
    sha256 = console.context.content.put_bytes(bulletins.wav(0.3) + title.encode())
    master = Rendition(MASTER_RENDITION, sha256, 5_000, bulletins.LENGTH_MS, "audio/flac")
    named = sessions.put(console, bulletins.make_sound(console, draft, others=[master]), session, on)
    return bulletins.again(console, bulletins.approve(console, bulletins.submit(console, named)))


def stored(console: Console, bulletin: Bulletin) -> Programme:
    with console.context.uow() as uow:
        return uow[Programmes].get(ProgrammeId(bulletin.id))


def made(console: Console, bulletin: Bulletin, content: bytes = b"") -> Programme:
    """Finish the programme as the worker would: both files in the store, each with the bytes of ``content``."""
    context, programme = console.context, stored(console, bulletin)
    data = content or bulletins.wav(0.5)
    sha256 = context.content.put_bytes(data)
    files = [
        Rendition(WAV, sha256, len(data), bulletins.LENGTH_MS, "audio/wav"),
        Rendition(MP3, sha256, len(data), bulletins.LENGTH_MS, "audio/mpeg"),
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


def wave24(seconds: float = 0.5, channels: int = 1, sample: bytes = b"\x01\x02\x03") -> bytes:
    """Return a WAV in the form of a programme: 24 bits at 48 kHz."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(3)
        file.setframerate(48_000)
        file.writeframes(sample * round(seconds * 48_000) * channels)
    return out.getvalue()


def session_day(console: Console) -> tuple[BroadcastSession, date]:
    """Return a session of the province and a date of it, with one item whose files are made; the same each time."""
    session, on = sessions.afternoon(console, area_id=PROVINCE, clock=time(13)), sessions.day_ahead(console)
    with console.context.uow() as uow:
        known = uow[RunningOrders].find(order_id(session.id, on))
    if known is not None and known.items:
        return session, on
    made(console, approved_in(console, session, on, "Tin của buổi"), wave24())
    return session, on


def programme(console: Console, title: str = "Phòng dịch", content: bytes = b"", **more: Any) -> Programme:
    """Approve a bulletin, and make its programme."""
    return made(console, approved(console, title, **more), content)


def offered(
    console: Console, station: Station, title: str = "Trang địa phương số 1", *, is_made: bool = True, **more: Any
) -> Offer:
    """Make an offer as the station's own people; it is on the shelf where it is made."""
    context = console.context
    sha256 = context.content.put_bytes(bulletins.wav(0.4) + title.encode())
    offer = offers.offer(
        context.uow(),
        OfferId(context.new_id()),
        station_id=station.id,
        draft=OfferDraft(**{"series": SERIES, "title": title, "original_sha256": sha256, **more}),
        call=context.call(console.actor("station")),
    )
    if not is_made:
        return offer
    renditions = tuple(
        Rendition(kind, sha256, 9_000, bulletins.LENGTH_MS, media_type)
        for kind, media_type in (("device-opus", "audio/ogg"), ("browser-mp3", "audio/mpeg"))
    )
    sound = Sound(SoundState.READY, f"audio:{sha256}", "", renditions, -16.0, -1.2)
    offers.finish(context.uow(), offer.id, sound=sound, now=context.now(), new_id=context.new_id)
    with context.uow() as uow:
        return uow[Offers].get(offer.id)


def offered_stream(console: Console, station: Station, title: str = "Thời sự 17 giờ", **more: Any) -> Offer:
    """Offer a stream of thirty minutes, which waits until its source is approved."""
    stream = StreamDraft(StreamForm.STREAM, ("https://stream.example/phan-thiet.mp3",), 30 * 60_000)
    return offered(console, station, title, **{"stream": stream, **more})


def subjects(console: Console, path: str) -> dict[str, str]:
    """Return the ids, by name, of the subjects in this path of a station's route; the station is made once."""
    with console.context.uow() as uow:
        known = [each for each in uow[Stations].all() if each.area_id == DISTRICT]
    found = known[0] if known else registered(console)
    on = f"{date(2029, 1, 1) + timedelta(days=next(_DAYS))}"
    makers: dict[str, Callable[[], str]] = {
        "station": lambda: found.id,
        "programme": lambda: programme(console, starts=f"{on}T06:00", areas=(DISTRICT,)).id,
        "session_day": lambda: "/".join(map(str, (session_day(console)[0].id, sessions.day_ahead(console)))),
        "offer": lambda: offered(console, found, "Số lẻ", series="Số lẻ").id,
        "station_feed": lambda: feeds.renew(
            console.context.uow, found.id, call=console.context.call(console.actor("station"), console.clock())
        ),
        "order": lambda: (
            offer_uptake.order(
                console.context.uow(),
                area_id=COMMUNE,
                station_id=found.id,
                series=f"Chuyên mục {next(_DAYS)}",
                call=console.context.call(console.actor("operator"), console.clock()),
            ).id
        ),
    }
    return {name: make() for name, make in makers.items() if f"{{{name}}}" in path}


def sent(console: Console, endpoint: str) -> dict[str, object]:
    """Return the extra request data of this route, beside the matrix's body."""
    match endpoint:
        case "web.make_offer":
            return {"recording": (io.BytesIO(bulletins.wav()), "so.wav")}
        case "web.send_log":
            return {"log": (io.BytesIO(b"cut_id,at\n"), "log.csv")}
        case "web.order_series":
            station = subjects(console, "{station}")["station"]
            return {"series": f"{station}:{SERIES}"}
        case "v1.make_offer":
            sha256 = console.context.content.put_bytes(bulletins.wav())
            return {"series": SERIES, "title": "Số mới", "original_sha256": sha256}
        case "v1.order_series":
            return {"station_id": subjects(console, "{station}")["station"]}
        case _:
            return {}
