"""Link of a device: against a real broker, and against one that misbehaves."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from bench.fault_injection.conditions import LinkConditions, NetworkShaper
from devices import mqtt_codec
from devices.protocol import topics
from devices.protocol.messages import Desired
from firmware_sim.core.effects import Publish
from firmware_sim.network import link as link_module
from firmware_sim.network import tls
from firmware_sim.network.link import Broker, Crowd, Link, client_context
from firmware_sim.physics.dice import dice
from tests.integration.real_broker import RealBroker

DEVICE = "xa-1-l01"
DEADLINE_S = 120
OWN, ACK = topics.device_command(DEVICE), topics.device_ack(DEVICE)
CONNACK = bytes.fromhex("20 03 00 00 00")
REFUSED = bytes.fromhex("20 03 00 87 00")


class Owner:
    """Owner of the link under test; ``happened`` records its callbacks."""

    def __init__(self) -> None:
        self.happened: list[str] = []
        self.messages: list[tuple[str, bytes]] = []

    def will(self) -> Publish:
        self.happened.append("connecting")
        return Publish(topics.device_state(DEVICE), b"gone", retain=True)

    def connected(self) -> None:
        self.happened.append("connected")

    def disconnected(self) -> None:
        self.happened.append("disconnected")

    def message(self, topic: str, payload: bytes) -> None:
        self.messages.append((topic, payload))

    def times(self, what: str) -> int:
        return self.happened.count(what)


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while not condition():  # noqa: ASYNC110 - the other side is another process
            await asyncio.sleep(0.005)


@contextlib.asynccontextmanager
async def running(
    broker: RealBroker, owner: Owner, port: int = 0, shaper: NetworkShaper | None = None, told: Desired | None = None
) -> AsyncIterator[Link]:
    folder = broker.keyring.provision(DEVICE, "sn", "xa-1", broker.settings)
    target = Broker("127.0.0.1", port or broker.port, client_context(folder), (0.01, 0.05))
    link = Link(DEVICE, target, owner, Crowd(), shaper, desired=lambda: told)
    task = asyncio.create_task(link.run())
    try:
        yield link
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def way_of(road: LinkConditions) -> NetworkShaper:
    return NetworkShaper(road, dice(1, DEVICE), asyncio.get_running_loop())


Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@contextlib.asynccontextmanager
async def stub(broker: RealBroker, answer: Answer) -> AsyncIterator[int]:
    """Run a broker with the right certificate and the wrong answers, and yield its port."""
    keys = broker.keyring.folder
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(keys / "broker.pem", keys / "broker.key")

    tasks: set[asyncio.Task[None]] = set()
    is_over = False

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(ConnectionError):
                await answer(reader, writer)
        finally:
            writer.transport.abort()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if is_over:  # a handshake that was under way; nobody would end its task
            writer.transport.abort()
            return
        tasks.add(asyncio.create_task(serve(reader, writer)))

    server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=context)
    async with server:
        yield int(server.sockets[0].getsockname()[1])
        is_over = True
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0.05)  # aborted TLS transports are closed by the loop's next rounds


def saying(*words: bytes) -> Answer:
    """Make an answer that replies to the CONNECT with these bytes, and then only listens."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4096)
        for word in words:
            writer.write(word)
            await writer.drain()
        while await reader.read(4096):
            pass

    return answer


def test_a_message_goes_round_with_both_qualities(broker: RealBroker) -> None:
    async def work() -> None:
        owner = Owner()
        async with running(broker, owner) as link:
            await until(lambda: link.is_online)
            link.publish(Publish(ACK, b"sure"))
            link.publish(Publish(ACK, b"perhaps", qos=0))
            link.subscribe([(OWN, 1)])
            link.unsubscribe([OWN])
            await until(lambda: not link._session.in_flight)
        assert owner.happened == ["connecting", "connected", "disconnected"]

    asyncio.run(work())


def test_a_subscription_that_is_refused_is_logged(broker: RealBroker, caplog: pytest.LogCaptureFixture) -> None:
    async def work() -> None:
        answer = saying(CONNACK, bytes.fromhex("90 04 00 01 00 87"))
        async with stub(broker, answer) as port, running(broker, Owner(), port):
            await until(lambda: "subscriptions refused" in caplog.text)

    asyncio.run(work())


def test_what_was_published_offline_goes_out_on_connect(broker: RealBroker) -> None:
    async def work() -> None:
        owner = Owner()
        broker.kill()
        async with running(broker, owner) as link:
            link.publish(Publish(ACK, b"kept"))
            link.publish(Publish(ACK, b"lost", qos=0))
            await asyncio.to_thread(broker.start)
            await until(lambda: link.is_online and not link._session.unsent and not link._session.in_flight)

    asyncio.run(work())


def test_the_link_comes_back_when_the_broker_does(broker: RealBroker) -> None:
    async def work() -> None:
        owner = Owner()
        async with running(broker, owner) as link:
            await until(lambda: link.is_online)
            broker.kill()
            await until(lambda: owner.times("disconnected") == 1)
            await asyncio.to_thread(broker.start)
            await until(lambda: owner.times("connected") == 2)

    asyncio.run(work())


def test_a_path_that_is_held_up_loses_nothing_and_tells_nobody(broker: RealBroker) -> None:
    async def work() -> None:
        owner, shaper = Owner(), way_of(LinkConditions(base_ms=0, is_held=True))
        async with running(broker, owner, shaper=shaper) as link:
            await asyncio.sleep(0)
            assert owner.happened == []
            shaper.network.is_held = False
            shaper.changed()
            await until(lambda: link.is_online)
            shaper.network.is_held = True
            shaper.changed()
            link.publish(Publish(ACK, b"later"))
            broker.kill()
            await asyncio.to_thread(broker.start)
            assert link.is_online
            shaper.network.is_held = False
            shaper.changed()
            await until(lambda: owner.times("connected") == 2 and not link._session.in_flight)

    asyncio.run(work())


def test_where_acknowledgements_are_lost_all_comes_twice(broker: RealBroker) -> None:
    def message(packet_id: int, word: bytes) -> bytes:
        return bytes.fromhex("32 07 00 01 74 00") + bytes([packet_id]) + b"\x00" + word

    heard: list[bytes] = []
    twice = b"".join(
        mqtt_codec.publish(ACK, b"sure", packet_id=1, retain=False, expiry_s=None, duplicate=is_again)
        for is_again in (False, True)
    )

    async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4096)
        writer.write(CONNACK + message(1, b"x"))
        heard.append(await reader.readexactly(len(twice)))
        await reader.read()

    async def work() -> None:
        owner = Owner()
        shaper = way_of(LinkConditions(base_ms=0, is_doubled=True))
        async with stub(broker, deaf) as port, running(broker, owner, port, shaper) as link:
            link.publish(Publish(ACK, b"sure"))
            await until(lambda: heard and owner.messages)
        assert owner.messages == [("t", b"x")] * 2

    asyncio.run(work())
    assert heard == [twice]


def test_what_was_not_acknowledged_is_sent_again(broker: RealBroker) -> None:
    heard: list[bytes] = []

    async def mute_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4096)
        writer.write(CONNACK)
        heard.append(await reader.read(4096))
        if len(heard) > 1:
            writer.write(mqtt_codec.puback(1))
            await reader.read()

    async def work() -> None:
        async with stub(broker, mute_once) as port, running(broker, Owner(), port) as link:
            link.publish(Publish(ACK, b"sure"))
            await until(lambda: len(heard) > 1 and not link._session.in_flight)

    asyncio.run(work())
    assert heard[0] == heard[1]
    assert heard[0].endswith(b"sure")


def test_messages_are_acknowledged_in_their_order_and_together(broker: RealBroker) -> None:
    def message(packet_id: int) -> bytes:
        return bytes.fromhex("32 07 00 01 74 00") + bytes([packet_id]) + b"\x00x"

    heard: list[bytes] = []

    async def three(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4096)
        writer.write(CONNACK + message(3) + message(1) + message(2))
        heard.append(await reader.readexactly(12))

    async def work() -> None:
        owner = Owner()
        async with stub(broker, three) as port, running(broker, owner, port):
            await until(lambda: heard)
        assert owner.messages[:3] == [("t", b"x")] * 3

    asyncio.run(work())
    assert heard[0] == mqtt_codec.puback(3) + mqtt_codec.puback(1) + mqtt_codec.puback(2)


@pytest.mark.parametrize(
    "words",
    [
        pytest.param([REFUSED], id="a refusal"),
        pytest.param([CONNACK + CONNACK], id="a second CONNACK"),
        pytest.param([CONNACK, b"\x00\x07garbage"], id="garbage"),
        pytest.param([CONNACK, bytes.fromhex("e0 02 8e 00")], id="a goodbye"),
    ],
)
def test_a_broker_that_misbehaves_is_left_and_tried_again(broker: RealBroker, words: list[bytes]) -> None:
    async def work() -> None:
        owner = Owner()
        async with stub(broker, saying(*words)) as port, running(broker, owner, port):
            await until(lambda: owner.times("connecting") >= 3)

    asyncio.run(work())


def test_a_broker_that_hangs_up_without_a_word_is_tried_again(broker: RealBroker) -> None:
    async def hang_up(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        return

    async def work() -> None:
        owner = Owner()
        async with stub(broker, hang_up) as port, running(broker, owner, port):
            await until(lambda: owner.times("connecting") >= 3)
        assert owner.times("connected") == 0

    asyncio.run(work())


def test_a_broker_that_says_nothing_is_given_up(broker: RealBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_module, "HANDSHAKE_TIMEOUT_S", 0.1)

    async def work() -> None:
        owner = Owner()
        async with stub(broker, saying()) as port, running(broker, owner, port):
            await until(lambda: owner.times("connecting") >= 2)

    asyncio.run(work())


def test_a_link_whose_ping_is_not_answered_is_dead(broker: RealBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_module, "_PING_EVERY_S", 0.02)

    async def work() -> None:
        owner = Owner()
        async with stub(broker, saying(CONNACK)) as port, running(broker, owner, port):
            await until(lambda: owner.times("disconnected") >= 1)

    asyncio.run(work())


def test_a_ping_that_is_answered_keeps_the_link(broker: RealBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    # A broker that waits for the processor has two of these intervals to answer.
    monkeypatch.setattr(link_module, "_PING_EVERY_S", 0.5)

    async def work() -> None:
        owner = Owner()
        async with running(broker, owner) as link:
            await until(lambda: link.is_online)
            first = link._heard_at
            await until(lambda: link._heard_at > first + 2 * 0.5)
            assert owner.times("disconnected") == 0

    asyncio.run(work())


def test_a_broker_with_another_authority_s_certificate_is_not_trusted(
    broker: RealBroker, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "other").mkdir()
    other = RealBroker(tmp_path / "other")
    other.start()

    async def work() -> None:
        owner = Owner()
        caplog.set_level("INFO")
        async with running(broker, owner, other.port):
            await until(lambda: caplog.text.count("CERTIFICATE_VERIFY_FAILED") >= 2)
        assert owner.happened == []

    asyncio.run(work())
    other.kill()


def test_a_broker_that_does_not_read_is_left(broker: RealBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tls, "UNSENT_MAX_BYTES", 1_000_000)

    async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4096)
        writer.write(bytes.fromhex("20 03 00 00 00"))
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        await asyncio.Event().wait()

    async def work() -> None:
        owner = Owner()
        async with stub(broker, deaf) as port, running(broker, owner, port) as link:
            await until(lambda: link.is_online)
            for _ in range(2_000):
                link.publish(Publish(ACK, b"x" * 16_000))
            await until(lambda: owner.times("disconnected"))  # and again with each further connection

    asyncio.run(work())


def test_bytes_wait_for_a_broker_that_reads_slowly(broker: RealBroker) -> None:
    got = 0

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal got
        await reader.read(4096)
        writer.write(CONNACK)
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        await asyncio.sleep(0.2)
        writer.transport.resume_reading()  # type: ignore[attr-defined]
        while data := await reader.read(65_536):
            got += len(data)

    async def work() -> None:
        async with stub(broker, slow) as port, running(broker, Owner(), port) as link:
            await until(lambda: link.is_online)
            for _ in range(400):
                link.publish(Publish(ACK, b"x" * 16_000, qos=0))
            await until(lambda: got > 400 * 16_000)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tls, "UNSENT_MAX_BYTES", 40 * 1024 * 1024)
        asyncio.run(work())
