"""The demo's district station: it takes the bulletin as its programme, as any station does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from bench.demo.run import DemoError, await_true
from bench.demo.world import World
from broadcast.stations.model import StationId
from cms.accounts.repository import People
from cms.areas.repository import Places
from cms.platform.cli.api_client import ApiClient
from cms.platform.context import Context
from cms.platform.settings import Settings
from cms.stations.cli.folder import DropFolder
from cms.stations.service import register
from cms.stations.service.register import StationDraft
from province.people import Role

STATION = StationId("demo-station")
LICENCE_LEFT = timedelta(days=60)
"""Time left on the licence, short enough that the register shows its warning."""
TAKE_S = 30.0
WAV_BYTES_LEAST: Final = 100_000
TAKEN: Final = ["downloaded", "verified"]
"""Rungs of the ladder that a programme in the folder has reached."""


def furnish(context: Context, world: World) -> None:
    """Register the station, once; its area is the first of the demo's communes."""
    editor = next(person for person in world.people if person.role is Role.PROVINCE_EDITOR)
    with context.uow.reading() as unit:
        keeper = unit[People].by_login(editor.login)
        area = unit[Places].tree().get(world.areas[0])
    assert keeper is not None
    draft = StationDraft(
        area_id=area.id,
        name=f"Đài truyền thanh {area.name}",
        frequency_khz=95_600,
        power_w=500,
        site=area.name,
        licence_no="GP 01/DEMO",
        licence_until_on=(context.now() + LICENCE_LEFT).date(),
    )
    register.register(context.uow(), STATION, draft=draft, call=context.call(keeper.actor))


def taken(settings: Settings, world: World, bulletin_id: str) -> dict[str, Any]:
    """Fetch the bulletin's programme into the station's drop folder; return the file's size and the rungs reached.

    Raises:
        DemoError: nothing came, too little of it, or another ladder.
    """
    folder = settings.root / "station"
    url, token = settings.effective_public_url, world.token_of(Role.STATION)
    filled = DropFolder(folder, url, token, STATION)
    # The title is before the id.
    there = f"*{bulletin_id}.wav"
    await_true(lambda: filled.step() and any(folder.glob(there)), TAKE_S, "programme at the station")
    (path,) = folder.glob(there)
    programme = ApiClient(url, token).get(f"/stations/{STATION}/programmes/{bulletin_id}").body
    wav_bytes, rungs = path.stat().st_size, [each["rung"] for each in programme["ladder"]]
    if wav_bytes <= WAV_BYTES_LEAST or rungs != TAKEN:
        raise DemoError(f"programme at the station: {wav_bytes} bytes, {rungs}")
    return {"wav_bytes": wav_bytes, "rungs": rungs}
