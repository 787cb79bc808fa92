"""One loudspeaker with real sound: broker, content, flash, Opus, WAV."""

from __future__ import annotations

from pathlib import Path

from bench.recordings import measure
from devices.protocol.messages import ExecutionState
from tests.integration.firmware.province import Province
from tests.integration.firmware.sound import opus

DEVICE = "xa-1-l01"


def test_an_audio_device_sounds_the_planned_item_at_its_instant(province: Province, tmp_path: Path) -> None:
    province.provision(DEVICE)
    # A long ring: a machine that is busy with other tests for a second starts it late, and spoils no sample of it.
    province.power_on("--audio", DEVICE, "--ring-ms", "1000")
    sound = opus(tmp_path, 2.0)
    start_at = province.soon(3_000)
    province.plan(province.item("bulletin-1", sound, 2_000, start_at=start_at))
    province.wait_for("ready", lambda: province.told(ExecutionState.READY, "bulletin-1"))
    province.wait_for("as-run", province.records)
    record = province.records()[0]
    assert (record.item, record.result, record.planned_at) == ("bulletin-1", "done", start_at)
    assert record.started_at is not None
    assert record.started_at >= start_at
    province.power_off()
    (tmp_path / "reference.opus").write_bytes(sound)
    heard = measure(province.out / DEVICE, tmp_path / "reference.opus", start_at)
    assert heard.similarity >= 0.98
    assert abs(heard.started_at_ms - record.started_at) < 1
