from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec
import pytest

from cms.platform.signer import wire
from cms.platform.signer.client import TROUBLE_HOLDS_S, SocketSigner
from cms.platform.signer.local import LocalSigner
from cms.platform.signer.policy import SigningPolicy
from cms.platform.signer.port import NotSignedError, SigningRefusedError, UnsignedReason
from cms.platform.signer.server import PEERS_MAX, TELL_EVERY_S, RefusalAlarm, SignerServer, uids_of
from devices.protocol import codec
from devices.protocol.errors import OversizeError
from devices.protocol.limits import MESSAGE_MAX_BYTES
from devices.protocol.messages import Beacon, KeyRole
from tests.unit.protocol.trust import NOW_MS
from tests.unit.signer.test_policy import NOTICE, STORE, command

BEACON = codec.encode(Beacon(1, NOW_MS, 1))
OURS = uids_of("")
SHORT_S = 0.05


@contextmanager
def served(path: Path, allowed: frozenset[int] = OURS, turned: Callable[[], object] = lambda: None) -> Iterator[None]:
    server = SignerServer(path, LocalSigner(STORE, SigningPolicy()), allowed, turned)
    thread = threading.Thread(target=server.serve)
    thread.start()
    try:
        yield
    finally:
        server.stop()
        thread.join()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    # Deeper than the address of a socket may be.
    folder = tmp_path / ("d" * 120)
    folder.mkdir()
    return folder / "signer.sock"


def signed(signer: SocketSigner) -> bytes:
    return signer.sign(KeyRole.PLAN, "Beacon", BEACON)


def reason(signer: SocketSigner, role: KeyRole = KeyRole.PLAN, payload: bytes = BEACON, kind: str = "Beacon") -> str:
    with pytest.raises(NotSignedError) as put_off:
        signer.sign(role, kind, payload)
    return put_off.value.reason


def test_a_signature_by_the_socket_is_that_of_the_key_from_every_thread(path: Path) -> None:
    wanted = LocalSigner(STORE, SigningPolicy()).sign(KeyRole.PLAN, "Beacon", BEACON)
    with served(path), ThreadPoolExecutor(4) as pool:
        signer = SocketSigner(path)
        assert set(pool.map(lambda _: signed(signer), range(80))) == {wanted}
        assert signer.trouble() == ""


def test_a_signer_that_is_started_again_is_found_by_the_thread_that_knew_the_last(path: Path) -> None:
    signer = SocketSigner(path, deadline_s=5)
    with served(path):
        before = signed(signer)
    with served(path):
        assert signed(signer) == before


def test_who_waits_for_a_signer_gets_its_signature_once_it_listens(path: Path) -> None:
    with ExitStack() as later:

        def start(_pause_s: float) -> None:
            later.enter_context(served(path))

        assert signed(SocketSigner(path, pause=start))


def test_without_a_signer_the_wait_ends_with_its_deadline_and_is_told(path: Path) -> None:
    now = [0.0]

    def pass_by(seconds: float) -> None:
        now[0] += seconds

    signer = SocketSigner(path, deadline_s=1.0, monotonic=lambda: now[0], pause=pass_by)
    assert reason(signer) == UnsignedReason.AWAY
    assert 0.9 < now[0] < 1.0
    assert signer.trouble() == UnsignedReason.AWAY
    now[0] += TROUBLE_HOLDS_S
    assert signer.trouble() == ""
    assert reason(signer) == UnsignedReason.AWAY
    with served(path):
        assert signed(signer)
    assert signer.trouble() == "", "it is there again"


def test_a_frozen_signer_is_waited_for_no_longer_than_the_deadline(path: Path) -> None:
    with served(path):
        pass
    path.unlink()
    with socket.socket(socket.AF_UNIX) as frozen:
        folder = os.open(path.parent, os.O_PATH)
        frozen.bind(f"/proc/self/fd/{folder}/{path.name}")
        os.close(folder)
        frozen.listen()
        assert reason(SocketSigner(path, deadline_s=SHORT_S)) == UnsignedReason.AWAY


def test_refusals_are_told_apart(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with served(path):
        signer = SocketSigner(path)
        with pytest.raises(SigningRefusedError, match="with the plan key"):
            signer.sign(KeyRole.PLAN, "Command", codec.encode(command()))
        assert signer.trouble() == UnsignedReason.REFUSED
        assert f"signing.refused refused: process {os.getpid()}, Command with the plan key" in caplog.text
        signer.sign(KeyRole.ALERT, "Command", codec.encode(command(fence=2)))
        assert signer.trouble() == UnsignedReason.REFUSED, "one that is signed does not take it back"
        assert reason(signer, KeyRole.ALERT, codec.encode(command(fence=1)), "Command") == UnsignedReason.FENCE
        large = msgspec.structs.replace(NOTICE, cap="x" * 14_000)
        with pytest.raises(OversizeError) as oversize:
            signer.sign(KeyRole.ALERT, "CapNotice", codec.encode(large))
        assert oversize.value.size > MESSAGE_MAX_BYTES


def test_a_stranger_is_not_answered_whoever_gave_him_the_socket(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with served(path, frozenset({os.geteuid() + 1})):
        assert reason(SocketSigner(path, deadline_s=SHORT_S)) == UnsignedReason.AWAY
    assert f"stranger: process {os.getpid()} of user {os.geteuid()}" in caplog.text


def connected(path: Path) -> socket.socket:
    link = socket.socket(socket.AF_UNIX)
    link.settimeout(60)
    folder = os.open(path.parent, os.O_PATH)
    link.connect(f"/proc/self/fd/{folder}/{path.name}")
    os.close(folder)
    return link


@pytest.mark.parametrize(
    "data",
    [
        b"\0\0\0\0",
        b"\xff\xff\xff\xff",
        b"GET / HTTP/1.0\r\n\r\n",
        b"\0\0\0\x03abc",
        wire.framed(wire.SignRequest(KeyRole.PLAN, "Beacon", BEACON)) * 2,
        b"\0\0\0\x09\x93\xa4root\xa0\xc4\0",
    ],
)
def test_a_malformed_request_ends_its_connection_and_no_other(path: Path, data: bytes) -> None:
    with served(path):
        signer = SocketSigner(path)
        before = signed(signer)
        with connected(path) as link:
            link.sendall(data)
            assert link.recv(1) == b""
        assert signed(signer) == before


def test_an_unfinished_request_holds_up_nobody(path: Path) -> None:
    request = wire.framed(wire.SignRequest(KeyRole.PLAN, "Beacon", BEACON))
    with served(path), connected(path) as slow:
        for part in (request[:2], request[2:9]):
            slow.sendall(part)
            wanted = signed(SocketSigner(path))
        slow.sendall(request[9:])
        assert wanted in slow.recv(65_536)


def test_the_connection_that_was_quiet_longest_makes_room(path: Path) -> None:
    with served(path), ExitStack() as stack:
        links = [stack.enter_context(connected(path)) for _ in range(PEERS_MAX)]
        assert signed(SocketSigner(path))
        assert links[0].recv(1) == b""


def test_each_turn_of_its_loop_is_told(path: Path) -> None:
    turned = threading.Event()
    with served(path, turned=turned.set):
        assert turned.wait(60)
        turned.clear()
        assert signed(SocketSigner(path))
        assert turned.wait(60)


def test_many_who_ask_a_slow_key_at_once_do_not_make_the_loop_look_hung(path: Path) -> None:
    asked, turns = threading.Event(), [0]
    turns_at: list[int] = []

    class Slow(LocalSigner):
        def sign(self, role: KeyRole, kind: str, payload: bytes) -> bytes:
            turns_at.append(turns[0])
            assert asked.wait(60)
            return super().sign(role, kind, payload)

    def turned() -> None:
        turns[0] += 1

    server = SignerServer(path, Slow(STORE, SigningPolicy()), OURS, turned)
    thread = threading.Thread(target=server.serve)
    thread.start()
    with ExitStack() as stack:
        links = [stack.enter_context(connected(path)) for _ in range(4)]
        for link in links:
            link.sendall(wire.framed(wire.SignRequest(KeyRole.PLAN, "Beacon", BEACON)))
        asked.set()
        assert all(link.recv(65_536) for link in links)
    server.stop()
    thread.join()
    assert len(set(turns_at)) == len(links), "each signature is a turn of its own"


def test_refusals_are_logged_one_by_one_only_while_they_are_few(caplog: pytest.LogCaptureFixture) -> None:
    now = [0.0]
    alarm = RefusalAlarm(lambda: now[0])
    caplog.set_level(logging.CRITICAL)
    for _ in range(500):
        alarm.tell("limit", "alert")
    alarm.tell("fence", "alert")
    assert len(caplog.records) == 2
    now[0] += TELL_EVERY_S
    alarm.tell("limit", "alert")
    assert caplog.records[-1].getMessage() == "signing.refused limit: alert (499 more since the last line)"


def test_the_users_who_may_ask_are_named() -> None:
    assert uids_of("root") == {0, os.geteuid()}
    with pytest.raises(KeyError):
        uids_of("nobody-of-this-name")
