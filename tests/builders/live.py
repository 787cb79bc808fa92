"""Live address by the ward's official: builders for tests of screens and rights."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta

from broadcast.bulletins.model import Rendition, Sound, SoundState
from broadcast.live.model import LiveEnd, LiveId, LiveRecording, LiveSession
from broadcast.scheduling.area_rules import AreaRules
from cms.areas.repository import Places
from cms.live.repository import LiveSessions
from cms.live.service import addresses, held_addresses
from cms.live.service import pipe as live_pipe
from cms.live.service.pipe import LiveInlet, UnsealedFrame
from cms.platform.store.engine import reading
from media import opus
from province.areas import AreaId
from tests.console import COMMUNE, Console

SILENCE = (opus.SILENCE_20_MS,) * 5
"""Frame of silence."""


def prepare(console: Console, *, by: str = "operator", area: AreaId = COMMUNE) -> LiveSession:
    """Prepare the only live address of the ward, after ending the others."""
    end_all(console)
    context = console.context
    return addresses.prepare(
        context.uow(),
        LiveId(context.new_id()),
        areas=[area],
        topic="Nhắc nộp thuế",
        longest=timedelta(minutes=10),
        call=context.call(replace(console.actor(by), second_factor_at=context.now())),
    )


def held(console: Console, *, by: str = "operator", area: AreaId = COMMUNE) -> LiveSession:
    """Hold an address that is to be recorded first; it has no recording yet."""
    context = console.context
    return held_addresses.hold(
        context.uow(),
        LiveId(context.new_id()),
        areas=[area],
        topic="Nhắc nộp thuế",
        call=context.call(console.actor(by)),
    )


def recorded(console: Console) -> LiveSession:
    """Make a recorded address that waits to be released; no other address is live in the ward."""
    end_all(console)
    context, live = console.context, held(console)
    data = opus.ogg_opus(SILENCE * 50)
    sha256 = context.content.put_bytes(data)
    who, now = console.actor("operator"), context.now()
    said = held_addresses.record(context.uow(), live.id, sha256=sha256, call=context.call(who))
    assert said.sound is not None
    kinds = (("device-opus", "audio/ogg"), ("browser-mp3", "audio/mpeg"))
    made = tuple(Rendition(kind, sha256, len(data), 5_000, media_type) for kind, media_type in kinds)
    sound = Sound(SoundState.READY, job_id=said.sound.job_id, renditions=made, loudness_lufs=-16.0)
    assert held_addresses.take(context.uow(), live.id, sound, now=now)
    with context.uow() as unit:
        return unit[LiveSessions].get(live.id)


def on_air(console: Console) -> LiveSession:
    made, context = prepare(console), console.context
    actor = console.actor("operator")
    return addresses.go_on_air(context.uow(), made.id, call=context.call(actor))


def over(console: Console) -> LiveSession:
    """Make a live address that has ended, with its recording kept."""
    made, context = on_air(console), console.context
    addresses.close(context.uow(), made.id, LiveEnd.SILENT, now=context.now())
    data = opus.ogg_opus(SILENCE * 20)
    kept = LiveRecording(context.content.put_bytes(data), len(data), 2_000, 20, "d" * 64)
    return addresses.keep_recording(context.uow(), made.id, kept, now=context.now())


def end_all(console: Console) -> None:
    with reading(console.context.engine) as session:
        found = LiveSessions(session).open()
    for each in found:
        addresses.close(console.context.uow(), each.id, LiveEnd.NEVER, now=console.context.now())


def never_quiet(console: Console, area: AreaId = COMMUNE) -> None:
    with console.context.uow() as uow:
        uow[Places].set_rules(area, AreaRules(quiet=()))
        uow.commit()


@contextmanager
def listening(console: Console) -> Iterator[list[UnsealedFrame]]:
    """Run the gateway's end of the live pipe, and yield the frames that came."""
    heard: list[UnsealedFrame] = []
    stopping = threading.Event()
    with LiveInlet(live_pipe.path_of(console.context.settings)) as inlet:

        def listen() -> None:
            is_over = False
            while not is_over:
                is_over = stopping.is_set()  # frames that came before are read anyway
                with suppress(ValueError):
                    heard.extend(inlet.take(0.05))

        ear = threading.Thread(target=listen)
        ear.start()
        try:
            yield heard
        finally:
            stopping.set()
            ear.join()
