"""Install command under way: its stages and its progress, kept on flash."""

from enum import StrEnum
from typing import Final

import msgspec

from devices.protocol.messages import Code, ExecutionState, Image


class InstallStage(StrEnum):
    FETCHING = "fetching"
    READY = "ready"
    TRYING = "trying"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


STANDING: Final = {
    InstallStage.FETCHING: ExecutionState.RECEIVED,
    InstallStage.READY: ExecutionState.READY,
    InstallStage.TRYING: ExecutionState.STARTED,
    InstallStage.DONE: ExecutionState.DONE,
    InstallStage.FAILED: ExecutionState.FAILED,
    InstallStage.CANCELLED: ExecutionState.CANCELLED,
}
WAITING: Final = frozenset({InstallStage.FETCHING, InstallStage.READY})


class InstallJob(msgspec.Struct, frozen=True):
    """Last install command, and its progress."""

    cid: str
    exp: int
    slot: str
    image: Image
    stage: InstallStage = InstallStage.FETCHING
    code: Code | None = None
