"""Schemas of remote commands and their outcomes."""

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, Field

from cms.bulletins.api.schemas import Id
from cms.commands.service.batch_preview import Asking, DeviceSelection
from cms.platform.api.idempotency import SubjectAnswer
from cms.platform.api.strict import Output, Strict
from devices.commands.model import Arguments, Batch, BatchDanger, BatchExclusion, BatchState, CommandKind, CommandState
from devices.model import DeviceId, DeviceKind
from province.areas import AreaId

Reason = Annotated[str, Field(max_length=2000)]


class ChoiceBody(Strict):
    """Devices in these areas and below, narrowed down, and those named."""

    areas: list[Id] = Field(default=[], max_length=2000)
    devices: list[Id] = Field(default=[], max_length=5000)
    kind: DeviceKind | None = None
    is_online: bool | None = Field(default=None, description="Null: both")


class WantedBody(Strict):
    """``volume_pct`` belongs to volume, ``is_audible`` to selftest, ``key_in_doubt`` to quarantine."""

    kind: CommandKind
    volume_pct: int | None = None
    is_audible: bool = False
    key_in_doubt: bool = Field(
        default=False,
        description="Somebody else may have its key: alerts are muted too. Else alerts pass",
    )
    choice: ChoiceBody

    def read(self, reason: str = "") -> Asking:
        choice = self.choice
        return Asking(
            self.kind,
            Arguments(self.volume_pct, self.is_audible, self._passes_alerts),
            DeviceSelection(
                tuple(AreaId(area) for area in choice.areas),
                tuple(DeviceId(name) for name in choice.devices),
                choice.kind,
                choice.is_online,
            ),
            reason,
        )

    @property
    def _passes_alerts(self) -> bool:
        return self.kind is CommandKind.QUARANTINE and not self.key_in_doubt


class AskBody(WantedBody):
    """With ``mark`` it is sent only if it goes to the very devices that the preview with this mark showed."""

    reason: Reason
    mark: str | None = Field(default=None, max_length=40)


class EndBody(Strict):
    why: Reason


class OmissionOut(Output):
    device_id: str
    why: BatchExclusion


class CommandPreviewOut(BaseModel):
    """``offline``, ``in_alert`` and ``on_air`` (within ten minutes) are among ``devices``."""

    devices: list[str]
    left_out: list[OmissionOut]
    offline: list[str]
    in_alert: list[str]
    on_air: list[str]
    cap_pct: int = Field(description="The lowest volume that an area of theirs allows")
    dangers: list[BatchDanger] = Field(description="Why another person has to agree; empty: nobody has to")
    mark: str


class ArgumentsOut(Output):
    volume_pct: int | None
    is_audible: bool
    alerts_pass: bool = Field(description="Of a quarantine: alerts are sounded nevertheless")


class BatchOut(Output):
    id: str
    version: int
    kind: CommandKind
    arguments: ArgumentsOut
    reason: str
    device_ids: list[str]
    area_ids: list[str]
    left_out: list[OmissionOut]
    dangers: list[BatchDanger]
    state: BatchState
    asked_by_name: str
    asked_at: datetime
    agreed_by_name: str
    agreed_at: datetime | None
    ended_by_name: str
    ended_at: datetime | None
    ended_why: str


def batch_said(batch: Batch) -> SubjectAnswer:
    return SubjectAnswer(BatchOut.model_validate(batch).model_dump_json(), f'"{batch.version}"')


class BatchWithCountsOut(BatchOut):
    counts: dict[CommandState, int] = Field(default={}, description="How many of its commands stand where")


class Batches(BaseModel):
    items: list[BatchWithCountsOut]
    next_cursor: str


class TestResultOut(Output):
    __test__ = False  # else pytest takes it for tests
    audible: bool
    amp_ma: int | None
    mic_db: float | None
    spk: str
    line_ohm: float | None


class CommandOut(Output):
    id: str
    batch_id: str
    device_id: str
    device_name: str
    area_id: str
    kind: CommandKind
    state: CommandState
    code: str = Field(description="Why it failed or expired")
    sends: int
    queued_at: datetime
    expires_at: datetime
    sent_at: datetime | None
    received_at: datetime | None
    ended_at: datetime | None
    test: TestResultOut | None
    log_bytes: int = Field(description="0: no log of it is here")


class Commands(BaseModel):
    items: list[CommandOut]
    next_cursor: str = ""


class WindowBody(Strict):
    """Either a device's or an area's, with all below."""

    device_id: Id | None = None
    area_id: Id | None = None
    from_at: AwareDatetime
    until_at: AwareDatetime
    reason: Reason


class WindowOut(Output):
    id: str
    device_id: str | None
    area_id: str
    from_at: datetime
    until_at: datetime
    reason: str
    by_name: str
    at: datetime
    ended_at: datetime | None
    ended_by_name: str


class Windows(BaseModel):
    items: list[WindowOut]
