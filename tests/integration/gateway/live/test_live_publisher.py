"""Live publisher, on a real store and a link that keeps the sent messages."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from broadcast.alerts.model import OrderId
from broadcast.live.model import LiveEnd, LiveId, LiveSession
from cms.alerts.repository.orders import Orders
from cms.live.messages import live as live_messages
from cms.live.messages.live import LiveTape
from cms.live.messages.publisher import FIRST_RENEWAL_S, TAPES_S, LivePublisher
from cms.live.repository import LiveSessions
from cms.live.service import addresses
from cms.live.service.pipe import LiveInlet, UnsealedFrame, hear_other_hosts, path_of, say
from cms.platform.epoch import Epoch
from cms.platform.gateway import outbox_notifier
from cms.platform.settings import Settings
from cms.platform.store import process_lease
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.process_lease import ProcessLease
from devices.protocol import topics
from devices.protocol.live import LiveFrame, SessionDoor
from devices.protocol.messages import Command
from media import opus
from tests.builders.calls import call_of
from tests.databases import engine_of
from tests.fakes.programme import AUTHOR
from tests.integration.gateway.station import XA_1, XA_2, Station
from tests.object_server import away
from tests.postgres import PostgresServer

SOUND = (opus.SILENCE_20_MS,) * 5


@dataclass
class PublisherHarness:
    """Live publisher with a clock moved by hand."""

    station: Station
    now_s: list[float] = field(default_factory=lambda: [100.0])

    def __post_init__(self) -> None:
        self.publisher = LivePublisher(self.station.context, self.station.link, lambda: self.now_s[0])

    def prepare(self, live_id: str = "live-1", minutes: int = 10) -> LiveSession:
        return addresses.prepare(
            self.station.context.uow(),
            LiveId(live_id),
            areas=[XA_1, XA_2],
            topic="Nhắc nộp thuế",
            longest=timedelta(minutes=minutes),
            call=call_of(replace(AUTHOR, second_factor_at=self.station.now), self.station.now),
        )

    def go(self) -> None:
        uow, now = self.station.context.uow(), self.station.now
        addresses.go_on_air(uow, LiveId("live-1"), call=call_of(AUTHOR, now))

    def stop(self) -> None:
        uow, now = self.station.context.uow(), self.station.now
        addresses.stop(uow, LiveId("live-1"), call=call_of(AUTHOR, now))

    def pass_by(self, seconds: float) -> None:
        self.now_s[0] += seconds
        self.station.pass_by(seconds=seconds)
        self.publisher.step()

    def say(self, *seqs: int, live_id: str = "live-1") -> None:
        self.publisher.hear([UnsealedFrame(live_id, LiveFrame(seq, 1_000 + seq, SOUND)) for seq in seqs])

    def live(self) -> LiveSession:
        with self.station.context.uow() as unit:
            return unit[LiveSessions].get(LiveId("live-1"))

    def commands(self, kind: str) -> list[tuple[str, Command]]:
        signed = [each for each in self.station.link.published if each.topic.endswith("/cmd")]
        read = [(each.topic, each.read(Command)) for each in signed]
        return [(topic, command) for topic, command in read if command.type == kind]

    def frames(self) -> list[tuple[str, int]]:
        """Return topic and number of every frame, decrypted with the key that its start named."""
        (_, start), *_rest = self.commands("live_start")
        assert start.live is not None
        door = SessionDoor(start.live.session, start.live.key)
        sent = [each for each in self.station.link.published if "/live/" in each.topic]
        assert all((each.qos, each.retain, each.expiry_s) == (0, False, 2) for each in sent)
        return [(each.topic, door.open(each.payload).seq) for each in sent]


@pytest.fixture
def publisher(station: Station) -> Iterator[PublisherHarness]:
    made = PublisherHarness(station)
    yield made
    made.publisher.close()


def test_a_start_goes_to_every_area_once_with_a_key_of_its_own(publisher: PublisherHarness) -> None:
    publisher.prepare()
    publisher.pass_by(0)
    publisher.pass_by(1)
    started = publisher.commands("live_start")
    assert [topic for topic, _ in started] == [topics.area_command(XA_1), topics.area_command(XA_2)]
    body = started[0][1].live
    assert body is not None
    assert (body.session, body.frame_ms, body.chime_ms, body.watchdog_ms) == ("live-1", 100, 1_500, 3_000)
    assert publisher.station.due() == []


def test_each_frame_goes_to_every_area_once_and_nothing_before_the_start(publisher: PublisherHarness) -> None:
    publisher.prepare()
    publisher.say(0)
    publisher.pass_by(0)
    publisher.go()
    publisher.say(1, 2, 2)
    publisher.say(3, live_id="another")
    there = [topics.area_live(XA_1, "live-1"), topics.area_live(XA_2, "live-1")]
    assert publisher.frames() == [(topic, seq) for seq in (1, 2) for topic in there]


def test_a_frame_beyond_the_limit_is_lost_and_the_next_goes_on(publisher: PublisherHarness) -> None:
    publisher.prepare()
    publisher.pass_by(0)
    publisher.publisher.hear([UnsealedFrame("live-1", LiveFrame(0, 1, (bytes(5_000),)))])
    publisher.say(1)
    assert {seq for _, seq in publisher.frames()} == {1}


def test_it_is_renewed_soon_after_the_first_word_and_then_every_half_minute(publisher: PublisherHarness) -> None:
    publisher.prepare()
    publisher.pass_by(0)
    publisher.go()
    for second in range(70):
        publisher.say(second)
        publisher.pass_by(1)
    renewed = [command.cid for topic, command in publisher.commands("live_renew") if topic == topics.area_command(XA_1)]
    assert renewed == ["live-1-r1", "live-1-r2", "live-1-r3"]
    assert FIRST_RENEWAL_S < 30


def test_its_end_is_told_and_what_was_said_is_kept_with_silence_where_a_frame_was_lost(
    publisher: PublisherHarness,
) -> None:
    publisher.prepare()
    publisher.pass_by(0)
    publisher.go()
    publisher.say(0, 2, 1, 4)
    publisher.stop()
    publisher.pass_by(1)
    assert [command.refs for _, command in publisher.commands("live_stop")] == [["live-1"], ["live-1"]]
    kept = publisher.live().recording
    assert kept is not None
    assert (kept.frames, kept.duration_ms) == (4, 500)
    assert publisher.station.context.content.read_bytes(kept.sha256).startswith(b"OggS")
    assert list((publisher.station.context.settings.run_dir / "live").iterdir()) == []
    publisher.say(5)
    assert 5 not in {seq for _, seq in publisher.frames()}


def test_what_was_said_is_kept_later_where_the_content_store_was_away(
    publisher: PublisherHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher.prepare()
    publisher.pass_by(0)
    publisher.go()
    publisher.say(0, 1)
    publisher.stop()
    with monkeypatch.context() as outage:
        outage.setattr(publisher.station.context.content, "put_bytes", away)
        publisher.pass_by(1)
        publisher.pass_by(TAPES_S)
        assert publisher.live().recording is None
    publisher.pass_by(TAPES_S)
    kept = publisher.live().recording
    assert kept is not None
    assert kept.frames == 2
    assert list((publisher.station.context.settings.run_dir / "live").iterdir()) == []


@pytest.mark.parametrize(
    ("speaks", "seconds", "end"),
    [(False, 61, LiveEnd.NEVER), (True, 6, LiveEnd.SILENT)],
)
def test_it_is_over_by_itself_when_nothing_comes(
    publisher: PublisherHarness, speaks: bool, seconds: float, end: LiveEnd
) -> None:
    publisher.prepare()
    publisher.pass_by(0)
    publisher.go()
    if speaks:
        publisher.say(0)
    publisher.pass_by(seconds)
    assert publisher.live().end is end
    publisher.pass_by(1)
    assert publisher.commands("live_stop")


@pytest.mark.parametrize(("minutes", "end"), [(10, LiveEnd.TIME_LIMIT), (2, LiveEnd.QUIET_HOURS)])
def test_its_greatest_length_ends_it_or_quiet_hours_that_begin_before(
    publisher: PublisherHarness, minutes: int, end: LiveEnd
) -> None:
    publisher.prepare(minutes=minutes)
    publisher.pass_by(0)
    publisher.go()
    for frame in range(minutes * 15 + 1):
        publisher.say(frame)
        publisher.pass_by(4)
    assert publisher.live().end is end


def test_without_the_broker_it_is_over_and_what_was_said_is_kept(publisher: PublisherHarness) -> None:
    publisher.prepare()
    publisher.pass_by(0)
    publisher.go()
    publisher.say(0)
    publisher.station.link.is_ready = False
    for seq in range(1, 8):
        publisher.say(seq)
        publisher.pass_by(1)
    assert publisher.live().end is LiveEnd.BROKER
    assert publisher.commands("live_stop") == []
    publisher.station.link.is_ready = True
    publisher.pass_by(1)
    assert publisher.commands("live_stop")
    assert publisher.live().recording is not None


def test_a_new_gateway_has_no_key_and_ends_what_another_opened(publisher: PublisherHarness) -> None:
    publisher.prepare()
    publisher.pass_by(0)
    publisher.go()
    publisher.say(0, 1)
    publisher.publisher.close()
    after = PublisherHarness(publisher.station)
    after.pass_by(1)
    assert after.live().end is LiveEnd.GATEWAY
    after.pass_by(1)
    assert after.commands("live_stop")
    kept = after.live().recording
    assert kept is not None
    assert kept.frames == 2


def test_what_was_prepared_while_no_gateway_ran_is_opened_if_somebody_still_waits(publisher: PublisherHarness) -> None:
    publisher.prepare()
    publisher.station.pass_by(seconds=10)
    publisher.pass_by(0)
    assert publisher.commands("live_start")
    assert publisher.live().is_open


def test_what_was_prepared_long_ago_is_over_and_opens_nothing(publisher: PublisherHarness) -> None:
    publisher.prepare()
    publisher.station.pass_by(seconds=40)
    publisher.pass_by(0)
    assert publisher.commands("live_start") == []
    assert publisher.live().end is LiveEnd.GATEWAY


def test_what_is_gone_from_the_store_is_settled(publisher: PublisherHarness) -> None:
    publisher.station.ask(OutboxKind.LIVE, "nobody")
    publisher.pass_by(0)
    assert publisher.station.due() == []


def test_the_devices_are_expected_to_answer(publisher: PublisherHarness) -> None:
    live = publisher.prepare()
    with publisher.station.context.uow() as unit:
        assert len(unit[Orders].reaches(OrderId(live.id))) == 3


def test_a_tape_that_a_kill_left_in_halves_is_kept_up_to_there(
    station: Station, tmp_path: Path, publisher: PublisherHarness
) -> None:
    tape = LiveTape(tmp_path / "tapes", "t")
    for seq in range(3):
        tape.write(LiveFrame(seq, seq, SOUND))
    tape.close()
    tape.path.write_bytes(tape.path.read_bytes()[:-3])
    kept = live_messages.keep(tape.path, publisher.prepare(), station.context.content)
    assert kept is not None
    assert (kept.frames, kept.duration_ms) == (2, 200)


def test_of_an_address_in_which_nothing_was_said_nothing_is_kept(publisher: PublisherHarness) -> None:
    publisher.prepare()
    publisher.pass_by(0)
    publisher.stop()
    publisher.pass_by(1)
    assert publisher.live().recording is None


def test_the_pipe_carries_frames_and_takes_a_ring_for_none(station: Station) -> None:
    path = path_of(station.context.settings)
    said = UnsealedFrame("live-1", LiveFrame(7, 1_700_000_000_000, SOUND))
    assert not say(station.context, said)
    with LiveInlet(path) as inlet:
        assert inlet.take(0) == []
        assert say(station.context, said)
        assert inlet.take(1) == [said]
        outbox_notifier.ring(path)
        assert inlet.take(1) == []
    assert not path.exists()


def test_a_frame_for_a_gateway_on_another_host_goes_through_the_database(
    station: Station, postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = UnsealedFrame("live-1", LiveFrame(7, 1_700_000_000_000, (b"\xf8" + bytes(600),) * 5))
    stopping = threading.Event()
    monkeypatch.setattr(process_lease, "LISTEN_S", 0.05)
    with postgres.lent_database() as url, engine_of(url) as engine:
        here = replace(station.context, engine=engine)
        there = replace(here, settings=Settings(home=tmp_path / "other"))
        assert not say(here, said)
        lease = ProcessLease(engine, "gateway", Epoch(tmp_path))
        assert lease.take()
        with LiveInlet(path_of(there.settings)) as inlet:
            ear = threading.Thread(target=hear_other_hosts, args=(there, stopping))
            ear.start()
            try:
                # Until it listens, a frame is lost.
                while not (heard := inlet.take(0.05)):
                    assert say(here, said)
            finally:
                stopping.set()
                ear.join()
    assert heard[0] == said
