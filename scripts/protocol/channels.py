"""Channels: for every topic its publisher, its delivery options and its body.

The tables of docs/protocol.md and the AsyncAPI document are compared with this one, and so is every message that a test
sees published by the server or by the reference firmware.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from devices.protocol.limits import ENROL_MAX_BYTES, LIVE_FRAME_MAX_BYTES, MESSAGE_MAX_BYTES, SPEECH_MAX_BYTES
from devices.protocol.messages import (
    Ack,
    Beacon,
    CapNotice,
    CertificateAnswer,
    CertificateRequest,
    Command,
    Desired,
    DeviceEvent,
    EnrolRequest,
    KeyRole,
    Keyset,
    LocalOrders,
    LogPart,
    Manifest,
    OfficerKeyset,
    ProgrammeNotice,
    State,
    SyncRequest,
    Telemetry,
    Wire,
)
from devices.protocol.topics import TopicKind

ROOT_KEY: Final = "root"
"""Key id of the offline root, which signs both keysets and has no role."""


class PublishingClient(StrEnum):
    """Client that may write to a topic. BOX: a device that has no certificate yet."""

    GATEWAY = "gateway"
    DEVICE = "device"
    BOX = "device without a certificate"


class Retention(StrEnum):
    """Retained flag. IN_FORCE: retained, and cleared by an empty body at the end."""

    NEVER = "no"
    ALWAYS = "yes"
    IN_FORCE = "while in force"


class Expiry(StrEnum):
    """Message expiry interval that is no constant. VALIDITY: at ``exp``, of a notice at ``keep`` if that is later."""

    NEVER = "never"
    VALIDITY = "at `exp`"


@dataclass(frozen=True, slots=True)
class WireChannel:
    """Delivery of one topic. ``body`` None: bytes that are no JSON. ``signed_by``: roles of the keys; none: unsigned.

    ``receive_qos``: QoS of the receiver's subscription. ``request``: the word after ``req``. ``expiry``: seconds.
    """

    kind: TopicKind
    publisher: PublishingClient
    qos: int
    retention: Retention
    expiry: int | Expiry
    body: type[Wire] | None
    signed_by: tuple[str, ...] = ()
    receive_qos: int = 1
    request: str = ""
    most_bytes: int = MESSAGE_MAX_BYTES

    @property
    def name(self) -> str:
        """Topic below the root, its parameters in braces."""
        return self.kind.value.replace("{request}", self.request or "{request}")


_ANY: Final = (KeyRole.PLAN.value, KeyRole.ALERT.value, KeyRole.DRILL.value)
_PLAN: Final = (KeyRole.PLAN.value,)
_ALERT: Final = (KeyRole.ALERT.value,)
_DRILL: Final = (KeyRole.DRILL.value,)
_DAY_S: Final = 86_400
_ASKED_AGAIN_S: Final = 300
"""A request for a certificate is repeated: an older one, or its answer, is of no use."""

_GATEWAY, _DEVICE, _BOX = PublishingClient.GATEWAY, PublishingClient.DEVICE, PublishingClient.BOX
_NEVER, _ALWAYS, _IN_FORCE = Retention.NEVER, Retention.ALWAYS, Retention.IN_FORCE
_VALIDITY: Final = Expiry.VALIDITY

CHANNELS: Final = (
    WireChannel(TopicKind.AREA_ALERT, _GATEWAY, 1, _IN_FORCE, _VALIDITY, Command, _ALERT, 0),
    WireChannel(TopicKind.AREA_DRILL, _GATEWAY, 1, _IN_FORCE, _VALIDITY, Command, _DRILL, 0),
    WireChannel(
        TopicKind.AREA_SPEECH, _GATEWAY, 1, _IN_FORCE, _VALIDITY, None, receive_qos=0, most_bytes=SPEECH_MAX_BYTES
    ),
    WireChannel(TopicKind.AREA_LIVE, _GATEWAY, 0, _NEVER, 2, None, receive_qos=0, most_bytes=LIVE_FRAME_MAX_BYTES),
    WireChannel(TopicKind.AREA_COMMAND, _GATEWAY, 1, _NEVER, _VALIDITY, Command, _ANY),
    WireChannel(TopicKind.AREA_PLAN, _GATEWAY, 1, _ALWAYS, Expiry.NEVER, Manifest, _PLAN),
    WireChannel(TopicKind.TIME, _GATEWAY, 0, _NEVER, 90, Beacon, (*_PLAN, *_ALERT), 0),
    WireChannel(TopicKind.KEYS, _GATEWAY, 1, _ALWAYS, Expiry.NEVER, Keyset, (ROOT_KEY,)),
    WireChannel(TopicKind.OFFICERS, _GATEWAY, 1, _ALWAYS, Expiry.NEVER, OfficerKeyset, (ROOT_KEY,)),
    WireChannel(TopicKind.DEVICE_COMMAND, _GATEWAY, 1, _NEVER, _VALIDITY, Command, _ANY),
    WireChannel(TopicKind.DEVICE_DESIRED, _GATEWAY, 1, _ALWAYS, Expiry.NEVER, Desired, _PLAN),
    WireChannel(TopicKind.DEVICE_LOCAL, _GATEWAY, 1, _ALWAYS, _VALIDITY, LocalOrders, _ALERT),
    WireChannel(TopicKind.DEVICE_CAP, _GATEWAY, 1, _IN_FORCE, _VALIDITY, CapNotice, _ALERT, 0),
    WireChannel(TopicKind.DEVICE_DRILL, _GATEWAY, 1, _IN_FORCE, _VALIDITY, CapNotice, _DRILL, 0),
    WireChannel(TopicKind.DEVICE_PROGRAMME, _GATEWAY, 1, _IN_FORCE, _VALIDITY, ProgrammeNotice, _PLAN, 0),
    WireChannel(TopicKind.DEVICE_CERTIFICATE, _GATEWAY, 1, _NEVER, _ASKED_AGAIN_S, CertificateAnswer, _PLAN),
    WireChannel(TopicKind.DEVICE_STATE, _DEVICE, 1, _ALWAYS, Expiry.NEVER, State),
    WireChannel(TopicKind.DEVICE_TELEMETRY, _DEVICE, 0, _NEVER, 600, Telemetry, receive_qos=0),
    WireChannel(TopicKind.DEVICE_ACK, _DEVICE, 1, _NEVER, _DAY_S, Ack),
    WireChannel(TopicKind.DEVICE_EVENT, _DEVICE, 1, _NEVER, _DAY_S, DeviceEvent),
    WireChannel(TopicKind.DEVICE_REQUEST, _DEVICE, 1, _NEVER, 60, SyncRequest, request="sync"),
    WireChannel(TopicKind.DEVICE_REQUEST, _DEVICE, 1, _NEVER, 60, CertificateRequest, request="csr"),
    WireChannel(TopicKind.DEVICE_REQUEST, _DEVICE, 1, _NEVER, _DAY_S, LogPart, request="log"),
    WireChannel(TopicKind.BOOT_UP, _BOX, 1, _NEVER, _ASKED_AGAIN_S, EnrolRequest, most_bytes=ENROL_MAX_BYTES),
    WireChannel(
        TopicKind.BOOT_DOWN,
        _GATEWAY,
        1,
        _NEVER,
        _ASKED_AGAIN_S,
        CertificateAnswer,
        _PLAN,
        most_bytes=ENROL_MAX_BYTES,
    ),
)


def channel_of(kind: TopicKind, request: str = "") -> WireChannel | None:
    """Return the channel of a topic; None for a request that version 1 does not have."""
    return next((each for each in CHANNELS if (each.kind, each.request) == (kind, request)), None)
