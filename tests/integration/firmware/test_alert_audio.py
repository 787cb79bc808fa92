"""Real alert on a loudspeaker with sound: siren, words, and the interrupted item, measured in the WAV."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from bench.recordings import RecordedSegment, decode_mono, read_segment, similarity
from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.hazards import Hazard, of_province
from broadcast.alerts.lifecycle import siren_of
from cms.alerts.service.order_commands import command_of
from devices.protocol import codec, topics
from devices.protocol.messages import Ack, AlertContent, Command, Desired, ExecutionState, Speech
from firmware_sim.hardware_clock import now_ms
from firmware_sim.sound.decoder import Samples
from firmware_sim.sound.stored_tones import pattern
from tests.fakes.warnings import order
from tests.integration.firmware.province import AREA, Province
from tests.integration.firmware.sound import RATE_HZ, opus

DEVICE = "xa-1-l01"
TONE_MS = 1_500
WORDS_MS = 1_200
NOISE = 40
"""Samples up to this are not sound: an Opus encoder leaves them of silence."""


@dataclass
class RecordedLoudspeaker:
    """One loudspeaker with the recording of its line."""

    province: Province
    tmp_path: Path

    def recording(self) -> RecordedSegment:
        return read_segment(max((self.province.out / DEVICE).glob("*.wav")))

    def signal(self) -> tuple[Samples, int]:
        """Return all sounded samples, and the instant of the first."""
        recording = self.recording()
        return recording.samples, recording.sample0_at_ms

    def between(self, from_ms: int, until_ms: int) -> Samples:
        samples, zero_ms = self.signal()
        return samples[(from_ms - zero_ms) * RATE_HZ // 1000 : (until_ms - zero_ms) * RATE_HZ // 1000]

    def is_silent(self) -> bool:
        return not bool((np.abs(self.signal()[0].astype(np.int32)) > NOISE).any())

    def truth(self, result: str, item: str) -> dict[str, object]:
        return next(
            line for line in self.province.truth(DEVICE) if (line["result"], line.get("item")) == (result, item)
        )

    def like(self, reference: Samples) -> tuple[float, float]:
        """Return the best similarity and its start in ms UTC, not counting gaps of a busy machine before it."""
        recording = self.recording()
        found = similarity(recording.without_gaps(), reference)
        return found.similarity, recording.sample0_at_ms + found.offset * 1000 / RATE_HZ

    def held_up_ms(self, until_ms: int) -> float:
        recording = self.recording()
        return recording.held_up_ms(0, (until_ms - recording.sample0_at_ms) * RATE_HZ // 1000)

    def pcm(self, data: bytes) -> Samples:
        path = self.tmp_path / "reference.opus"
        path.write_bytes(data)
        return decode_mono(path, RATE_HZ)


@pytest.fixture
def loudspeaker(province: Province, tmp_path: Path) -> RecordedLoudspeaker:
    province.provision(DEVICE)
    wake = Desired(v=1, device=DEVICE, ver=99, iat=now_ms(), areas=[AREA, "tinh-1"], report_s=3600, amp_wake_ms=0)
    province.send_signed(topics.device_desired(DEVICE), codec.encode(wake), "plan", retain=True)
    province.power_on("--audio", DEVICE)
    return RecordedLoudspeaker(province, tmp_path)


def alert(province: Province, words: bytes = b"", *, drill: bool = False, **body: object) -> Command:
    said = []
    if words:
        said = [Speech(lang="vi", sha256=province.content.put(words), bytes=len(words), dur_ms=WORDS_MS)]
    values: dict[str, object] = {
        "id": "a-1",
        "level": 3,
        "hazard": "flood",
        "issued_at": now_ms(),
        "tone_ms": TONE_MS,
        "speech": said,
        "times": 1,
        **body,
    }
    return province.command(
        cid="alert-1",
        type="play",
        prio=9,
        drill=drill,
        alert=AlertContent(**values),  # type: ignore[arg-type] # fields of AlertContent
    )


def send(province: Province, command: Command, kid: str = "alert") -> None:
    topic = topics.area_drill(AREA) if command.drill else topics.area_alert(AREA)
    province.send_signed(topic, codec.encode(command), kid)


def test_a_siren_at_once_then_the_words_and_then_what_was_cut(loudspeaker: RecordedLoudspeaker) -> None:
    province = loudspeaker.province
    bulletin, words = opus(loudspeaker.tmp_path, 6.0), opus(loudspeaker.tmp_path, WORDS_MS / 1000, seed=2)
    start_at = province.soon(2_000)
    item = province.item("bulletin-1", bulletin, 6_000, start_at=start_at)
    province.plan(province.resumed(item))
    province.wait_for("on air", lambda: province.told(ExecutionState.STARTED, "bulletin-1"))
    send(province, alert(province, words))
    province.wait_for("all heard", lambda: len(province.records()) == 2)
    answers = [said for said in province.said if isinstance(said, Ack) and said.cid == "alert-1"]
    done = next(ack for ack in province.acks(ExecutionState.DONE) if ack.cid == "alert-1")
    province.power_off()

    began = loudspeaker.truth("started", "alert-1")
    siren_at = int(str(began["started_at_ms"]))
    assert siren_at >= answers[0].ts
    similar, at_ms = loudspeaker.like(pattern("siren-a", RATE_HZ)[: RATE_HZ * TONE_MS * 9 // 10_000])
    assert similar >= 0.99
    siren_at -= round(loudspeaker.held_up_ms(siren_at))
    assert at_ms == pytest.approx(siren_at, abs=2)
    similar, at_ms = loudspeaker.like(loudspeaker.pcm(words)[: WORDS_MS * RATE_HZ // 1000])
    assert similar >= 0.98
    assert at_ms == pytest.approx(siren_at + TONE_MS, abs=15)
    lines = [line for line in province.truth(DEVICE) if line["item"] == "bulletin-1" and line["result"] == "started"]
    assert [line["volume_pct"] for line in lines] == [80, 80]
    assert began["volume_pct"] == 100
    assert int(str(lines[1]["offset_ms"])) > 0
    tail = loudspeaker.pcm(bulletin)[-2 * RATE_HZ : -RATE_HZ]
    assert loudspeaker.like(tail)[0] >= 0.98
    assert done.proof is not None
    assert done.proof.amp_ma is not None
    assert done.proof.amp_ma > 200


def blasts_in(samples: Samples) -> list[tuple[float, float]]:
    """Return begin and end of each sound in ms, by its level in windows of 5 ms; pauses up to 100 ms are none."""
    window = RATE_HZ // 200
    levels = np.abs(samples[: len(samples) // window * window].astype(np.int32)).reshape(-1, window).max(axis=1)
    loud = np.flatnonzero(levels > NOISE)
    parts = np.split(loud, np.flatnonzero(np.diff(loud) > 20) + 1)
    return [(part[0] * 5.0, (part[-1] + 1) * 5.0) for part in parts if len(part)]


def test_a_provinces_siren_pattern_is_on_the_line_as_its_table_says(loudspeaker: RecordedLoudspeaker) -> None:
    province = loudspeaker.province
    table = of_province(
        'name = "Tỉnh A"\nsource = "Quyết định 1"\n[sirens.short]\ntone = "siren-b"\ncount = 3\nlength_s = 0.6\n'
        'gap_s = 0.4\nseries = 2\n[hazards.flood.urgent]\nsiren = "short"\n'
    )
    siren = siren_of(Hazard.FLOOD, AlertLevel.TWO, table=table)
    content = command_of(order(siren=siren)).alert
    assert content is not None
    words = opus(loudspeaker.tmp_path, WORDS_MS / 1000, seed=2)
    send(province, alert(province, words, times=2, gap_ms=500, tone=content.tone, blasts=content.blasts))
    province.wait_for("all heard", lambda: len(province.records()) == 1)
    province.power_off()
    found = blasts_in(loudspeaker.recording().without_gaps())
    # The words begin where the last blast of a series ends: one sound for the ear of this test.
    first = found[0][0]
    said = 600 + WORDS_MS
    second = 2_000 + said + 500
    wanted = [(0, 600), (1_000, 1_600), (2_000, 2_000 + said)]
    wanted += [(second + begin, second + end) for begin, end in wanted]
    assert len(found) == len(wanted)
    for (begin, end), (wanted_begin, wanted_end) in zip(found, wanted, strict=True):
        assert begin - first == pytest.approx(wanted_begin, abs=50)
        assert end - first == pytest.approx(wanted_end, abs=50)


def test_a_cancel_silences_the_line(loudspeaker: RecordedLoudspeaker) -> None:
    province = loudspeaker.province
    send(province, alert(province, tone_ms=30_000))
    province.wait_for("sounding", lambda: province.told(ExecutionState.STARTED, "alert-1"))
    cancel = province.command(cid="c", type="cancel", prio=9, refs=["alert-1"])
    province.send_signed(topics.area_command(AREA), codec.encode(cancel), "alert")
    province.wait_for("silent", lambda: province.told(ExecutionState.DONE, "c"))
    silent_from = now_ms()
    province.wait_for("a second of silence", lambda: now_ms() > silent_from + 1_000)
    province.power_off()
    assert np.abs(loudspeaker.between(silent_from, silent_from + 900).astype(np.int32)).max() <= NOISE
    assert loudspeaker.truth("cut", "alert-1")["round"] == 1


def test_nothing_that_is_not_rightly_signed_puts_a_sample_on_the_line(loudspeaker: RecordedLoudspeaker) -> None:
    province = loudspeaker.province
    body, drill = codec.encode(alert(province)), codec.encode(alert(province, drill=True))
    for topic in (topics.area_alert(AREA), topics.area_drill(AREA), topics.area_command(AREA)):
        province.send_raw(topic, body)
        for kid in ("plan", "drill"):
            province.send_signed(topic, body, kid)
        for kid in ("plan", "alert"):
            province.send_signed(topic, drill, kid)
    province.send_signed(topics.area_alert(AREA), drill, "drill")
    sent_at = now_ms()
    province.wait_for(
        "judged", lambda: any(ack.code == "WRONG_TOPIC" for ack in province.acks(ExecutionState.REJECTED))
    )
    province.wait_for("long enough for a siren", lambda: now_ms() > sent_at + 1_000)
    province.power_off()
    assert loudspeaker.is_silent()
    assert province.truth(DEVICE) == []
