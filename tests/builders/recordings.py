"""Recordings that people upload: a recorded bulletin, an area's opening and closing sounds."""

from __future__ import annotations

import tempfile
from pathlib import Path

from broadcast.bulletins.framing import Chime, ChimePlace
from broadcast.bulletins.model import Bulletin, Targets
from cms.bulletins.service import chimes, drafts
from cms.bulletins.service.revisions import Draft
from province.areas import AreaId
from tests.builders import bulletins
from tests.builders.bulletins import wav
from tests.console import COMMUNE, Console
from tests.integration.media.sounds import bursts, write_wav


def record(console: Console, *, seconds: float = 8.0, by: str = "editor") -> Bulletin:
    """Create a draft of a recording that is not silent, its sound being made."""
    context = console.context
    with tempfile.TemporaryDirectory() as folder:
        sha256 = context.content.put_file(write_wav(Path(folder) / "tin.wav", bursts(-24, seconds=seconds)))
    return drafts.create(
        context.uow(),
        draft=Draft("Ghi âm", original_sha256=sha256, original_name="tin.wav", targets=Targets((COMMUNE,))),
        call=context.call(console.actor(by)),
    )


def transcribed(console: Console) -> Bulletin:
    """Record a bulletin that says another time than its text, and write its version in English."""
    said = {"text": "Cắt điện từ 7h30 tại Mũi Né.", "transcript": "Cắt điện từ tám giờ tại Mũi Né"}
    made = bulletins.edit(console, record(console), **said)
    bulletins.translated(console, made)
    return made


def sounded(console: Console, title: str = "Ghi âm", *, length_ms: int, **more: object) -> Bulletin:
    """Create a draft of a recording whose sound is so long, half a second of it the pause at its end."""
    sha256 = console.context.content.put_bytes(wav())
    written = bulletins.write(console, title, **more)  # type: ignore[arg-type]
    recorded = bulletins.edit(console, written, text="", original_sha256=sha256, original_name="tin.wav")
    return bulletins.make_sound(console, recorded, length_ms=length_ms)


def on_the_way(console: Console, title: str = "Ghi âm", *, length_ms: int, **more: object) -> Bulletin:
    """Submit, approve and plan such a recording."""
    found = sounded(console, title, length_ms=length_ms, **more)
    bulletins.approve(console, bulletins.submit(console, found))
    bulletins.plan(console)
    return bulletins.again(console, found)


def set_chime(
    console: Console,
    place: ChimePlace = ChimePlace.OPENING,
    *,
    area_id: AreaId = COMMUNE,
    by: str = "editor",
    sha256: str = "",
) -> Chime:
    """Set an area's chime with a recording that is not made yet."""
    context = console.context
    return chimes.set_chime(
        context.uow(),
        area_id=area_id,
        place=place,
        sha256=sha256 or context.content.put_bytes(wav(2.0)),
        name="nhac-hieu.wav",
        call=context.call(console.actor(by)),
    )
