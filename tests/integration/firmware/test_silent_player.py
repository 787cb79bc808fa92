"""Silent player: it keeps time without sound, and reports what it would have sounded. Time is skipped."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from bench.fault_injection.flash import MemoryFlash
from firmware_sim.core.effects import (
    Clip,
    CloseStream,
    ExtendTrack,
    FeedRelay,
    OpenStream,
    Prepare,
    Silence,
    StartRelay,
    StartSound,
    StartTrack,
    StopSound,
    Tone,
)
from firmware_sim.core.events import ContentSpoilt, Event, FeedTurned, SoundEnded, SoundStarted, StreamCame
from firmware_sim.sound import silent_player
from firmware_sim.sound.silent_player import NOMINAL_DB, NOMINAL_LEVEL, SilentPlayer
from tests.integration.firmware import skipped_time
from tests.integration.firmware.skipped_time import now_ms

SHA = "a" * 64
DEADLINE_S = 20


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(silent_player, "now_ms", now_ms)


class PlayerCallbacks:
    def __init__(self) -> None:
        self.heard: list[tuple[str, ...]] = []

    def __call__(self, event: Event) -> None:
        match event:
            case SoundStarted(item, at_ms):
                assert at_ms == now_ms()
                self.heard.append(("start", item))
            case SoundEnded(item, at_ms, whole):
                assert at_ms == now_ms()
                self.heard.append(("whole" if whole else "cut", item))
            case ContentSpoilt(sha256):
                self.heard.append(("spoilt", sha256))
            case StreamCame(item, ms, held_ms, level_db):
                assert (ms, level_db) == (held_ms, NOMINAL_DB)
                self.heard.append(("came", item))
            case FeedTurned(item, what, at_ms):
                assert at_ms == now_ms()
                self.heard.append((what, item))
            case _:
                raise AssertionError(event)


def order(item: str, *, in_ms: int = 0, length_ms: int = 30, cuts: bool = False, offset_ms: int = 0) -> StartSound:
    return StartSound(
        item=item,
        sha256=SHA,
        at_ms=now_ms() + in_ms,
        offset_ms=offset_ms,
        length_ms=length_ms,
        max_ms=length_ms,
        repeat=1,
        gap_ms=0,
        cuts=cuts,
        volume_pct=80,
    )


def run(work: Callable[[SilentPlayer], Awaitable[None]], count: int, *, holds: bool = True) -> list[tuple[str, ...]]:
    """Run the work until the player has made ``count`` reports, and return them."""
    callbacks = PlayerCallbacks()
    flash = MemoryFlash()
    if holds:
        flash.content[SHA] = b""

    async def play() -> None:
        player = SilentPlayer(callbacks, flash)
        await work(player)
        async with asyncio.timeout(DEADLINE_S):
            while len(callbacks.heard) < count:  # noqa: ASYNC110 - it waits for a list that other code fills
                await asyncio.sleep(0.005)
        player.close()

    skipped_time.run(play())
    return callbacks.heard


def test_an_item_starts_and_ends() -> None:
    async def work(player: SilentPlayer) -> None:
        player.do(Prepare(SHA))
        player.do(order("a", in_ms=20))

    assert run(work, 2) == [("start", "a"), ("whole", "a")]


def test_an_equal_item_follows() -> None:
    async def work(player: SilentPlayer) -> None:
        player.do(order("a", length_ms=100))
        await asyncio.sleep(0.03)
        player.do(order("b", in_ms=10))

    assert run(work, 4) == [("start", "a"), ("whole", "a"), ("start", "b"), ("whole", "b")]


def test_a_higher_item_cuts() -> None:
    async def work(player: SilentPlayer) -> None:
        player.do(order("a", length_ms=60_000))
        await asyncio.sleep(0.03)
        player.do(order("b", in_ms=10, cuts=True))

    assert run(work, 4) == [("start", "a"), ("cut", "a"), ("start", "b"), ("whole", "b")]


def test_what_waits_is_taken_back_when_another_takes_its_place_or_it_is_stopped() -> None:
    async def work(player: SilentPlayer) -> None:
        player.do(order("a", in_ms=60_000))
        player.do(order("b", in_ms=60_000))
        player.do(StopSound("b"))
        player.do(StopSound("nothing"))

    assert run(work, 2) == [("cut", "a"), ("cut", "b")]


def test_what_sounds_is_stopped() -> None:
    async def work(player: SilentPlayer) -> None:
        player.do(order("a", length_ms=60_000))
        await asyncio.sleep(0.03)
        player.do(StopSound("a"))

    assert run(work, 2) == [("start", "a"), ("cut", "a")]


def test_power_off_ends_the_sound() -> None:
    async def work(player: SilentPlayer) -> None:
        player.do(order("a", length_ms=60_000))
        await asyncio.sleep(0.03)
        player.close()

    assert run(work, 2) == [("start", "a"), ("cut", "a")]


def test_content_that_is_gone_is_told() -> None:
    async def work(player: SilentPlayer) -> None:
        player.do(Prepare(SHA))
        player.do(order("a"))

    assert run(work, 2, holds=False) == [("spoilt", SHA)] * 2


def track(item: str, *ms: int, is_open: bool = False) -> StartTrack:
    parts = tuple(Tone("siren-a", length) for length in ms)
    return StartTrack(
        item=item, cid=item, round=1, at_ms=now_ms(), volume_pct=100, is_drill=False, parts=parts, is_open=is_open
    )


def test_a_track_begins_at_once_over_what_sounds_and_waits() -> None:
    async def work(player: SilentPlayer) -> None:
        player.do(order("a", length_ms=60_000))
        await asyncio.sleep(0.03)
        player.do(order("b", in_ms=60_000))
        player.do(track("t", 10, 10))

    assert run(work, 5) == [("start", "a"), ("cut", "b"), ("cut", "a"), ("start", "t"), ("whole", "t")]


def test_an_open_track_ends_after_its_extension_only() -> None:
    async def work(player: SilentPlayer) -> None:
        player.do(track("t", 10, is_open=True))
        await asyncio.sleep(0.05)
        player.do(ExtendTrack("another", (), is_open=False))
        player.do(ExtendTrack("t", (Tone("siren-a", 10),), is_open=True))
        player.do(ExtendTrack("t", (Clip(SHA, 20),), is_open=False))

    assert run(work, 2) == [("start", "t"), ("whole", "t")]


def test_a_closed_track_that_is_extended_ends_later_once() -> None:
    async def work(player: SilentPlayer) -> None:
        player.do(track("t", 10))
        player.do(ExtendTrack("t", (Silence(10),), is_open=False))
        await asyncio.sleep(0.05)

    assert run(work, 2) == [("start", "t"), ("whole", "t")]


def test_a_track_is_stopped_and_a_lower_item_waits_behind_it() -> None:
    async def work(player: SilentPlayer) -> None:
        player.do(track("t", 60_000))
        player.do(order("a", in_ms=5))
        await asyncio.sleep(0.03)
        player.do(StopSound("t"))

    assert run(work, 4) == [("start", "t"), ("cut", "t"), ("start", "a"), ("whole", "a")]


def test_without_a_card_the_level_is_nominal() -> None:
    async def work(player: SilentPlayer) -> None:
        assert player.level("t") == NOMINAL_LEVEL
        player.do(track("t", 1))

    assert run(work, 2)[-1] == ("whole", "t")


def test_a_relay_is_told_as_heard_without_its_stream_being_opened() -> None:
    async def work(player: SilentPlayer) -> None:
        player.do(OpenStream("relay", "http://nowhere.invalid/", "stream", 1_500))
        player.do(FeedRelay("relay", "stream"))
        now = now_ms()
        player.do(StartRelay("relay", SHA, now, now + 40, gap_ms=0, cuts=False, volume_pct=80))

    assert run(work, 4) == [("came", "relay"), ("start", "relay"), ("stream", "relay"), ("whole", "relay")]


def test_a_relay_that_turns_to_its_stand_in_says_so() -> None:
    async def work(player: SilentPlayer) -> None:
        player.do(OpenStream("relay", "http://nowhere.invalid/", "hls", 1_500))
        now = now_ms()
        player.do(StartRelay("relay", SHA, now, now + 60, gap_ms=0, cuts=False, volume_pct=80))
        await asyncio.sleep(0.02)
        player.do(FeedRelay("relay", "fallback"))
        player.do(CloseStream("relay"))

    heard = run(work, 5)
    assert [what for what, _ in heard] == ["came", "start", "nothing", "fallback", "whole"]
