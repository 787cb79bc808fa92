"""Audio player: a siren and a stop do not wait for the card's next turn, and the process may go before others."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from firmware_sim.core.effects import SoundEffect, StartLive, StartTrack, StopSound, Tone
from firmware_sim.host.fleet import SOUND_NICENESS, ask_for_precedence
from firmware_sim.sound.decoder import PcmCache
from firmware_sim.sound.loudspeaker import MARGIN_MS, Loudspeaker
from firmware_sim.sound.player import AudioPlayer
from firmware_sim.storage.flash import Flash

RATE_HZ = 8_000
T0 = 1_000_000
SIREN = StartTrack("siren", "a1", 1, T0, 80, is_drill=False, parts=(Tone("siren-a", 2_000),), is_open=False)
ADDRESS = StartLive("live", "s1", T0, 80, RATE_HZ, (Tone("chime", 500),))


class PlayerHarness:
    """Player on a card whose clock the test turns; ``starts`` and ``ends``: item and instant."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_ms = T0
        monkeypatch.setattr("firmware_sim.sound.loudspeaker.now_s", lambda: self.now_ms / 1000)
        self.starts: list[tuple[str, int]] = []
        self.ends: list[tuple[str, int]] = []
        self.card = Loudspeaker(
            folder / "out",
            RATE_HZ,
            on_start=lambda *what: self.starts.append(what),
            on_end=lambda item, at_ms, _whole: self.ends.append((item, at_ms)),
        )
        self.folder = folder

    def run(self, *effects: SoundEffect, then: Callable[[], None] = lambda: None) -> None:
        async def play() -> None:
            with ThreadPoolExecutor(1) as executor:
                flash, cache = Flash(self.folder / "flash"), PcmCache(self.folder / "pcm", RATE_HZ)
                player = AudioPlayer(lambda _event: None, flash, cache, self.card, executor)
                self.turn(0)
                for effect in effects:
                    player.do(effect)
                    self.turn(200)
                then()
                player.close()

        asyncio.run(play())

    def turn(self, after_ms: int) -> None:
        self.now_ms += after_ms
        self.card.render_now()


@pytest.fixture
def harness(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PlayerHarness:
    return PlayerHarness(tmp_path, monkeypatch)


def test_a_siren_begins_at_once_however_late_the_cards_next_turn_is(harness: PlayerHarness) -> None:
    harness.run(SIREN)
    assert harness.starts == [("siren", T0 + MARGIN_MS)]


def test_a_live_address_begins_at_once_however_late_the_cards_next_turn_is(harness: PlayerHarness) -> None:
    harness.run(ADDRESS)
    assert harness.starts == [("live", T0 + MARGIN_MS)]


def test_a_stop_silences_at_once_however_late_the_cards_next_turn_is(harness: PlayerHarness) -> None:
    harness.run(SIREN, StopSound("siren"))
    assert harness.ends == [("siren", T0 + 200 + MARGIN_MS)]


def test_a_card_that_cannot_write_ends_neither_the_device_nor_the_others(
    harness: PlayerHarness, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(_now_ms: float) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(harness.card, "render", full)
    harness.run(SIREN)
    assert "rendering failed" in caplog.text


@pytest.mark.parametrize(("is_own", "niceness"), [(True, str(SOUND_NICENESS)), (False, "")])
def test_a_session_of_its_own_goes_before_others_and_that_of_a_terminal_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_own: bool, niceness: str
) -> None:
    asked: list[int] = []
    monkeypatch.setattr("os.setpriority", lambda _which, _who, wanted: asked.append(wanted))
    monkeypatch.setattr("os.getsid", lambda _pid: os.getpid() if is_own else 1)
    (tmp_path / "autogroup").write_text("")
    ask_for_precedence(tmp_path / "autogroup")
    assert asked == [SOUND_NICENESS]
    assert (tmp_path / "autogroup").read_text() == niceness
