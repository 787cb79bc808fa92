"""Firmware roll-outs: driven on a thread of the scheduler; their install messages are built when they are sent."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from cms.firmware.repository import SqlFirmware
from cms.firmware.service import driver
from cms.platform.context import Context
from cms.platform.gateway.messages import MessageBuilder, OutgoingMessage
from cms.platform.process.loops import keep_doing
from cms.platform.store.engine import reading
from devices.firmware import rollout_progress
from devices.firmware.model import MemberState
from devices.model import DeviceId
from province.errors import ConflictError

EVERY_S: Final = 5.0


class RolloutDriver:
    """Job that drives roll-outs. ``run`` is a thread's loop; ``step`` looks once at every running roll-out."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def step(self) -> int:
        """Drive every running roll-out one step; return their number."""
        with reading(self._context.engine) as session:
            running = SqlFirmware(session).running()
        for rollout in running:
            try:
                driver.step(self._context.uow, rollout.id, now=self._context.now())
            except ConflictError:
                continue  # changed by somebody else at this moment: the next look does the rest
        return len(running)

    def run(self, stopping: threading.Event) -> None:
        keep_doing(self.step, stopping, "driving firmware roll-outs", look_s=EVERY_S)


class InstallMessages:
    """Builder of install messages, by what the store holds at the moment of sending."""

    def __init__(self, session: Session, letters: MessageBuilder) -> None:
        self._firmware = SqlFirmware(session)
        self._letters = letters

    def of(self, subject_id: str, now: datetime) -> Sequence[OutgoingMessage]:
        """Build the install command while its roll-out is sending; a cancellation once it has ended; else nothing."""
        found = self._firmware.on_its_way(DeviceId(subject_id))
        if found is None:
            return []
        rollout, member, image = found
        cid = driver.cid_of(member)
        if not rollout.is_open:
            return (
                [self._letters.take_back(cid, member.device_id, now)] if rollout_progress.is_on_its_way(member) else []
            )
        until_at = (member.sent_at or now) + rollout_progress.INSTALL_LASTS
        if not rollout.is_telling or member.state is not MemberState.SENT or until_at <= now:
            return []
        return [self._letters.install(cid, image.manifest, member.device_id, now, until_at)]
