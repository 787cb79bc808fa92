"""Bulletins in every state, brought there through the real use cases, for tests of screens and API."""

from __future__ import annotations

import io
import math
import wave
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from broadcast.bulletins.deliveries import AsRun, Delivery, DeliveryState
from broadcast.bulletins.model import Bulletin, BulletinId, Rendition, Sound, SoundState, Targets, VoicedText
from broadcast.bulletins.official_papers import OfficialPaper
from broadcast.bulletins.priority import PriorityClass
from broadcast.bulletins.schedules import Schedule
from broadcast.relays.model import RelayOrder
from broadcast.scheduling.area_rules import Exemption
from broadcast.scheduling.closed_days import DateSet
from broadcast.scheduling.recurrence import WEEKDAYS
from broadcast.scheduling.rescheduling import MoveEdit
from broadcast.scheduling.slots import Slot
from broadcast.speech.phrase_bank import PhraseRecording
from broadcast.speech.readings import DictionaryEntry, Saying
from cms.bulletins.model import BulletinPaper
from cms.bulletins.repository.bulletins import Bulletins, Plans, Transmissions
from cms.bulletins.repository.papers import BulletinPapers
from cms.bulletins.service import drafts, review, sound
from cms.bulletins.service.remarks import NoteDraft
from cms.bulletins.service.revisions import Draft, redraft
from cms.fleet.repository.devices import Devices
from cms.schedule.queries.airings import Airing, airings_of
from cms.schedule.repository.deliveries import Deliveries
from cms.schedule.service import calendar, rescheduling, slots
from cms.schedule.service.planning import replan
from cms.schedule.service.slots import SlotDraft
from cms.speech.repository import Pronunciations
from cms.speech.service import dictionary, phrase_recordings
from devices.model import Device
from media import picture
from province.areas import AreaId
from tests.console import COMMUNE, Console, device

LENGTH_MS = 12_000
TEXT = "Kính mời bà con đi tiêm vắc-xin phòng dại cho chó mèo tại nhà văn hóa khu phố 2, từ 7 giờ đến 11 giờ."


def wav(seconds: float = 0.8) -> bytes:
    """Return a short real WAV file: a tone with silence before and after, as a person speaks in a quiet room."""
    out, edge = io.BytesIO(), int(1000 * seconds)
    tone = (round(9000 * math.sin(2 * math.pi * 440 * at / 8000)) for at in range(int(8000 * seconds) - 2 * edge))
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        silence = b"\0\0" * edge
        file.writeframes(silence + b"".join(value.to_bytes(2, "little", signed=True) for value in tone) + silence)
    return out.getvalue()


def write(
    console: Console,
    title: str = "Tiêm phòng dại",
    *,
    by: str = "editor",
    areas: tuple[AreaId, ...] = (COMMUNE,),
    starts: str = "2026-11-24T17:00",
    text: str = TEXT,
    rrule: str = "",
    priority: str = "normal",
    not_on: tuple[str, ...] = (),
    is_handed_down: bool = False,
    relay: RelayOrder | None = None,
) -> Bulletin:
    """Create a draft whose sound is being made."""
    context = console.context
    schedules = (Schedule("1", datetime.fromisoformat(starts), rrule, not_on=not_on),) if starts else ()
    draft = Draft(
        title=title,
        text=text,
        topic="health",
        priority=PriorityClass(priority),
        targets=Targets(areas),
        schedules=schedules,
        is_handed_down=is_handed_down,
        relay=relay,
    )
    return drafts.create(context.uow(), draft=draft, call=context.call(console.actor(by)))


def teach(
    console: Console, written: str = "Mũi Né", spoken: str = "Mũi Né lặng gió", *, area_id: AreaId = COMMUNE
) -> DictionaryEntry:
    """Teach the dictionary a word, replacing the one it had."""
    context, by = console.context, console.actor("editor")
    with context.uow() as uow:
        old = uow[Pronunciations].of_area(area_id, written)
    if old is not None:
        dictionary.forget(context.uow(), old.id, call=context.call(by))
    return dictionary.teach(context.uow(), area_id=area_id, saying=Saying(written, spoken), call=context.call(by))


def record_phrase(console: Console, text: str = "Cảnh báo bão tại", *, area_id: AreaId = COMMUNE) -> PhraseRecording:
    """Send a recording of a phrase, not checked yet."""
    context = console.context
    return phrase_recordings.record_phrase(
        context.uow(),
        area_id=area_id,
        language="vi",
        text=text,
        sha256=context.content.put_bytes(text.encode()),
        call=context.call(console.actor("editor")),
    )


def take_phrase(console: Console, text: str, *, area_id: AreaId = COMMUNE) -> PhraseRecording:
    """Record a phrase and accept it, as the worker does."""
    sent, context = record_phrase(console, text, area_id=area_id), console.context
    phrase_recordings.take(
        context.uow(), sent.id, sha256=sent.candidate_sha256, level_lufs=-23.0, floor_dbfs=-60.0, now=context.now()
    )
    return sent


def name_dates(
    console: Console, *dates: str, name: str = "Lễ hội Nghinh Ông", area_id: AreaId = COMMUNE, by: str = "editor"
) -> DateSet:
    """Create a set of dates of an area."""
    context = console.context
    return calendar.put_date_set(
        context.uow(),
        area_id=area_id,
        name=name,
        dates=[date.fromisoformat(day) for day in dates or ("2026-11-26",)],
        call=context.call(console.actor(by)),
    )


def make_sound(
    console: Console,
    bulletin: Bulletin,
    said: Sequence[VoicedText] = (),
    *,
    drawn: bytes = b"",
    length_ms: int = LENGTH_MS,
    others: Sequence[Rendition] = (),
) -> Bulletin:
    """Finish the bulletin's sound as the worker would: renditions in the store, figures of a levelled programme."""
    context = console.context
    sha256 = context.content.put_bytes(wav())
    renditions = [
        Rendition("device-opus", sha256, 48_000, length_ms, "audio/ogg"),
        Rendition("browser-mp3", sha256, 96_000, length_ms, "audio/mpeg"),
        *others,
    ]
    if drawn:
        renditions.append(
            Rendition(picture.KIND, context.content.put_bytes(drawn), len(drawn), LENGTH_MS, picture.MEDIA_TYPE)
        )
    if bulletin.original_sha256:
        renditions.append(Rendition(picture.OUTLINE, sha256, 900, length_ms - 500, picture.MEDIA_TYPE))
    sound.finish(
        context.uow(),
        bulletin.id,
        Sound(
            SoundState.READY,
            made_from=bulletin.sound_input,
            job_id=bulletin.sound.job_id,
            renditions=tuple(renditions),
            loudness_lufs=-16.0,
            true_peak_dbtp=-1.3,
            said=tuple(said),
        ),
        now=context.now(),
    )
    return again(console, bulletin)


def submit(console: Console, bulletin: Bulletin, *, by: str = "editor") -> Bulletin:
    context = console.context
    return review.submit(
        context.uow(), bulletin.id, expected_version=bulletin.version, call=context.call(console.actor(by))
    )


def approve(console: Console, bulletin: Bulletin, *, by: str = "approver") -> Bulletin:
    context = console.context
    return review.approve(
        context.uow(), bulletin.id, expected_version=bulletin.version, call=context.call(console.actor(by))
    )


def edit(console: Console, bulletin: Bulletin, *, by: str = "editor", **changes: object) -> Bulletin:
    """Save the bulletin with some fields changed; without any, with another text."""
    context, now = console.context, again(console, bulletin)
    return drafts.edit(
        context.uow(),
        now.id,
        draft=replace(redraft(now), **(changes or {"text": f"{now.text} Xin cảm ơn."})),  # type: ignore[arg-type]
        expected_version=now.version,
        call=context.call(console.actor(by)),
    )


def delete(console: Console, bulletin: Bulletin, *, by: str = "editor") -> Bulletin:
    call = console.context.call(console.actor(by))
    return drafts.delete(console.context.uow(), bulletin.id, expected_version=bulletin.version, call=call)


def send_back(console: Console, bulletin: Bulletin, *notes: NoteDraft, by: str = "approver") -> Bulletin:
    context = console.context
    return review.return_(
        context.uow(),
        bulletin.id,
        reason="" if notes else "Xem lại",
        expected_version=bulletin.version,
        call=context.call(console.actor(by)),
        notes=notes,
    )


def reject(console: Console, bulletin: Bulletin, reason: str, *, by: str = "approver") -> Bulletin:
    context = console.context
    return review.reject(
        context.uow(),
        bulletin.id,
        reason=reason,
        expected_version=bulletin.version,
        call=context.call(console.actor(by)),
    )


def delegate(console: Console, *, to: str = "operator", by: str = "approver", last_on: str = "2026-12-31") -> Slot:
    """Delegate every weekday from 17:00 to 18:00 in Mũi Né, for normal bulletins."""
    context, holder = console.context, console.actor(to)
    return slots.grant(
        context.uow(),
        draft=SlotDraft(
            *(holder.user_id, holder.name, COMMUNE, WEEKDAYS[:5], time(17), time(18), (PriorityClass.NORMAL,)),
            date.fromisoformat(last_on),
        ),
        call=context.call(console.actor(by)),
    )


def reschedule(console: Console, bulletin: Bulletin, edit: MoveEdit | None = None, *, by: str = "editor") -> Bulletin:
    """Reschedule a bulletin or, once approved, propose the change; the default edit asks for the higher class."""
    context = console.context
    return rescheduling.reschedule(
        context.uow(),
        bulletin.id,
        edit=edit or MoveEdit(raise_class=True),
        expected_version=bulletin.version,
        call=context.call(console.actor(by)),
    )


def ask_exemption(console: Console, on: date | None = None, *, by: str = "operator") -> Exemption:
    """Ask for a date without quota in the ward, which waits for a second person."""
    context = console.context
    return calendar.ask_exemption(
        context.uow(),
        area_id=COMMUNE,
        on=on or (context.now() + timedelta(days=2)).date(),
        reason="Lễ hội",
        call=context.call(console.actor(by)),
    )


def plan(console: Console, *areas: AreaId, is_sent: bool = True) -> None:
    """Plan as the gateway would: store the plans and, when the manifest is out, mark them sent."""
    context = console.context
    first_on = (context.now() + timedelta(hours=7)).date()
    for area_id in areas or (COMMUNE,):
        replan(context.uow(), context.content, area_id, first_on=first_on, days=14, now=context.now())
        if not is_sent:
            continue
        with context.uow() as uow:
            stored = uow[Plans].of_area(area_id, first_on, first_on + timedelta(days=14))
            uow[Plans].mark_sent(area_id, [(each.plan.on, each.sha256) for each in stored], context.now())
            uow.commit()


def on_the_way(console: Console, title: str = "Tiêm phòng dại", **more: object) -> Bulletin:
    """Return a bulletin with sound that is submitted, approved and planned."""
    ready = make_sound(console, write(console, title, **more))  # type: ignore[arg-type]
    approved = approve(console, submit(console, ready))
    plan(console)
    return again(console, approved)


def again(console: Console, bulletin: Bulletin) -> Bulletin:
    with console.context.uow() as uow:
        return uow[Bulletins].get(bulletin.id)


def airings(console: Console, bulletin: Bulletin) -> list[Airing]:
    with console.context.uow() as uow:
        return list(airings_of(uow.session, bulletin.id))


def devices(console: Console, area_id: AreaId = COMMUNE) -> list[Device]:
    with console.context.uow() as uow:
        return list(uow[Devices].in_area(area_id))


def report(console: Console, airing: Airing, by: Device, state: DeliveryState, reason: str = "", **more: Any) -> None:
    """Store the device's report and, for an end, its as-run record, 4 ms late."""
    context = console.context
    with context.uow() as uow:
        transmission = uow[Transmissions].of_bulletin(airing.bulletin_id)[-1]
        uow[Deliveries].advance(
            [Delivery(by.id, by.name, airing.occurrence_id, transmission.id, state, context.now(), reason)]
        )
        if state in {DeliveryState.DONE, DeliveryState.CUT, DeliveryState.MISSED}:
            heard = state is not DeliveryState.MISSED
            started = airing.start_at + timedelta(milliseconds=4)
            uow[Deliveries].record(
                [
                    AsRun(
                        device_id=by.id,
                        device_name=by.name,
                        record_id=f"r-{airing.occurrence_id}",
                        occurrence_id=airing.occurrence_id,
                        transmission_id=transmission.id,
                        title=airing.title,
                        sha256="a" * 64,
                        planned_at=airing.start_at,
                        started_at=started if heard else None,
                        ended_at=airing.end_at if heard else None,
                        result=state.value,
                        reason=reason,
                        volume_pct=80,
                        received_at=context.now(),
                        area_id=by.area_id,
                        **more,
                    )
                ]
            )
        uow.commit()


def stored(console: Console, bulletin_id: str) -> Bulletin:
    with console.context.uow() as uow:
        return uow[Bulletins].get(BulletinId(bulletin_id))


def more_devices(console: Console, count: int, area_id: AreaId = COMMUNE) -> None:
    with console.context.uow() as uow:
        for number in range(100, 100 + count):
            uow[Devices].add(device(number, area_id))
        uow.commit()


def twice_a_day(console: Console, bulletin: Bulletin) -> Bulletin:
    """Add a second airing four hours after each of the bulletin's airings."""
    first = bulletin.schedules[0]
    context = console.context
    later = replace(first, id="2", starts=first.starts + timedelta(hours=4))
    return drafts.edit(
        context.uow(),
        bulletin.id,
        draft=Draft(title=bulletin.title, text=bulletin.text, targets=bulletin.targets, schedules=(first, later)),
        expected_version=bulletin.version,
        call=context.call(console.actor("editor")),
    )


def from_paper(console: Console) -> Bulletin:
    """Write a draft that was made from an official paper."""
    context, draft = console.context, write(console, starts="")
    paper = OfficialPaper(
        "45/TB-UBND", date(2026, 11, 28), "UBND phường", "45.pdf", context.content.put_bytes(b"%PDF-")
    )
    with context.uow() as uow:
        uow[BulletinPapers].put(BulletinPaper(draft.id, paper))
        uow.commit()
    return draft


def translated(console: Console, source: Bulletin | None = None) -> Bulletin:
    """Write the version in English of a bulletin, or of a new draft."""
    context, source = console.context, source or write(console, starts="")
    spoken = replace(redraft(source), original_sha256="", original_name="", transcript="", schedules=())
    draft = replace(spoken, language="en", title="Rabies vaccination", text="Bring your dogs.")
    call = context.call(console.actor("editor"))
    return drafts.create(context.uow(), draft=draft, call=call, version_of=source.id)
