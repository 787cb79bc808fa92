"""One device is shut off, and let on again, from its own page: as every remote command that silences, by two people.

Only where it speaks what nobody ordered one person shuts it off at once: people hear somebody else's words meanwhile,
and at night nobody may be there to agree. Letting it on again always needs another person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Final

from broadcast.errors import InvalidError
from broadcast.model.people import Actor
from broadcast.ports import Authority, NewId
from cms.acting import asking
from cms.acting.choosing import Asking, Choice
from cms.identity.changing import open_to
from cms.store.queries.commands import waiting
from cms.store.uow import SqlUnitOfWork
from devices.acting.model import Batch, BatchId, CommandKind
from devices.acting.table import AGREE_WITHIN
from devices.lives import LifeAction
from devices.model import DeviceId

BY_TWO: Final[Mapping[LifeAction, CommandKind]] = MappingProxyType(
    {LifeAction.QUARANTINE: CommandKind.QUARANTINE, LifeAction.RELEASE: CommandKind.RELEASE}
)
"""What of a device's life another person has to agree to, and the command by which it is asked."""


def ask(
    unit: SqlUnitOfWork,
    batch_id: BatchId,
    device_id: DeviceId,
    action: LifeAction,
    *,
    why: str,
    expected_version: int | None = None,
    actor: Actor,
    authority: Authority,
    now: datetime,
    new_id: NewId,
) -> Batch:
    """One of ``BY_TWO``: the batch that waits for another person, or the one that waits for just the same already.

    Raises:
        NotFoundError, ConflictError, NotPossibleError: see their remedies.
        NotAllowedError: the actor manages no devices there.
        InvalidError: no reason.
    """
    kind = BY_TWO[action]
    with unit:
        open_to(unit, device_id, action, expected_version, actor=actor, authority=authority)
        same = [each for each in asked_for(unit, device_id, now) if each.kind is kind]
    # One of many devices may be for others to settle.
    for asked in same:
        if asked.device_ids == (device_id,):
            return asked
    wanted = Asking(kind, choice=Choice(device_ids=(device_id,)), reason=why)
    try:
        return asking.ask(unit, batch_id, wanted, actor=actor, authority=authority, now=now, new_id=new_id)
    except InvalidError as error:
        raise InvalidError([replace(problem, field="why") for problem in error.problems]) from None


def asked_for(unit: SqlUnitOfWork, device_id: DeviceId, now: datetime) -> Sequence[Batch]:
    """Within a unit of work: what of ``BY_TWO`` waits for another person there, oldest first."""
    return [
        batch
        for batch in waiting(unit.session)
        # What has lapsed may not be written down yet.
        if batch.kind in BY_TWO.values() and device_id in batch.device_ids and now < batch.asked_at + AGREE_WITHIN
    ]
