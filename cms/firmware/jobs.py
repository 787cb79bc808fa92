"""Firmware roll-outs: driven on a thread of the scheduler; their install messages are built when they are sent."""

from sqlalchemy.orm import Session

from cms.firmware.repository import FirmwareRecords
from cms.firmware.service import driver
from cms.platform.context import Context
from cms.platform.store.engine import reading
from province.errors import ConflictError


class RolloutDriver:
    """Job that drives roll-outs: ``step`` looks once at every running roll-out."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def step(self) -> int:
        """Drive every running roll-out one step; return their number."""
        with reading(self._context.engine) as session:
            running = FirmwareRecords(session).running()
        for rollout in running:
            try:
                driver.step(self._context.uow, rollout.id, now=self._context.now())
            except ConflictError:
                continue  # changed by somebody else at this moment: the next look does the rest
        return len(running)

    def is_pending(self, session: Session) -> bool:
        return bool(FirmwareRecords(session).running())
