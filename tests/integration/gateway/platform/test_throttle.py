"""Rate limit of a device that floods its events: the messages handled, and the events about the rest."""

from __future__ import annotations

import pytest

from cms.health.queries.incidents import counted_since
from cms.health.repository.faults import FaultRecords
from cms.health.service.watch import HealthWatch
from cms.platform.gateway.inbound import TOLD_EVERY_S, InboundMessage, Throttle, understand
from cms.platform.store.engine import reading
from cms.platform.store.events import FLOODED
from cms.platform.store.uow import UnitOfWork
from devices.health.kinds import FaultKind
from devices.model import DeviceId
from devices.mqtt.link import Incoming
from devices.protocol import codec, topics
from devices.protocol.errors import ProtocolError
from devices.protocol.limits import ITEMS_MAX
from devices.protocol.messages import Ack, ExecutionState
from devices.rate_limit import RateLimit
from tests.integration.gateway.station import LOA_1, LOA_2, START, Station


def said(topic: str, number: int) -> Incoming:
    return Incoming(topic, str(number).encode(), retain=False, qos=1, mid=number, connection=1)


class ThrottleHarness:
    def __init__(self, station: Station) -> None:
        self.station = station
        self.now_s = 1_000.0
        self.read: list[Incoming] = []
        self.throttle = Throttle(
            station.context, lambda: self.now_s, RateLimit(at_once=5, a_minute=6), RateLimit(at_once=400, a_minute=60)
        )

    def hear(self, *messages: Incoming) -> list[int]:
        """Return the numbers of the decoded messages, in order."""
        before = len(self.read)
        self.throttle.let_through(messages, self._understand)
        return [each.mid for each in self.read[before:]]

    def _understand(self, message: Incoming) -> InboundMessage | None:
        self.read.append(message)
        try:
            return understand(message.topic, message.payload)
        except ProtocolError:
            return None

    def counted(self) -> dict[str, int]:
        with reading(self.station.context.engine) as session:
            return {str(name): count for name, count in counted_since(session, (FLOODED,), START).items()}


@pytest.fixture
def harness(station: Station) -> ThrottleHarness:
    return ThrottleHarness(station)


def flood(count: int) -> list[Incoming]:
    return [said(topics.device_event(LOA_1), number) for number in range(count)]


def names(count: int) -> bytes:
    return codec.encode(
        Ack(v=1, st=ExecutionState.READY, ts=1, n=1, boot="b", items=[f"t{n}-s1-1" for n in range(count)])
    )


def answer(number: int, count: int = ITEMS_MAX, device: DeviceId = LOA_1) -> Incoming:
    return Incoming(topics.device_ack(device), names(count), retain=False, qos=1, mid=number, connection=1)


def test_items_count_and_not_messages(harness: ThrottleHarness) -> None:
    assert harness.hear(*[answer(number) for number in range(20)]) == list(range(8))
    assert harness.hear(answer(20, count=1)) == []
    harness.now_s += 10
    assert harness.hear(answer(21), answer(22)) == [21]
    assert harness.throttle.tell() == 1
    assert harness.counted() == {LOA_1: 14}


def test_one_share_holds_for_all_topics_of_a_device_and_each_device_has_its_own(harness: ThrottleHarness) -> None:
    spent = [answer(number) for number in range(8)]
    sync = said(topics.device_request(LOA_1, "sync"), 101)
    csr = said(topics.device_request(LOA_1, "csr"), 102)
    fact = said(topics.device_event(LOA_1), 103)
    assert harness.hear(*spent, sync, csr, fact, answer(104, device=LOA_2)) == [*range(8), 104]


def test_what_is_beyond_a_devices_share_is_not_decoded_save_its_last_state(harness: ThrottleHarness) -> None:
    harness.hear(*[answer(number) for number in range(8)])
    states = [said(topics.device_state(LOA_1), number) for number in (201, 202, 203)]
    assert harness.hear(*states, answer(204), said(topics.device_state(LOA_2), 205)) == [205, 203]


def test_what_is_no_devices_topic_is_nobodys_word(harness: ThrottleHarness) -> None:
    assert harness.hear(said("loa/v1/time", 1)) == []


def test_facts_are_held_back_by_a_limit_of_their_own_and_other_words_are_not(harness: ThrottleHarness) -> None:
    others = [
        said(topics.device_event(LOA_2), 1_001),
        said(topics.device_state(LOA_1), 1_002),
        said(topics.device_ack(LOA_1), 1_003),
        said(topics.device_request(LOA_1, "sync"), 1_004),
    ]
    assert harness.hear(*flood(300), *others) == [0, 1, 2, 3, 4, 1_001, 1_002, 1_003, 1_004]
    harness.now_s += 10
    assert harness.hear(*flood(3)) == [0]


def test_what_was_not_listened_to_is_said_once_a_minute_and_is_a_fault_until_it_is_over(
    harness: ThrottleHarness,
) -> None:
    watch = HealthWatch(harness.station.context.uow, harness.station.context.now, harness.station.context.new_id)
    assert harness.throttle.tell() == 0
    harness.hear(*flood(105))
    assert harness.throttle.tell() == 1
    harness.hear(*flood(10))
    assert harness.throttle.tell() == 0
    assert harness.counted() == {LOA_1: 100}
    harness.now_s += TOLD_EVERY_S
    assert harness.throttle.tell() == 1
    assert harness.counted() == {LOA_1: 110}
    watch.step()
    with reading(harness.station.context.engine) as session:
        (fault,) = [each for each in FaultRecords(session).living(START) if each.kind is FaultKind.TALKS_TOO_MUCH]
    assert (fault.device_id, fault.is_open, fault.detail) == (LOA_1, True, "110")
    for minutes in (70, 61):
        harness.station.pass_by(minutes=minutes)
        watch.step()
    with reading(harness.station.context.engine) as session:
        living = FaultRecords(session).living(harness.station.now)
    assert [each.is_open for each in living if each.kind is FaultKind.TALKS_TOO_MUCH] == [False]


def test_what_could_not_be_said_is_said_the_next_time(
    harness: ThrottleHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness.hear(*flood(7))
    with monkeypatch.context() as broken:
        broken.setattr(UnitOfWork, "commit", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            harness.throttle.tell()
    assert harness.throttle.tell() == 1
    assert harness.counted() == {LOA_1: 2}
