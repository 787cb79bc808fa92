"""Remote commands, the batches in which they are asked for, and maintenance windows."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from devices.model import DeviceId
from devices.protocol.messages import TestResult
from province.areas import AreaId

BatchId = NewType("BatchId", str)
CommandId = NewType("CommandId", str)
WindowId = NewType("WindowId", str)


class CommandKind(StrEnum):
    """Kinds of remote commands. Arguments and proof of each are in ``devices.commands.table``."""

    VOLUME = "volume"
    REBOOT = "reboot"
    SELFTEST = "selftest"
    RESYNC = "resync"
    LOG = "log"
    QUARANTINE = "quarantine"
    RELEASE = "release"
    REVOKE = "revoke"
    RETIRE = "retire"


@dataclass(frozen=True, slots=True)
class Arguments:
    """Arguments: ``volume_pct`` belongs to VOLUME, ``is_audible`` to SELFTEST, ``alerts_pass`` to QUARANTINE."""

    volume_pct: int | None = None
    is_audible: bool = False
    alerts_pass: bool = False


class CommandState(StrEnum):
    """Progress of a command on its device. Only the device's answer moves it past SENT."""

    QUEUED = "queued"
    SENT = "sent"
    RECEIVED = "received"
    DONE = "done"
    FAILED = "failed"
    EXPIRED = "expired"
    ABORTED = "aborted"


class CommandStep(StrEnum):
    """Events in the life of a command."""

    SEND = "send"
    RECEIVE = "receive"
    FINISH = "finish"
    FAIL = "fail"
    EXPIRE = "expire"
    ABORT = "abort"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteCommand:
    """One command to one device; ``id`` is its id on the wire. Name and area are frozen copies.

    ``boot`` is the run of the device that the command met: a start under another one proves a reboot. ``sends`` counts.
    ``code`` says why it failed or expired: a code of the wire, or one of ``devices.commands.lifecycle``. ``log_sha256``
    names the log in the content store, ``log_bytes`` long.
    """

    id: CommandId
    batch_id: BatchId
    device_id: DeviceId
    device_name: str
    area_id: AreaId
    kind: CommandKind
    arguments: Arguments
    queued_at: datetime
    expires_at: datetime
    state: CommandState = CommandState.QUEUED
    sends: int = 0
    sent_at: datetime | None = None
    received_at: datetime | None = None
    ended_at: datetime | None = None
    code: str = ""
    boot: str = ""
    test: TestResult | None = None
    log_sha256: str = ""
    log_bytes: int = 0


class BatchState(StrEnum):
    """Life cycle of a batch. WAITING: for another person's agreement."""

    WAITING = "waiting"
    RUNNING = "running"
    ENDED = "ended"
    REFUSED = "refused"
    ABORTED = "aborted"
    LAPSED = "lapsed"


class BatchStep(StrEnum):
    AGREE = "agree"
    REFUSE = "refuse"
    ABORT = "abort"
    END = "end"
    LAPSE = "lapse"


class BatchDanger(StrEnum):
    """Reasons for which a batch needs another person's agreement."""

    MANY = "many"
    REBOOT_SEVERAL = "reboot_several"
    AUDIBLE_SEVERAL = "audible_several"
    ABOVE_CAP = "above_cap"
    SILENCES = "silences"
    RESTRICTS = "restricts"
    LIFTS = "lifts"
    LASTS = "lasts"


class BatchExclusion(StrEnum):
    """Reasons for which a chosen device is not in the batch."""

    RETIRED = "retired"
    UNKNOWN = "unknown"
    BOARD = "board"
    IN_ALERT = "in_alert"
    ON_AIR = "on_air"
    AS_IT_IS = "as_it_is"
    NOT_IN_SERVICE = "not_in_service"


@dataclass(frozen=True, slots=True)
class Omission:
    device_id: DeviceId
    why: BatchExclusion


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Remote command asked of one device or of many, frozen when it was asked.

    ``device_ids`` are those that get it, in that order; ``area_ids`` are their areas at that time. ``agreed_by`` is
    None where no agreement was needed.
    """

    id: BatchId
    kind: CommandKind
    arguments: Arguments
    reason: str
    device_ids: tuple[DeviceId, ...]
    area_ids: tuple[AreaId, ...]
    left_out: tuple[Omission, ...]
    dangers: tuple[BatchDanger, ...]
    asked_by: str
    asked_by_name: str
    asked_at: datetime
    state: BatchState
    version: int = 1
    agreed_by: str | None = None
    agreed_by_name: str = ""
    agreed_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by_name: str = ""
    ended_why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A maintenance window: from ``from_at`` until ``until_at`` no notification is sent of faults there.

    It is either one device's or an area's with all below. ``ended_at``: a person ended it before its time.
    """

    id: WindowId
    device_id: DeviceId | None
    area_id: AreaId
    from_at: datetime
    until_at: datetime
    reason: str
    by: str
    by_name: str
    at: datetime
    ended_at: datetime | None = None
    ended_by_name: str = ""
