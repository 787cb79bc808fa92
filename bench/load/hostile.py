"""Hostile devices: stolen certificates with which messages are sent as fast as they are taken.

For ``loa bench``: the harm that a broken or captured device may do to people at the console. Each sends, in turn,
answers and as-run records about made-up items (as many as fit a message, and as many as the protocol allows), sync
requests, invalid certificate requests, births, and garbage. Orders are lines on standard input: ``go``, ``stop``.
"""

import json
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import IO, Final

from devices import mqtt_codec
from devices.protocol import codec, topics
from devices.protocol.limits import CSR_MAX, ITEMS_MAX, MESSAGE_MAX_BYTES
from devices.protocol.messages import CertificateRequest, State, SyncRequest

AT_ONCE_MAX: Final = 100
"""Messages in flight, as the broker allows any client."""
KEEP_ALIVE_S: Final = 1800
"""Longer than any measurement: it says nothing before ``go``, for which the broker must not take it for lost."""
EXPIRY_S: Final = 86_400
_BOOT: Final = "b1"
_SEND_DEADLINE_S: Final = 10.0


class HostileDevice:
    """One certificate and its connection; ``run`` sends until ``stopping``, ``rate`` messages a second."""

    def __init__(self, host: str, port: int, ca: Path, certificate: Path) -> None:
        self.id = certificate.stem
        context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=ca)
        context.load_cert_chain(certificate)
        plain = socket.create_connection((host, port), _SEND_DEADLINE_S)
        self._link = context.wrap_socket(plain, server_hostname=host)
        self._reader = mqtt_codec.PacketReader()
        self._under_way = 0
        self._packet_ids = count(1)
        hello = mqtt_codec.connect(
            self.id, keep_alive_s=KEEP_ALIVE_S, session_expiry_s=0, receive_maximum=20, is_clean=True
        )
        self._link.sendall(hello)
        self._read()
        self._publish(topics.device_state(self.id), _birth(1))

    def run(self, rate: float, running: threading.Event, stopping: threading.Event) -> int:
        """Send while ``running``, until ``stopping``; return the number of messages."""
        sent = 0
        bodies = _bodies(self.id)
        due_s = time.monotonic()
        while not stopping.is_set():
            if not running.wait(0.1):
                due_s = time.monotonic()
                continue
            self._publish(*next(bodies))
            sent += 1
            due_s += 1 / rate
            stopping.wait(max(0.0, due_s - time.monotonic()))
        return sent

    def close(self) -> None:
        self._link.close()

    def _publish(self, topic: str, body: bytes) -> None:
        while self._under_way >= AT_ONCE_MAX:
            self._read()
        packet_id = next(self._packet_ids) % 65_535 + 1
        self._under_way += 1
        is_state = topic == topics.device_state(self.id)
        self._link.sendall(mqtt_codec.publish(topic, body, packet_id=packet_id, retain=is_state, expiry_s=EXPIRY_S))
        self._link.settimeout(0.0)
        try:
            self._read()
        except (ssl.SSLWantReadError, BlockingIOError):
            pass
        finally:
            self._link.settimeout(_SEND_DEADLINE_S)

    def _read(self) -> None:
        """Read packets of the broker. Raises ConnectionError: it hung up."""
        data = self._link.recv(65_536)
        if not data:
            raise ConnectionError(f"the broker hung up on {self.id}")
        for packet in self._reader.feed(data):
            if isinstance(packet, mqtt_codec.PubAck):
                self._under_way -= 1
            elif isinstance(packet, mqtt_codec.ConnAck) and packet.reason:
                raise ConnectionError(f"the broker refused {self.id}: {packet.reason:#x}")


def run(devices: list[HostileDevice], rate: float, orders: IO[str]) -> int:
    """Run all devices until ``orders`` ends; return the number of messages sent."""
    running, stopping = threading.Event(), threading.Event()
    sent: list[int] = []
    threads = [
        threading.Thread(target=lambda one=device: sent.append(one.run(rate, running, stopping)), daemon=True)
        for device in devices
    ]
    for thread in threads:
        thread.start()
    print(json.dumps({"event": "connected", "devices": len(devices)}), flush=True)
    for line in orders:
        if line.strip() == "go":
            running.set()
        else:
            running.clear()
    stopping.set()
    for thread in threads:
        thread.join()
    for device in devices:
        device.close()
    print(json.dumps({"event": "ended", "sent": sum(sent)}), flush=True)
    return sum(sent)


def run_from(folder: Path, host: str, port: int, rate: float) -> int:
    """Run with the ``ca.pem`` and the devices' certificates with their keys (``{id}.pem``) of that folder."""
    certificates = sorted(each for each in folder.glob("*.pem") if each.name != "ca.pem")
    devices = [HostileDevice(host, port, folder / "ca.pem", each) for each in certificates]
    run(devices, rate, sys.stdin)
    return 0


def _bodies(device_id: str) -> Iterator[tuple[str, bytes]]:
    """Yield topics and bodies to send, the kinds in turn, no two bodies alike."""
    ack, event = topics.device_ack(device_id), topics.device_event(device_id)
    kinds: tuple[tuple[str, Callable[[int], bytes]], ...] = (
        (ack, lambda n: _fitting(n, _answer)),
        (ack, lambda n: _answer(n, ITEMS_MAX)),
        (event, lambda n: _fitting(n, _records)),
        (event, lambda n: _records(n, ITEMS_MAX)),
        (ack, lambda n: _answer(n, ITEMS_MAX)),
        (topics.device_request(device_id, "sync"), _sync),
        (topics.device_request(device_id, "csr"), _csr),
        (topics.device_state(device_id), _birth),
        (event, lambda n: _dump({"v": 1, "type": "fault", "ts": n, "boot": _BOOT, "code": "X", "detail": str(n)})),
        (ack, lambda n: b"{" * (n % 2_000)),
    )
    for number in count(1):
        topic, make = kinds[number % len(kinds)]
        yield topic, make(number)


def _fitting(number: int, make: Callable[[int, int], bytes]) -> bytes:
    """Return a body with as many items as fit a message, which is far more than the protocol allows."""
    each = len(make(number, 200)) / 200
    return make(number, int(MESSAGE_MAX_BYTES * 0.9 / each))


def _answer(number: int, items: int) -> bytes:
    named = [f"{number:x}-{each:x}-1-1" for each in range(items)]
    return _dump({"v": 1, "st": "received", "ts": number, "n": number, "boot": _BOOT, "items": named, "plan": "x"})


def _records(number: int, items: int) -> bytes:
    records = [
        {"rid": f"{number:x}-{each:x}", "item": f"{number:x}-{each:x}-1-1", "sha256": "a" * 64, "planned_at": 1,
         "result": "done"}
        for each in range(items)
    ]  # fmt: skip
    return _dump({"v": 1, "type": "asrun", "ts": number, "boot": _BOOT, "records": records})


def _sync(number: int) -> bytes:
    return codec.encode(SyncRequest(v=1, ts=number, boot=_BOOT, desired_ver=0))


def _csr(number: int) -> bytes:
    return codec.encode(CertificateRequest(v=1, csr=f"{number:x}" + "A" * (CSR_MAX // 4)))


def _birth(number: int) -> bytes:
    return codec.encode(State(v=1, st="online", conn=number, boot=_BOOT, ts=number))


def _dump(body: dict[str, object]) -> bytes:
    return json.dumps(body, separators=(",", ":")).encode()
