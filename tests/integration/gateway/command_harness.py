"""Remote commands of a station: requests, queries, and the devices' answers."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Sequence

from cms.commands.queries import commands_of
from cms.commands.repository import CommandBatches
from cms.commands.service import batches
from cms.commands.service.batch_preview import Asking, DeviceSelection
from cms.platform.gateway.messages import OutgoingMessage
from cms.platform.gateway.uplink import Uplink
from cms.platform.store.engine import reading
from devices.commands.model import Arguments, Batch, BatchId, BatchState, CommandKind, RemoteCommand
from devices.model import DeviceId
from devices.mqtt.link import Incoming
from devices.protocol import codec, topics
from devices.protocol.limits import LOG_PART_BYTES
from devices.protocol.messages import Ack, Command, ExecutionState, LogPart, State, SyncRequest, TestResult, Wire
from tests.fakes.recording_link import RecordingLink
from tests.integration.gateway.people import TECHNICIAN
from tests.integration.gateway.station import LOA_1, Station

LOG = b"2026-03-02T02:00:00 start b1 (power)\n"


def ask(station: Station, kind: CommandKind, *device_ids: DeviceId, arguments: Arguments | None = None) -> Batch:
    context = station.context
    return batches.ask(
        context.uow(),
        BatchId(context.new_id()),
        Asking(kind, arguments or Arguments(), DeviceSelection(device_ids=device_ids or (LOA_1,)), "Kiểm tra"),
        call=context.call(TECHNICIAN, station.now),
    )


def commands(station: Station, batch: Batch) -> list[RemoteCommand]:
    with reading(station.context.engine) as session:
        return list(commands_of(session, batch.id).rows)


def only(station: Station, batch: Batch) -> RemoteCommand:
    (command,) = commands(station, batch)
    return command


def batch_state(station: Station, batch: Batch) -> BatchState:
    with reading(station.context.engine) as session:
        return CommandBatches(session).get(batch.id).state


def hear(hears: Uplink, topic: str, body: Wire, *, retain: bool = False) -> Sequence[OutgoingMessage]:
    return hears.store([Incoming(topic, codec.encode(body), retain, 1, 1, 1)])


def born(hears: Uplink, device_id: DeviceId = LOA_1, boot: str = "b0", conn: int = 1) -> None:
    hear(hears, topics.device_state(device_id), State(v=1, st="online", conn=conn, boot=boot, ts=0))


def gone(hears: Uplink, device_id: DeviceId = LOA_1) -> None:
    hear(hears, topics.device_state(device_id), State(v=1, st="offline", conn=1, boot="b0", ts=0))


def says(
    hears: Uplink,
    command: RemoteCommand,
    standing: ExecutionState,
    code: str | None = None,
    boot: str = "b0",
    *,
    device_id: DeviceId | None = None,
    test: TestResult | None = None,
) -> None:
    body = Ack(v=1, st=standing, ts=0, n=1, boot=boot, cid=command.id, code=code, test=test)
    hear(hears, topics.device_ack(device_id or command.device_id), body)


def sync(hears: Uplink, device_id: DeviceId = LOA_1, cid: str = "") -> list[Command]:
    body = SyncRequest(v=1, ts=0, boot="b0", desired_ver=1, keyset=10**9, cid=cid)
    answers = hear(hears, topics.device_request(device_id, "sync"), body)
    return [_read(letter) for letter in answers if letter.topic == topics.device_command(device_id)]


def _read(letter: OutgoingMessage) -> Command:
    box = RecordingLink()
    box.publish(letter.topic, letter.payload, qos=letter.qos, retain=letter.retain, expiry_s=letter.expiry_s)
    return box.published[0].read(Command)


def sent(station: Station) -> list[Command]:
    return [letter.read(Command) for letter in station.link.published]


def parts(cid: str, text: bytes, size: int = LOG_PART_BYTES, sha256: str = "") -> list[LogPart]:
    packed = gzip.compress(text)
    cut = [packed[first : first + size] for first in range(0, len(packed), size)]
    name = sha256 or hashlib.sha256(packed).hexdigest()
    return [LogPart(v=1, ts=0, cid=cid, sha256=name, n=n, of=len(cut), data=data) for n, data in enumerate(cut)]


def tells_log(hears: Uplink, told: list[LogPart], device_id: DeviceId = LOA_1) -> None:
    for part in told:
        hear(hears, topics.device_request(device_id, "log"), part)
