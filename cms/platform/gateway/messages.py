"""Outgoing messages of the gateway, built and signed when they are sent, from what the store holds then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from broadcast.scheduling.area_rules import AreaRules
from cms.boards.repository import StoredBoardPlan
from cms.bulletins.repository.bulletins import StoredPlan
from cms.platform.epoch import Epoch
from cms.platform.keyring import Keyring
from cms.platform.signer.officers import officers_in
from cms.platform.store.outbox import OutboxMessage
from devices.broker_order import order_of, spread_ms
from devices.model import Device, DeviceId
from devices.protocol import codec, topics
from devices.protocol.limits import IAT_AHEAD_MAX_MS
from devices.protocol.messages import (
    Beacon,
    BrokerAddress,
    CertificateAnswer,
    Code,
    Command,
    CommandType,
    Desired,
    Install,
    Manifest,
    PlanRef,
    QuietHours,
    Target,
    VolumeHours,
)
from province.areas import AreaId

# Above every bulletin, below live speech: a cancel must not stop an alert.
COMMAND_PRIO = 6
# A device that was offline this long gets its cancels at sync; later its new manifest says the same.
CANCEL_LASTS = timedelta(days=1)
RECEIPT_LASTS = timedelta(days=1)
BEACON_EXPIRY_S = 90
# A later answer is no proof of the time.
SYNCED_LASTS = timedelta(seconds=10)
# A device that is offline longer asks by itself when it connects.
RESYNC_LASTS = timedelta(minutes=2)
# A box that missed it asks again, and gets the same answer.
CERTIFICATE_LASTS_S = 300
# Ids of 80 characters each, with the envelope, must fit one message.
REFS_MAX = 100


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """Outgoing message, signed and ready. ``expiry_s`` None: it never expires."""

    topic: str
    payload: bytes
    qos: int = 1
    retain: bool = False
    expiry_s: int | None = None


@dataclass(frozen=True, slots=True)
class Cancellation:
    """Request of an outbox row of kind CANCEL. Its command id is the same each time and for each receiver."""

    cid: str
    area_id: AreaId
    refs: tuple[str, ...]
    until_at: datetime

    @classmethod
    def of(cls, message: OutboxMessage) -> Cancellation:
        return cls(
            cid=command_id(message),
            area_id=AreaId(message.subject_id),
            refs=refs_of(message.payload),
            until_at=message.created_at + CANCEL_LASTS,
        )


class CertificateReply(Protocol):
    """Certificate (PEM), or the code of the refusal."""

    @property
    def code(self) -> Code | None: ...

    @property
    def certificate(self) -> str: ...


class MessageBuilder:
    """Builder of messages with the keys of one installation."""

    def __init__(
        self,
        keyring: Keyring,
        content_url: str,
        broker_address: tuple[str, int] = ("", 0),
        brokers: Sequence[tuple[str, int]] = (),
    ) -> None:
        """Set the keys and addresses.

        ``broker_address``: host and port that an enrolled device connects to; ``brokers``: the list that all are told.
        """
        self._brokers = brokers
        self._keyring = keyring
        self.epoch = Epoch(keyring.folder)
        self._broker_address = broker_address
        self._content_url = content_url

    def manifest(
        self, area_id: AreaId, plans: Sequence[StoredPlan], now: datetime, boards: StoredBoardPlan | None = None
    ) -> OutgoingMessage:
        """Build the manifest: the area's days, and its boards' texts; an area without any has an empty one."""
        named = None if boards is None or boards.is_empty else PlanRef(sha256=boards.sha256, bytes=boards.bytes)
        body = Manifest(
            v=codec.VERSION,
            area=area_id,
            ver=manifest_version(plans, boards),
            iat=to_ms(now),
            days={plan.plan.on.isoformat(): PlanRef(sha256=plan.sha256, bytes=plan.bytes) for plan in plans},
            boards=named,
            epoch=self.epoch.value,
        )
        return OutgoingMessage(topics.area_plan(area_id), self._keyring.sign_plan(body), retain=True)

    def desired(
        self, device: Device, chain: Iterable[AreaId], rules: AreaRules, now: datetime, in_service: int = 0
    ) -> OutgoingMessage:
        """Build the desired state of the device: area, groups, quiet hours, volume, quarantine, brokers.

        ``in_service``: number of devices that share the brokers.
        """
        offset = now.astimezone(ZoneInfo(rules.zone)).utcoffset()
        assert offset is not None
        body = Desired(
            v=codec.VERSION,
            device=device.id,
            ver=device.desired_version,
            iat=to_ms(now),
            areas=list(chain),
            groups=list(device.groups),
            quiet=[QuietHours(start=f"{window.start:%H:%M}", until=f"{window.until:%H:%M}") for window in rules.quiet],
            utc_offset_min=int(offset.total_seconds()) // 60,
            volume_pct=min(device.volume_pct, rules.volume_pct),
            volumes=[
                VolumeHours(
                    start=f"{window.start:%H:%M}",
                    until=f"{window.until:%H:%M}",
                    volume_pct=min(device.volume_pct, window.volume_pct),
                )
                for window in rules.volumes
            ],
            content_url=self._content_url,
            point=None if device.point is None else (device.point.lat, device.point.lon),
            screen=device.screen,
            quarantined=device.quarantined,
            alerts_pass=device.alerts_pass,
            epoch=self.epoch.value,
            brokers=[BrokerAddress(host=host, port=port) for host, port in order_of(device.id, self._brokers)],
            reconnect_spread_ms=spread_ms(in_service, len(self._brokers)),
        )
        return OutgoingMessage(topics.device_desired(device.id), self._keyring.sign_plan(body), retain=True)

    def certificate(
        self, topic: str, serial: str, csr: str, answer: CertificateReply, device: Device | None
    ) -> OutgoingMessage:
        """Build the answer to ``csr`` (its SHA-256): a certificate and connection data, or the error code."""
        body = CertificateAnswer(v=codec.VERSION, serial=serial, csr=csr, code=answer.code)
        if device is not None:
            body = CertificateAnswer(
                v=codec.VERSION,
                serial=serial,
                csr=csr,
                device=device.id,
                certificate=answer.certificate,
                host=self._broker_address[0],
                port=self._broker_address[1],
                content_url=self._content_url,
                kind=device.kind,
            )
        return OutgoingMessage(topic, self._keyring.sign_plan(body), expiry_s=CERTIFICATE_LASTS_S)

    def cancel(self, cancellation: Cancellation, now: datetime, *, to: DeviceId | None = None) -> OutgoingMessage:
        """Cancel these occurrences in that area; ``to`` one device that missed it, else to all of them."""
        area_id = cancellation.area_id
        return self._command(
            topics.area_command(area_id) if to is None else topics.device_command(to),
            cid=cancellation.cid,
            kind=CommandType.CANCEL,
            refs=cancellation.refs,
            target=Target(areas=[area_id]),
            now=now,
            until_at=cancellation.until_at,
        )

    def receipt(self, cid: str, refs: Sequence[str], device_id: DeviceId, now: datetime) -> OutgoingMessage:
        """Confirm to the device that these as-run records are stored."""
        return self._to_device(device_id, CommandType.RECEIPT, cid, now, now + RECEIPT_LASTS, refs=refs)

    def synced(self, nonce: str, device_id: DeviceId, now: datetime) -> OutgoingMessage:
        """Confirm that the device's ``req/sync`` of this nonce is answered, with the server's time."""
        until_at = now + SYNCED_LASTS
        return self._to_device(device_id, CommandType.SYNCED, f"synced-{nonce}", now, until_at, refs=[nonce])

    def resync(self, area_id: AreaId, now: datetime) -> OutgoingMessage:
        """Ask the devices of this very area to report what they hold. Offline ones do so when they connect."""
        return self._command(
            topics.area_command(area_id),
            cid=f"resync-{to_ms(now)}-{area_id}",
            kind=CommandType.RESYNC,
            target=Target(areas=[area_id]),
            now=now,
            until_at=now + RESYNC_LASTS,
        )

    def resync_one(self, device_id: DeviceId, now: datetime) -> OutgoingMessage:
        """Ask this device to report what it holds."""
        cid = f"resync-{to_ms(now)}-{device_id}"
        return self._to_device(device_id, CommandType.RESYNC, cid, now, now + RESYNC_LASTS)

    def install(
        self, cid: str, manifest: str, device_id: DeviceId, now: datetime, until_at: datetime
    ) -> OutgoingMessage:
        """Tell the device to install this image; its manifest is signed by the firmware key."""
        return self._to_device(device_id, CommandType.INSTALL, cid, now, until_at, install=Install(image=manifest))

    def take_back(self, cid: str, device_id: DeviceId, now: datetime) -> OutgoingMessage:
        """Cancel the command of this id, which only this device was sent: it must not be started any more."""
        return self._to_device(device_id, CommandType.CANCEL, f"{cid}-back", now, now + CANCEL_LASTS, refs=[cid])

    def beacon(self, now: datetime) -> OutgoingMessage:
        """Build the time beacon, for devices without a correct clock."""
        body = Beacon(v=codec.VERSION, now=to_ms(now), keyset=self._keyring.keyset_ver, fence=self._keyring.fence)
        payload = self._keyring.sign_plan(body)
        return OutgoingMessage(topics.time_beacon(), payload, qos=0, expiry_s=BEACON_EXPIRY_S)

    def keys(self) -> OutgoingMessage:
        """Build the keyset message, as the root key signed it."""
        return OutgoingMessage(topics.keys(), self._keyring.keyset_jws, retain=True)

    def officers(self) -> OutgoingMessage | None:
        """Build the message of the officers' keyset in force, as the root key signed it; None: there is none."""
        known = officers_in(self._keyring.trust).current()
        return None if known is None else OutgoingMessage(topics.officers(), known.source, retain=True)

    def _to_device(
        self, device_id: DeviceId, kind: CommandType, cid: str, now: datetime, until_at: datetime, **details: Any
    ) -> OutgoingMessage:
        topic, target = topics.device_command(device_id), Target(devices=[device_id])
        return self._command(topic, cid=cid, kind=kind, target=target, now=now, until_at=until_at, **details)

    def _command(
        self,
        topic: str,
        *,
        cid: str,
        kind: CommandType,
        target: Target,
        now: datetime,
        until_at: datetime,
        refs: Sequence[str] = (),
        install: Install | None = None,
    ) -> OutgoingMessage:
        body = Command(
            v=codec.VERSION,
            cid=cid,
            type=kind,
            prio=COMMAND_PRIO,
            iat=to_ms(now),
            # A device's clock may lag the server's by as much as it tolerates future timestamps.
            nbf=to_ms(now) - IAT_AHEAD_MAX_MS,
            exp=to_ms(until_at),
            target=target,
            refs=list(refs),
            install=install,
        )
        expiry_s = max(1, int((until_at - now).total_seconds()))
        return OutgoingMessage(topic, self._keyring.sign_command(body), expiry_s=expiry_s)


def command_id(message: OutboxMessage) -> str:
    """Return the command id of a row: always the same, so that it is executed once; different in each installation."""
    return f"{message.kind}-{to_ms(message.created_at)}-{message.ids[-1]}"


def refs_of(payload: Mapping[str, object]) -> tuple[str, ...]:
    """Return the occurrences or records that a CANCEL or RECEIPT names."""
    refs = payload.get("refs")
    return tuple(str(ref) for ref in refs) if isinstance(refs, list) else ()


def manifest_version(plans: Sequence[StoredPlan], boards: StoredBoardPlan | None = None) -> int:
    """Return the time of the newest build of any day or text, in ms: it rises with every change of the plans."""
    built = [plan.built_at for plan in plans] + ([] if boards is None else [boards.built_at])
    return max(map(to_ms, built), default=0)


def to_ms(instant: datetime) -> int:
    return int(instant.timestamp() * 1000)
