"""Heartbeats: a loop that asks whether to stop proves that it turns."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from cms.platform.process import heartbeats
from cms.platform.process.heartbeats import Beat, HeartbeatInbox, Heartbeats, HeartbeatSender
from cms.platform.process.thread_watch import ThreadWatch
from cms.platform.process.unix_socket import send
from cms.platform.settings import Settings


class Clock:
    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def beats(clock: Clock) -> Heartbeats:
    return Heartbeats({"alerts": 60.0}, clock)


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[HeartbeatInbox]:
    with HeartbeatInbox(heartbeats.socket_of(Settings(home=tmp_path))) as opened:
        yield opened


def test_a_loop_that_no_longer_turns_is_overdue_after_its_bound(beats: Heartbeats, clock: Clock) -> None:
    event = beats.event_of("alerts", threading.Event())
    clock.now_s += 60
    assert beats.overdue() == {}
    clock.now_s += 1
    assert beats.overdue() == {"alerts": 61}
    assert not event.is_set()
    assert (beats.overdue(), beats.quiet_s()) == ({}, {"alerts": 0})


def test_a_loop_that_waits_has_told_how_long_it_may_be_quiet(beats: Heartbeats, clock: Clock) -> None:
    beats.note("alerts", 600)
    clock.now_s += 659
    assert beats.overdue() == {}
    clock.now_s += 2
    assert beats.overdue() == {"alerts": 661}


def test_a_loop_that_waits_without_end_is_never_overdue(beats: Heartbeats, clock: Clock) -> None:
    beats.note("alerts", None)
    clock.now_s += 1e9
    assert beats.overdue() == {}


def test_a_loop_without_a_bound_of_its_own_has_the_common_one(beats: Heartbeats, clock: Clock) -> None:
    beats.event_of("other", threading.Event())
    clock.now_s += heartbeats.STEP_MAX_S
    assert beats.overdue() == {}
    clock.now_s += 1
    assert list(beats.overdue()) == ["other"]


def test_a_loop_that_ended_in_good_order_is_not_missed(beats: Heartbeats, clock: Clock) -> None:
    stopping = threading.Event()
    asks, waits = beats.event_of("alerts", stopping), beats.event_of("other", stopping)
    assert not waits.wait(0)
    asks.set()
    assert stopping.is_set()
    assert asks.is_set()
    assert waits.wait(5)
    clock.now_s += 1e6
    assert beats.quiet_s() == {}


def test_the_supervisor_reads_what_a_process_sends(
    beats: Heartbeats, clock: Clock, inbox: HeartbeatInbox, tmp_path: Path
) -> None:
    beats.event_of("alerts", threading.Event())
    with HeartbeatSender(heartbeats.socket_of(Settings(home=tmp_path)), "gateway", beats) as sender:
        sender.beat()
        clock.now_s += 100
        sender.beat()
    found = inbox.beats()
    assert Beat("gateway", {}) in found
    assert Beat("gateway", {"alerts": 100.0}) in found
    assert inbox.beats() == []


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b'{"program": "x", "overdue": {"a": "b"}}', b'{"program": "x", "overdue": 1}']
)
def test_what_is_no_heartbeat_is_none(inbox: HeartbeatInbox, tmp_path: Path, data: bytes) -> None:
    assert send(heartbeats.socket_of(Settings(home=tmp_path)), data)
    assert inbox.beats() == []


def test_nobody_listening_harms_nobody(beats: Heartbeats, tmp_path: Path) -> None:
    HeartbeatSender(tmp_path / "none.sock", "gateway", beats).beat()


def test_a_supervisor_that_was_started_again_is_heard_by(beats: Heartbeats, tmp_path: Path) -> None:
    path = tmp_path / "beats.sock"
    sender = HeartbeatSender(path, "gateway", beats)
    for _ in range(2):
        with HeartbeatInbox(path) as listening:
            sender.beat()
            sender.beat()
            assert listening.beats() == [Beat("gateway", {})] * 2


def test_threads_are_looked_at_on_the_same_thread_more_often_than_heartbeats_are_sent(tmp_path: Path) -> None:
    beats, looks, done = Heartbeats(), list[str](), threading.Event()
    beats.threads = ThreadWatch(tuple)

    def look() -> None:
        looks.append(threading.current_thread().name)
        if len(looks) == 4:
            done.set()

    beats.threads.look = look  # type: ignore[method-assign]
    with HeartbeatInbox(tmp_path / "beats.sock") as listening:
        sender = HeartbeatSender(tmp_path / "beats.sock", "gateway", beats, every_s=0.01)
        with sender:
            assert done.wait(60)
        assert len(listening.beats()) <= len(looks) // 2 + 1
    assert set(looks) == {"heartbeat"}


@pytest.mark.parametrize("address", ["path", "abstract"])
def test_systemd_is_told_as_long_as_every_loop_turns(
    beats: Heartbeats, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    name = str(tmp_path / "n") if address == "path" else f"@loa-{tmp_path.name}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind("\0" + name[1:] if address == "abstract" else name)
        systemd.settimeout(0)
        monkeypatch.setenv("NOTIFY_SOCKET", name)
        sender = HeartbeatSender(tmp_path / "none.sock", "gateway", beats)
        sender.beat()
        assert systemd.recv(64) == b"WATCHDOG=1"
        beats.event_of("alerts", threading.Event())
        clock.now_s += 100
        sender.beat()
        with pytest.raises(BlockingIOError):
            systemd.recv(64)


def test_a_heartbeat_names_no_more_loops_than_a_datagram_holds(
    beats: Heartbeats, clock: Clock, inbox: HeartbeatInbox, tmp_path: Path
) -> None:
    for number in range(200):
        beats.event_of(f"loop {number}", threading.Event())
    clock.now_s += 1e6
    HeartbeatSender(heartbeats.socket_of(Settings(home=tmp_path)), "gateway", beats).beat()
    (beat,) = inbox.beats()
    assert 0 < len(beat.overdue) < 200
    assert json.dumps(dict(beat.overdue))
