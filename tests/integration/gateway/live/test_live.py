"""Live address through the real gateway and broker; then browser, gateway and broker are lost."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from bench.recordings import decode_mono, similarity
from broadcast.alerts.orders import ReachState
from broadcast.live.model import LiveEnd, LiveState
from cms.live.service import addresses
from devices.protocol.live import pack
from firmware_sim.sound.live_decoder import LiveDecoder
from tests.builders import microphone
from tests.integration.gateway.live_harness import FRAME_MS, RATE_HZ, LiveHarness
from tests.integration.process import until
from tests.integration.real_broker import RealBroker

PIECE = RATE_HZ // 2
FRAME = RATE_HZ * FRAME_MS // 1000


@pytest.fixture
def harness(broker: RealBroker, tmp_path: Path) -> Iterator[LiveHarness]:
    made = LiveHarness(broker, tmp_path)
    try:
        made.start()
        yield made
    finally:
        made.close()


def test_what_is_said_is_heard_recorded_and_proved(harness: LiveHarness) -> None:
    spoken = microphone.voice(4.0)
    frames = microphone.frames(spoken)
    live = harness.prepare("live-1")
    harness.act(live.id, addresses.go_on_air)
    assert harness.say(live.id, frames) == len(frames)
    until(lambda: harness.reach(live.id).delay_ms is not None)
    harness.act(live.id, addresses.stop)
    until(lambda: harness.live(live.id).recording is not None)
    until(lambda: harness.reach(live.id).state is ReachState.DONE)
    kept = harness.live(live.id).recording
    assert kept is not None
    assert (kept.frames, kept.duration_ms) == (len(frames), 4_000)
    assert kept.sound_sha256 == hashlib.sha256(b"".join(map(pack, frames))).hexdigest()
    with harness.station.context.content.local_file(kept.sha256) as path:
        file = decode_mono(path, RATE_HZ)
    decoder = LiveDecoder(microphone.OPUS_HZ, RATE_HZ)
    reference = np.concatenate([decoder.decode(packets) for packets in frames[:-5]])
    assert similarity(file, reference).similarity > 0.95
    (started, ended) = harness.truth(live.id)
    assert ended["result"] == "cut"  # a stop is what ends an open card
    heard = harness.heard(started["started_at_ms"], ended["ended_at_ms"])
    # Frames that are late on a busy machine are left out, and the rest is shifted; the bench judges by how much. So a
    # piece may begin with any frame: few of them lie between two that are left out.
    pieces = [reference[at : at + PIECE] for at in range(0, len(reference) - PIECE, FRAME)]
    assert max(similarity(heard, piece).similarity for piece in pieces) > 0.9
    delay_ms = harness.reach(live.id).delay_ms
    assert delay_ms is not None
    assert delay_ms > FRAME_MS


def test_the_browser_is_gone(harness: LiveHarness) -> None:
    live = harness.prepare("live-1")
    harness.act(live.id, addresses.go_on_air)
    harness.say(live.id, microphone.frames(microphone.voice(0.5)))
    until(lambda: not harness.live(live.id).is_open)
    assert harness.live(live.id).end is LiveEnd.SILENT
    until(lambda: harness.reach(live.id).ended_at is not None)
    assert harness.reach(live.id).code == "WATCHDOG"


def test_gateway_and_broker_are_killed_while_somebody_speaks(harness: LiveHarness) -> None:
    frames = microphone.frames(microphone.voice(1.0))
    first = harness.prepare("live-1")
    harness.act(first.id, addresses.go_on_air)
    harness.say(first.id, frames)
    harness.gateway.kill()
    assert harness.say(first.id, frames[:1]) == 0
    until(lambda: len(harness.truth(first.id)) == 2)
    harness.gateway.start()
    until(lambda: harness.live(first.id).state is LiveState.ENDED)
    assert harness.live(first.id).end is LiveEnd.GATEWAY
    until(lambda: harness.live(first.id).recording is not None)
    until(lambda: harness.reach(first.id).code == "WATCHDOG")
    harness.gateway.wait_ready()

    second = harness.prepare("live-2")
    harness.act(second.id, addresses.go_on_air)
    harness.say(second.id, frames)
    harness.broker.kill()
    harness.say(second.id, frames[:1])
    until(lambda: len(harness.truth(second.id)) == 2)
    until(lambda: harness.live(second.id).state is LiveState.ENDED)
    harness.broker.start()
    until(lambda: harness.reach(second.id).code == "WATCHDOG")
