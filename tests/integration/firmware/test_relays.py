"""Two devices relay a real Icecast and an HLS stream, each killed and brought back in the middle of the slot."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest

from devices.protocol import codec
from devices.protocol.messages import Plan, PlanItem, Relay, Standing
from firmware_sim.codec import Samples, decode_mono
from firmware_sim.player import now_ms
from tests.integration.firmware.province import Province
from tests.integration.firmware.sound import RATE_HZ, opus
from tests.integration.radio import Hls, Icecast, Station

SLOT_MS = 25_000
FALLBACK_WITHIN_MS, RETURN_WITHIN_MS = 5_000, 10_000
TONE_HZ = 440


@pytest.fixture
def stations(tmp_path: Path) -> Iterator[dict[str, Station]]:
    """By the area that relays each; on air."""
    found: dict[str, Station] = {"xa-1": Icecast(tmp_path / "icecast"), "xa-2": Hls()}
    for station in found.values():
        station.start()
    yield found
    for station in found.values():
        station.kill()


def relay(province: Province, area: str, url: str, stand_in: bytes, start_at: int) -> PlanItem:
    plain = province.item(f"relay-{area}", stand_in, 1_000, start_at=start_at)
    form = "hls" if url.endswith("m3u8") else "stream"
    item = msgspec.structs.replace(
        plain,
        prio=5,
        end_at=start_at + SLOT_MS,
        relay=Relay(source=f"source-{area}", form=form, urls=[url], gap_ms=500),
    )
    province.publish_plan(area, codec.encode(Plan(v=1, area=area, day="2026-11-24", items=[item])))
    return item


def turns(province: Province, area: str) -> list[tuple[str, int]]:
    """What the card sounded, and since when."""
    said = province.truth(f"{area}-l01")
    return [(str(line["result"]), int(str(line["at_ms"]))) for line in said if "at_ms" in line]


def test_the_stand_in_sounds_while_a_stream_is_gone_and_the_record_tells_both(
    province: Province, stations: dict[str, Station], tmp_path: Path
) -> None:
    for area in stations:
        province.provision(f"{area}-l01", area, "tinh-1")
    province.power_on("--audio", "all", "--ring-ms", "600")
    stand_in = opus(tmp_path, 1.0)
    start_at = now_ms() + 5_000
    items = {area: relay(province, area, station.url, stand_in, start_at) for area, station in stations.items()}
    province.wait_for("ready", lambda: len(province.acks(Standing.READY)) == len(items))

    def turned_to(feed: str, count: int) -> bool:
        return all([what for what, _ in turns(province, area)].count(feed) >= count for area in items)

    province.wait_for("streams", lambda: turned_to("stream", 1))
    killed_at = {}
    for area, station in stations.items():
        station.kill()
        killed_at[area] = now_ms()
    province.wait_for("stand-ins", lambda: turned_to("fallback", 1))
    back_at = {}
    for area, station in stations.items():
        station.start()
        back_at[area] = now_ms()
    province.wait_for("streams again", lambda: turned_to("stream", 2))
    province.wait_for("records", lambda: len(province.records()) == len(items))
    records = {record.item: record for record in province.records()}
    province.power_off()

    for area, item in items.items():
        told = [(what, at) for what, at in turns(province, area) if what != "nothing"]
        assert [what for what, _ in told] == ["stream", "fallback", "stream"], area
        (_, first_at), (_, fallback_at), (_, again_at) = told
        assert fallback_at - killed_at[area] <= FALLBACK_WITHIN_MS, area
        assert again_at - back_at[area] <= RETURN_WITHIN_MS, area
        record = records[item.item]
        assert (record.result, record.ended_at) == ("done", item.end_at)
        assert record.relayed is not None
        assert record.relayed.source == f"source-{area}"
        parts = [(part.what, part.started_at, part.ended_at) for part in record.relayed.parts]
        assert parts == [
            ("stream", first_at, fallback_at),
            ("fallback", fallback_at, again_at),
            ("stream", again_at, item.end_at),
        ]
        assert record.relayed.stream_ms + record.relayed.fallback_ms == item.end_at - first_at
        assert purity(heard(province, area, again_at, item.end_at)) > 0.9
        assert purity(heard(province, area, fallback_at, fallback_at + 1_000)) < 0.5
    assert not ffmpegs_of(stations)


def heard(province: Province, area: str, from_ms: int, until_ms: int) -> Samples:
    """What the line carried between two instants."""
    for path in (province.out / f"{area}-l01").glob("*.wav"):
        began_ms = msgspec.json.decode(path.with_suffix(".json").read_bytes())["sample0_at_ms"]
        samples = decode_mono(path, RATE_HZ)
        first, last = ((at - began_ms) * RATE_HZ // 1000 for at in (from_ms, until_ms))
        if 0 <= first < len(samples):
            return samples[first:last]
    raise AssertionError(f"nothing of {area} was recorded")


def purity(samples: Samples) -> float:
    """The share of a signal's energy that is the station's tone."""
    spectrum = np.abs(np.fft.rfft(samples.astype(np.float64))) ** 2
    place = round(TONE_HZ * len(samples) / RATE_HZ)
    width = max(2, len(samples) // RATE_HZ * 5)
    return float(spectrum[place - width : place + width + 1].sum()) / float(spectrum.sum())


def ffmpegs_of(stations: dict[str, Station]) -> list[str]:
    """Decoders that were left behind."""
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout.splitlines()
    return [line for line in listed if "-rw_timeout" in line and any(s.url in line for s in stations.values())]
