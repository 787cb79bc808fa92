"""Telemetry of thousands of devices over a few connections, at the rate asked for: the load of ``loa bench ingest``.

Ten thousand connections of their own would measure TLS. Each line on standard input is the number of records to send
now; devices take turns, and every record is stamped with its instant.
"""

import json
import socket
import ssl
import sys
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import IO, Final

import msgspec

from devices import mqtt_codec
from devices.protocol import codec, topics
from devices.protocol.messages import Telemetry
from province.machine_clock import unix_ms

AT_ONCE: Final = 64
"""Records in one write: 60 KB, as they come from a broker's other connections."""
EXPIRY_S: Final = 600
KEEP_ALIVE_S: Final = 0
APART_MS: Final = 200
"""No device reports more often, even if these are sent faster: its clock goes ahead instead."""
_WHEN: Final = b"1764000000000"

SAMPLE: Final = Telemetry(
    v=1, ts=int(_WHEN), boot="0a1b2c3d4e", up_s=86_400, st="idle", volume_pct=70, disk_pct=12, fw="loa-sim-1",
    clk_ms=-35,
    rssi=-71.5, rsrp=-98.5, rsrq=-11.0, sinr=7.5, tech="lte", oper="45204", cell="23141-077", mb_day=18.4, rtt_ms=84,
    reconn_24h=3, mains=True, vin=23.6, batt_v=12.4, batt_pct=81, amp_on=False, amp_ma=60, line_ohm=97.5, ref_ohm=98.0,
    spk="ok", clip_pct=0, amp_temp=44.5, self_test="ok", self_test_at=1_763_990_000_000, mic_db=-52.0,
    played_s_day=1260, underruns=0, temp=41.5, hum=66, door=False, reset_reason="power", disk_ro=False, plan_ver=9,
    cert_days=1400,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TelemetryLoad:
    """Sender: the broker's address, and a certificate (with key) for each connection."""

    host: str
    port: int
    ca: Path
    certificates: tuple[Path, ...]


def run(sender: TelemetryLoad, ids: list[str], orders: IO[str]) -> None:
    """Send as ordered until ``orders`` ends."""
    links = [_connected(sender, certificate) for certificate in sender.certificates]
    print(json.dumps({"event": "connected"}), flush=True)
    turn, devices = cycle(links), cycle(_devices(ids))
    for line in orders:
        left = int(line)
        while left > 0:
            count = min(left, AT_ONCE)
            now_ms = unix_ms()
            next(turn).sendall(b"".join(device.told(now_ms) for device in islice(devices, count)))
            left -= count
    for link in links:
        link.close()


class _TelemetryDevice:
    """One device's packet before and after its time stamp, which always has the same length."""

    __slots__ = ("_after", "_at_ms", "_before")

    def __init__(self, before: bytes, after: bytes) -> None:
        self._before, self._after, self._at_ms = before, after, 0

    def told(self, now_ms: int) -> bytes:
        self._at_ms = max(now_ms, self._at_ms + APART_MS)
        return b"%b%d%b" % (self._before, self._at_ms, self._after)


def _devices(ids: list[str]) -> list[_TelemetryDevice]:
    made = []
    for device_id in ids:
        body = codec.encode(msgspec.structs.replace(SAMPLE, boot=f"b{device_id[-9:]}"))
        topic = topics.device_telemetry(device_id)
        packet = mqtt_codec.publish(topic, body, packet_id=0, retain=False, expiry_s=EXPIRY_S)
        before, _, after = packet.partition(_WHEN)
        made.append(_TelemetryDevice(before, after))
    return made


def _connected(sender: TelemetryLoad, certificate: Path) -> ssl.SSLSocket:
    context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=sender.ca)
    context.load_cert_chain(certificate)
    link = context.wrap_socket(socket.create_connection((sender.host, sender.port), 10), server_hostname=sender.host)
    link.settimeout(None)
    name = certificate.stem
    will = mqtt_codec.Will(topic=topics.device_state(name), payload=b"", delay_s=0)
    hello = mqtt_codec.connect(
        name, keep_alive_s=KEEP_ALIVE_S, session_expiry_s=0, receive_maximum=20, will=will, is_clean=True
    )
    link.sendall(hello)
    (answer,) = mqtt_codec.PacketReader().feed(link.recv(4096))
    if not isinstance(answer, mqtt_codec.ConnAck) or answer.reason:
        raise ConnectionError(f"the broker refused {name}: {answer}")
    return link


def run_from(options_folder: Path, host: str, port: int, count: int) -> int:
    """Run with the ``ca.pem`` and the senders' certificates of that folder; the devices are those of the benches."""
    certificates = tuple(sorted(options_folder.glob("sender-*.pem")))
    sender = TelemetryLoad(host, port, options_folder / "ca.pem", certificates)
    run(sender, [f"bench-{number:05}" for number in range(count)], sys.stdin)
    return 0
