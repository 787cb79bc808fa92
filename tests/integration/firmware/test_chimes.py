"""One bulletin in two communes, each with its own chimes: from the approval to the samples."""

from __future__ import annotations

import subprocess
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from bench.recordings import decode_mono, measure, similarity
from broadcast.bulletins.framing import Chime, ChimeId, ChimePlace
from broadcast.bulletins.model import Rendition, Sound, SoundState
from broadcast.bulletins.schedules import Schedule
from broadcast.scheduling.area_rules import AreaRules
from cms.areas.repository import Places
from cms.bulletins.repository.bulletins import StoredPlan
from cms.bulletins.repository.sharing import Chimes
from devices.protocol import codec
from devices.protocol.messages import ExecutionState, Plan
from firmware_sim.sound.decoder import Samples
from province.areas import AreaId
from province.machine_clock import utc_now
from province.wall_clock import DEFAULT_ZONE
from tests.builders.in_memory.bulletin_world import World
from tests.fakes.programme import AUTHOR, C1, C2, COMMUNES, NORTH, NOW, PROVINCE
from tests.integration.firmware.province import Province
from tests.integration.firmware.sound import RATE_HZ, opus

LEAD = timedelta(seconds=12)
BULLETIN_MS, HOUSE_MS, CLOSING_MS = 4_000, 1_000, 1_000
OPENING_MS = {C1: 1_500, C2: 2_500}
QUIET_MOST = 0.5
"""Highest similarity of two different noises."""


def rendition(province: Province, data: bytes, length_ms: int) -> Rendition:
    return Rendition("device-opus", province.content.put(data), len(data), length_ms, "audio/ogg")


def chime(area_id: AreaId, place: ChimePlace, sound: Rendition) -> Chime:
    made = Sound(SoundState.READY, renditions=(sound,))
    return Chime(ChimeId(f"{area_id}-{place}"), area_id, place, NOW, AUTHOR.user_id, AUTHOR.name, made)


def decoded(folder: Path, data: bytes) -> Samples:
    path = folder / "part.opus"
    path.write_bytes(data)
    return decode_mono(path, RATE_HZ)


def reference(folder: Path, name: str, *parts: Samples) -> Path:
    """Write the expected sound, all parts in one file."""
    path = folder / f"{name}.wav"
    pcm = np.concatenate(parts).astype(np.int16).tobytes()
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-f", "s16le", "-ar", str(RATE_HZ), "-ac", "1", "-i", "-"]
    subprocess.run([*command, str(path)], input=pcm, check=True)
    return path


def test_two_communes_hear_the_same_bulletin_each_with_its_own_chime(province: Province, tmp_path: Path) -> None:
    said = opus(tmp_path, BULLETIN_MS / 1000, seed=1)
    openings = {C1: opus(tmp_path, OPENING_MS[C1] / 1000, seed=2), C2: opus(tmp_path, OPENING_MS[C2] / 1000, seed=3)}
    closing = opus(tmp_path, CLOSING_MS / 1000, seed=4)
    world = World()
    with world.store() as uow:
        for area_id in COMMUNES:
            uow[Places].set_rules(area_id, AreaRules(quiet=()))
        for area_id, data in openings.items():
            uow[Chimes].put(chime(area_id, ChimePlace.OPENING, rendition(province, data, OPENING_MS[area_id])))
        uow[Chimes].put(chime(PROVINCE, ChimePlace.CLOSING, rendition(province, closing, CLOSING_MS)))
        uow.commit()
    for area_id in (C1, C2):
        province.provision(f"{area_id}-l1", area_id, NORTH, PROVINCE)
    province.power_on("--audio", "all", "--ring-ms", "1000")

    now = utc_now().replace(microsecond=0)
    start_at = (now + LEAD * province.pace).replace(microsecond=0)
    wall = start_at.astimezone(ZoneInfo(DEFAULT_ZONE)).replace(tzinfo=None)
    drafted = world.draft(now, schedules=(Schedule("1", wall),))
    sounded = world.sound(drafted, rendition(province, said, BULLETIN_MS), chime_ms=HOUSE_MS)
    world.approve(world.submit(sounded, now), now)
    items = {}
    for area_id in (C1, C2):
        world.replan(area_id, first_on=wall.date(), days=1, now=now)
        data = world.content.blobs[world.store.one(StoredPlan, area_id=area_id, on=wall.date()).sha256]
        province.publish_plan(area_id, data)
        (items[area_id],) = codec.decode(Plan, data).items
    (name,) = {item.item for item in items.values()}

    province.wait_for("ready", lambda: len(province.acks(ExecutionState.READY)) >= len(items))
    province.wait_for("as-run", lambda: len(province.records()) == len(items))
    assert {(record.item, record.result) for record in province.records()} == {(name, "done")}
    province.power_off()

    bulletin = decoded(tmp_path, said)[HOUSE_MS * RATE_HZ // 1000 :]
    start_ms = round(start_at.timestamp() * 1000)
    for area_id, other in ((C1, C2), (C2, C1)):
        own = decoded(tmp_path, openings[area_id])
        expected = reference(tmp_path, area_id, own, bulletin, decoded(tmp_path, closing))
        heard = measure(province.out / f"{area_id}-l1", expected, start_ms)
        assert heard.similarity >= 0.98
        assert items[area_id].end_at - items[area_id].start_at == (
            OPENING_MS[area_id] + BULLETIN_MS - HOUSE_MS + CLOSING_MS
        )
        recording = decode_mono(heard.path, RATE_HZ)
        assert similarity(recording, decoded(tmp_path, openings[other])).similarity < QUIET_MOST
