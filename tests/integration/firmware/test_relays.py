"""Relays on two devices, of a real Icecast and an HLS stream, each killed and brought back within the slot.

From the approval of source and bulletin to the samples, and back to the record that the server keeps.
"""

from __future__ import annotations

import itertools
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pytest

from bench.recordings import decode_mono
from broadcast.bulletins.model import Rendition, Targets
from broadcast.bulletins.schedules import Schedule
from broadcast.relays.model import RelayOrder, RelaySourceId, SourceKind, StreamForm
from broadcast.scheduling.area_rules import AreaRules
from cms.areas.repository import Places
from cms.bulletins.repository.bulletins import StoredPlan
from cms.relays.service import sources
from cms.relays.service.sources import SourceDraft
from cms.schedule.service import as_run
from devices.model import Device, DeviceId
from devices.protocol import codec
from devices.protocol.messages import AsRunRecord, ExecutionState, Plan, PlanItem
from firmware_sim.hardware_clock import now_ms
from firmware_sim.sound.decoder import Samples
from province.areas import AreaId
from province.machine_clock import utc_now
from province.wall_clock import DEFAULT_ZONE
from tests.builders.in_memory.bulletin_world import World
from tests.fakes.programme import AUTHOR, C1, C2, NORTH, PROVINCE, REVIEWER
from tests.integration.firmware.province import Province
from tests.integration.firmware.sound import RATE_HZ, opus
from tests.integration.radio import Hls, Icecast, Station

SLOT_MS = 25_000
LEAD = timedelta(seconds=10)
FALLBACK_WITHIN_MS, RETURN_WITHIN_MS = 5_000, 10_000
TONE_HZ = 440
FORMS = {C1: StreamForm.STREAM, C2: StreamForm.HLS}


@pytest.fixture
def stations() -> Iterator[dict[AreaId, Station]]:
    """Stations on air, by the area that relays each."""
    with TemporaryDirectory(prefix="loa-radio-") as folder:
        found: dict[AreaId, Station] = {C1: Icecast(Path(folder) / "icecast"), C2: Hls()}
        for station in found.values():
            station.start()
        yield found
        for station in found.values():
            station.kill()


def planned(world: World, area_id: AreaId, url: str, stand_in: Rendition, pace: float) -> bytes:
    """Return the area's plan, as it follows from a source and a bulletin that two people approved."""
    now = utc_now()
    wall = (now + LEAD * pace).astimezone(ZoneInfo(DEFAULT_ZONE)).replace(tzinfo=None, microsecond=0)
    source_id = RelaySourceId(f"source-{area_id}")
    draft = SourceDraft(area_id, f"Đài {area_id}", SourceKind.STATION, FORMS[area_id], (url,))
    sources.write_down(world.store(), source_id, draft=draft, call=world.call(AUTHOR, now))
    sources.approve(world.store(), source_id, expected_version=1, call=world.call(REVIEWER, now))
    with world.store() as uow:
        uow[Places].set_rules(area_id, AreaRules(quiet=()))
        uow.commit()
    drafted = world.draft(
        now,
        schedules=(Schedule("1", wall),),
        targets=Targets((area_id,)),
        relay=RelayOrder(source_id, round(SLOT_MS * pace)),
    )
    world.approve(world.submit(world.sound(drafted, stand_in), now), now)
    world.replan(area_id, first_on=wall.date(), days=1, now=now)
    return world.content.blobs[world.store.one(StoredPlan, area_id=area_id, on=wall.date()).sha256]


def spans(province: Province, area: AreaId) -> list[tuple[str, int, int]]:
    """Return the sources that the card sounded, each with start and end in ms; a source still on ends now."""
    turns = [(str(line["result"]), int(str(line["at_ms"]))) for line in province.truth(f"{area}-l1") if "at_ms" in line]
    following = itertools.pairwise([*turns, ("now", now_ms())])
    return [(what, at, until) for (what, at), (_, until) in following if what != "nothing"]


def test_the_stand_in_sounds_while_a_stream_is_gone_and_the_record_tells_both(
    province: Province, stations: dict[AreaId, Station], tmp_path: Path
) -> None:
    for area in stations:
        province.provision(f"{area}-l1", area, NORTH, PROVINCE)
    province.power_on("--audio", "all")
    data = opus(tmp_path, 1.0)
    stand_in = Rendition("device-opus", province.content.put(data), len(data), 1_000, "audio/ogg")
    world = World()
    items: dict[AreaId, PlanItem] = {}
    for area, station in stations.items():
        plan = planned(world, area, station.url, stand_in, province.pace)
        (items[area],) = codec.decode(Plan, plan).items
        province.publish_plan(area, plan)
    province.wait_for("ready", lambda: all(province.told(ExecutionState.READY, item.item) for item in items.values()))

    def sounds(feed: str, since: dict[AreaId, int]) -> bool:
        return all(
            any(what == feed and until > at for what, _, until in spans(province, area)) for area, at in since.items()
        )

    province.wait_for("streams", lambda: sounds("stream", dict.fromkeys(items, 0)))
    killed_at = {}
    for area, station in stations.items():
        station.kill()
        killed_at[area] = now_ms()
    province.wait_for("stand-ins", lambda: sounds("fallback", killed_at))
    back_at = {}
    for area, station in stations.items():
        station.start()
        back_at[area] = now_ms()
    province.wait_for("streams again", lambda: sounds("stream", back_at))
    province.wait_for("records", lambda: len(province.records()) == len(items))
    records = {record.item: record for record in province.records()}
    province.power_off()

    for area, item in items.items():
        *before, (last, last_at, _) = spans(province, area)
        found = [*before, (last, last_at, item.end_at)]
        # On a busy machine a stream may run dry as well; the record has every change of source.
        fallback = next(span for span in found if span[0] == "fallback" and span[2] > killed_at[area])
        again = next(span for span in found if span[0] == "stream" and span[2] > back_at[area])
        assert fallback[1] - killed_at[area] <= FALLBACK_WITHIN_MS * province.pace, area
        assert again[1] - back_at[area] <= RETURN_WITHIN_MS * province.pace, area
        record = records[item.item]
        assert (record.result, record.ended_at) == ("done", item.end_at)
        assert record.relayed is not None
        assert record.relayed.source == f"source-{area}"
        taken_down(world, DeviceId(f"{area}-l1"), record)
        assert [(part.what, part.started_at, part.ended_at) for part in record.relayed.parts] == found
        assert record.relayed.stream_ms + record.relayed.fallback_ms == item.end_at - found[0][1]
        assert purity(heard(province, area, *again[1:])) > 0.9
        assert purity(heard(province, area, fallback[1], min(fallback[2], fallback[1] + 1_000))) < 0.5
    assert not ffmpegs_of(stations)


def taken_down(world: World, device_id: DeviceId, record: AsRunRecord) -> None:
    """Store the record on the server, and check the times it keeps of stream and stand-in."""
    with world.store() as uow:
        (run,) = as_run.record(uow, world.store.one(Device, id=device_id), [record], utc_now())
    assert run.relayed is not None
    assert record.relayed is not None
    assert (run.relayed.stream_ms, run.relayed.fallback_ms) == (record.relayed.stream_ms, record.relayed.fallback_ms)
    assert [part.what for part in run.relayed.parts] == [part.what for part in record.relayed.parts]


def heard(province: Province, area: AreaId, from_ms: int, until_ms: int) -> Samples:
    """Return the recorded samples of the line between two instants."""
    for path in (province.out / f"{area}-l1").glob("*.wav"):
        began_ms = msgspec.json.decode(path.with_suffix(".json").read_bytes())["sample0_at_ms"]
        samples = decode_mono(path, RATE_HZ)
        first, last = ((at - began_ms) * RATE_HZ // 1000 for at in (from_ms, until_ms))
        if 0 <= first < len(samples):
            return samples[first:last]
    raise AssertionError(f"nothing of {area} was recorded")


def purity(samples: Samples) -> float:
    """Return the share of a signal's energy that is the station's tone."""
    spectrum = np.abs(np.fft.rfft(samples.astype(np.float64))) ** 2
    place = round(TONE_HZ * len(samples) / RATE_HZ)
    width = max(2, len(samples) // RATE_HZ * 5)
    return float(spectrum[place - width : place + width + 1].sum()) / float(spectrum.sum())


def ffmpegs_of(stations: dict[AreaId, Station]) -> list[str]:
    """Return the decoder processes that were left behind."""
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout.splitlines()
    return [line for line in listed if "-rw_timeout" in line and any(s.url in line for s in stations.values())]
