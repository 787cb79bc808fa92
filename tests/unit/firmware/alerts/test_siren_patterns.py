"""Siren patterns on a device: series of blasts before the words, in the time of its sound card."""

from __future__ import annotations

from pathlib import Path

import pytest

from broadcast.alerts.hazard_rules import AlertLevel, RiskLevel
from broadcast.alerts.hazards import Hazard, of_province
from broadcast.alerts.lifecycle import siren_of
from cms.alerts.service.order_commands import command_of
from devices.protocol.messages import Blasts
from tests.fakes.warnings import order
from tests.unit.firmware.alert_messages import GAP_MS, VI, WORDS_MS, alert, send, sha
from tests.unit.firmware.device_harness import MINUTE_MS, DeviceHarness, ready_device

ROOT = Path(__file__).parents[4]
HUE = of_province((ROOT / "docs" / "examples" / "hazards-hue.toml").read_text(encoding="utf-8"))


def heard(device: DeviceHarness) -> list[tuple[str, int, int]]:
    """Return each sound with its start after the first, and its length."""
    first = device.card.sounds[0].at
    return [(sound.name, sound.at - first, sound.until - sound.at) for sound in device.card.sounds if sound.name]


def expected(blasts: Blasts, name: str, *, times: int) -> list[tuple[str, int, int]]:
    """Compute the sounds of one round from the words of docs/protocol.md."""
    at, found = 0, []
    for saying in range(times):
        if saying:
            at += GAP_MS
        if saying < blasts.series:
            for blast in range(blasts.count):
                at += blasts.off_ms if blast else 0
                found.append((name, at, blasts.on_ms))
                at += blasts.on_ms
        found.append((sha(VI), at, WORDS_MS))
        at += WORDS_MS
    return found


@pytest.mark.parametrize(
    ("hazard", "level", "risk"),
    [
        (Hazard.STORM, AlertLevel.TWO, RiskLevel.THREE),
        (Hazard.FLOOD, AlertLevel.ONE, RiskLevel.TWO),
        (Hazard.FLOOD, AlertLevel.TWO, RiskLevel.FOUR),
        (Hazard.TSUNAMI, AlertLevel.THREE, None),
    ],
)
@pytest.mark.parametrize("is_drill", [False, True])
def test_hue_s_patterns_sound_as_its_table_says(
    hazard: Hazard, level: AlertLevel, risk: RiskLevel | None, *, is_drill: bool
) -> None:
    siren = siren_of(hazard, level, risk, table=HUE)
    content = command_of(order(siren=siren, hazard=hazard, level=level)).alert
    assert content is not None
    assert content.blasts == Blasts(count=siren.count, on_ms=siren.on_ms, off_ms=siren.off_ms, series=siren.series)
    device = ready_device()
    send(device, alert(device, drill=is_drill, tone=content.tone, blasts=content.blasts, times=content.times))
    device.run(15 * MINUTE_MS)
    name = "drill" if is_drill else "siren-a"
    assert heard(device) == expected(content.blasts, name, times=3)


def test_a_device_that_knows_no_patterns_gets_the_length_of_one_blast() -> None:
    for hazard, tone_ms in ((Hazard.FLOOD, 10_000), (Hazard.TSUNAMI, 30_000)):
        siren = siren_of(hazard, AlertLevel.ONE, table=HUE)
        content = command_of(order(siren=siren, hazard=hazard)).alert
        assert content is not None
        assert content.tone_ms == tone_ms


def test_a_plain_siren_has_the_length_of_the_installation_and_no_pattern() -> None:
    content = command_of(order(siren=siren_of(Hazard.FLOOD, AlertLevel.ONE)), tone_ms=1_500).alert
    assert content is not None
    assert (content.tone, content.tone_ms, content.blasts, content.times) == ("siren-a", 1_500, None, 3)


def test_without_words_all_series_sound_one_after_the_other() -> None:
    device = ready_device()
    blasts = Blasts(count=2, on_ms=1_000, off_ms=500, series=2)
    send(device, alert(device, speech=[], blasts=blasts))
    device.run(MINUTE_MS)
    assert heard(device) == [("siren-a", at, 1_000) for at in (0, 1_500, 2_500 + GAP_MS, 4_000 + GAP_MS)]


def test_blasts_without_a_pause_follow_each_other() -> None:
    device = ready_device()
    send(device, alert(device, speech=[], gap_ms=0, blasts=Blasts(count=2, on_ms=1_000, series=2)))
    device.run(MINUTE_MS)
    assert heard(device) == [("siren-a", at, 1_000) for at in (0, 1_000, 2_000, 3_000)]
