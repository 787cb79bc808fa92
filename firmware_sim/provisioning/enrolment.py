"""Enrolment of a device in the field: it makes a key, proves its claim code, and asks until it is claimed.

Its folder, as it leaves the factory: ``factory.json`` (serial, claim code, address of the enrolment listener, the
root's public key), ``ca.pem`` and ``keyset.jws``. Afterwards it is a provisioning folder as ``Bundle`` reads it.
"""

import asyncio
import json
import logging
import ssl
from pathlib import Path
from typing import Final, TypeVar

from devices import mqtt_codec
from devices.mqtt_codec import ConnAck, Packet, PacketError, PacketReader, PublishPacket, SubAck
from devices.protocol import claims, codec, topics
from devices.protocol.errors import ProtocolError
from devices.protocol.keyset import TrustedKeys
from devices.protocol.messages import CertificateAnswer, EnrolRequest
from firmware_sim.network.tls import TlsConnection, open_connection
from firmware_sim.provisioning import certificates
from firmware_sim.provisioning.certificates import UnfitCertificateError

ASK_EVERY_S: Final = 10.0
_ANSWER_S: Final = 5.0
_EXPIRY_S: Final = 300

Kind = TypeVar("Kind", bound=Packet)

log = logging.getLogger(__name__)


class Enrolment:
    """Enrolment of one device without a certificate."""

    def __init__(self, folder: Path, ask_every_s: float = ASK_EVERY_S) -> None:
        about = json.loads((folder / "factory.json").read_text(encoding="utf-8"))
        self._folder = folder
        self._serial = str(about["serial"])
        self._code = claims.read_code(about["claim_code"]) or ""
        self._host, self._port = str(about["enrol_host"]), int(about["enrol_port"])
        self._root_x = str(about["root_key"])
        self._keys = TrustedKeys.from_root(self._root_x, (folder / "keyset.jws").read_bytes())
        self._ask_every_s = ask_every_s
        self.refusals: list[str] = []
        """Refusal codes answered so far, newest last."""

    async def run(self) -> None:
        """Ask until there is a certificate."""
        csr = certificates.request_for(self._folder, "device")
        while True:
            try:
                answer = await self._ask(csr)
            except (OSError, PacketError, ProtocolError, UnfitCertificateError) as error:
                log.info("%s: not enrolled: %s", self._serial, str(error) or type(error).__name__)
            else:
                if answer.code is None:
                    self._keep(answer)
                    return
                self.refusals.append(answer.code)
                log.info("%s: not enrolled: %s", self._serial, answer.code)
            await asyncio.sleep(self._ask_every_s)

    async def _ask(self, csr: str) -> CertificateAnswer:
        """Ask once. Raises OSError (a time-out is one), PacketError, ProtocolError, UnfitCertificateError."""
        context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=self._folder / "ca.pem")
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        request = EnrolRequest(v=1, serial=self._serial, csr=csr, proof=claims.prove(self._serial, self._code, csr))
        async with asyncio.timeout(_ANSWER_S):
            connection = await open_connection(self._host, self._port, context)
            try:
                packets = _Packets(connection)
                up, down = topics.boot_up(self._serial), topics.boot_down(self._serial)
                connection.write(_hello(self._serial))
                await packets.first(ConnAck)
                connection.write(mqtt_codec.subscribe(1, [(down, 1)]))
                await packets.first(SubAck)
                connection.write(
                    mqtt_codec.publish(up, codec.encode(request), packet_id=2, retain=False, expiry_s=_EXPIRY_S)
                )
                while True:
                    message = await packets.first(PublishPacket)
                    if message.packet_id:
                        connection.write(mqtt_codec.puback(message.packet_id))
                    answer = certificates.read_answer(self._folder, self._keys, message.payload, csr)
                    if answer is not None:
                        return answer
            finally:
                connection.close()

    def _keep(self, answer: CertificateAnswer) -> None:
        """Save the answer, ``device.json`` last: a folder with it is a device."""
        folder = self._folder
        certificates.put(folder / "device.pem", answer.certificate.encode("ascii"))
        about = {
            "id": answer.device,
            "serial": self._serial,
            "mqtt_host": answer.host,
            "mqtt_port": answer.port,
            "content_url": answer.content_url,
            "root_key": self._root_x,
            "kind": answer.kind,
        }
        certificates.put(folder / "device.json", json.dumps(about, indent=2).encode() + b"\n")


class _Packets:
    """Queue of the packets that arrive on a connection."""

    def __init__(self, connection: TlsConnection) -> None:
        self._arrived: asyncio.Queue[Packet | None] = asyncio.Queue()
        reader = PacketReader()

        def read(data: bytes) -> None:
            for packet in reader.feed(data):
                self._arrived.put_nowait(packet)

        connection.start(read, lambda: self._arrived.put_nowait(None))

    async def first(self, kind: type[Kind]) -> Kind:
        """Wait for the next packet of this kind. Raises PacketError where the broker hung up or refused."""
        while True:
            packet = await self._arrived.get()
            if packet is None:
                raise PacketError("the listener hung up")
            if isinstance(packet, ConnAck) and packet.reason:
                raise PacketError(f"refused with {packet.reason:#x}")
            if isinstance(packet, kind):
                return packet


def _hello(serial: str) -> bytes:
    return mqtt_codec.connect(serial, keep_alive_s=60, session_expiry_s=0, receive_maximum=5, is_clean=True)
