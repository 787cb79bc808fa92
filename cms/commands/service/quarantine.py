"""Quarantine, release and revocation of one device from its own page: by two people, as every such command.

Two of them one person may do at once, with a reason. Unordered sound is cut off by their word alone: people hear a
stranger meanwhile, and at night no second person may be there. A certificate is revoked at once only if the server
itself sees that it is in other hands: nobody can undo that remotely, so a word is not enough.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from cms.areas.repository import Places
from cms.commands.queries import waiting
from cms.commands.service import batch_preview, batches
from cms.commands.service.batch_preview import Asking, DeviceSelection, reason_problems
from cms.fleet.queries.devices import is_code_spent_since, shut_off_at_once
from cms.fleet.service.changes import open_to, step
from cms.health.queries.faults import open_faults
from cms.health.repository.faults import FaultRecords
from cms.health.repository.notices import Notice, Notices
from cms.platform.store import chain
from cms.platform.store.uow import UnitOfWork
from devices.commands.model import Arguments, Batch, BatchId, CommandKind
from devices.commands.table import AGREE_WITHIN
from devices.health import notices as rules
from devices.health.kinds import FaultKind
from devices.health.notices import IncidentStage
from devices.lifecycle import DeviceLifecycle, LifecycleAction
from devices.model import Device, DeviceId
from province.areas import AreaId
from province.call import Call, NewId
from province.errors import InvalidError, Problem, TokenRefusedError, problem_if, refuse
from province.people import Action

SPAN: Final = timedelta(hours=1)
BY_TWO: Final[Mapping[LifecycleAction, CommandKind]] = {done: by for by, done in batch_preview.ACTION.items()}
"""Life-cycle actions that another person has to agree to, and the command that asks for it."""
AT_ONCE: Final = frozenset({LifecycleAction.QUARANTINE, LifecycleAction.REVOKE})
"""Those that one person may do without waiting."""


def limit_problems(unit: UnitOfWork, device: Device, call: Call, most: int) -> list[Problem]:
    """Return the problem if a second person is needed: ``most`` within the hour by this person, or in the area.

    Within a unit of work. Devices that the server itself saw misbehave do not count.
    """
    chain.hold_commit_lock(unit.session)  # so that many requests in one moment are counted one after the other
    before = shut_off_at_once(unit.session, call.now - SPAN)
    own = sum(by == call.actor.user_id for by, _ in before)
    here = sum(area_id == device.area_id for _, area_id in before)
    return [Problem("at_once", "TOO_MANY_AT_ONCE", {"max": most})] if max(own, here) >= most else []


def letter(device: Device, area_name: str, by: str, why: str, *, alerts_pass: bool) -> tuple[str, str]:
    """Return title and text of the notice."""
    lines = [
        f"{by} vừa khóa tiếng {device.name} ({device.id}), {area_name}, không chờ người thứ hai.",
        f"Lý do: {why}",
        "Cảnh báo khẩn cấp vẫn phát." if alerts_pass else "Thiết bị im hoàn toàn, kể cả cảnh báo khẩn cấp.",
    ]
    return f"[Loa] Khóa tiếng ngay: {device.name}"[:300], "\n".join(lines)


def tell(unit: UnitOfWork, area_id: AreaId, title: str, text: str, *, now: datetime, new_id: NewId) -> None:
    """Queue this notice for those on call there, within a unit of work and the hourly limit per address."""
    duties = unit[FaultRecords].duties()
    if not duties:
        return
    notices = unit[Notices]
    written = notices.written_since(now - SPAN)
    for address in sorted({each.address for each in rules.recipients(duties, [area_id], unit[Places].tree(), 1, now)}):
        if rules.may_write(written.get(address, ()), now):
            letter_id = new_id()
            notices.write(Notice(letter_id, address, letter_id, IncidentStage.OPENED, title, text, now, now))


class Astray(StrEnum):
    """Sign that the device's certificate is in other hands, as the server sees it.

    SOUNDS: sounds without an order · TRESPASSES: subscribes or publishes outside its topics · SHARED: two boxes have
    its key · CODE_SPENT: two keys came with its claim code.
    """

    SOUNDS = "sounds"
    TRESPASSES = "trespasses"
    SHARED = "shared"
    CODE_SPENT = "code_spent"


_SHOWS: Final = {
    FaultKind.SOUND_UNORDERED: Astray.SOUNDS,
    FaultKind.TRESPASSES: Astray.TRESPASSES,
    FaultKind.IDENTITY_SHARED: Astray.SHARED,
}

IN_DOUBT: Final = frozenset({Astray.TRESPASSES, Astray.SHARED, Astray.CODE_SPENT})
"""Signs that its key is in other hands: its messages, and its sound, cannot be trusted."""


def ask(
    unit: UnitOfWork,
    batch_id: BatchId,
    device_id: DeviceId,
    action: LifecycleAction,
    *,
    why: str,
    expected_version: int | None = None,
    call: Call,
    alerts_pass: bool = False,
) -> Batch:
    """Ask for one of ``BY_TWO``; return the waiting batch, or the one that waits for the same already.

    Raises:
        NotFoundError, ConflictError, NotPossibleError: see their remedies.
        NotAllowedError: the actor manages no devices there.
        InvalidError: no reason.
    """
    kind = BY_TWO[action]
    with unit.looking() as seen:
        open_to(seen, device_id, action, expected_version, call=call)
        arguments = Arguments(alerts_pass=alerts_pass)
        same = [
            each for each in asked_for(seen, device_id, call.now) if (each.kind, each.arguments) == (kind, arguments)
        ]
    # A batch of several devices may be for others to settle.
    for asked in same:
        if asked.device_ids == (device_id,):
            return asked
    wanted = Asking(kind, arguments, choice=DeviceSelection(device_ids=(device_id,)), reason=why)
    try:
        return batches.ask(unit, batch_id, wanted, call=call)
    except InvalidError as error:
        raise InvalidError(_of_why(error.problems)) from None


def do_at_once(
    unit: UnitOfWork,
    device_id: DeviceId,
    action: LifecycleAction,
    *,
    why: str,
    expected_version: int | None = None,
    call: Call,
    most: int,
    alerts_pass: bool = False,
) -> DeviceLifecycle:
    """Do one of ``AT_ONCE``, by one person; the signs seen are recorded with the reason.

    ``alerts_pass``: in quarantine it still sounds alerts, unless the server sees its key in other hands.

    Raises:
        NotFoundError, ConflictError, NotPossibleError: see their remedies.
        NotAllowedError: the actor manages no devices there.
        TokenRefusedError: an API token asks.
        InvalidError: no reason; or not possible at once (NOT_TAKEN), or no sign allows it (NOTHING_SEEN), or ``most``
            were shut off within the hour by their word alone (TOO_MANY_AT_ONCE).
    """
    if action not in AT_ONCE:
        raise InvalidError([Problem("at_once", "NOT_TAKEN")])
    with unit:
        device, life = open_to(unit, device_id, action, expected_version, call=call)
        if call.actor.is_token:
            raise TokenRefusedError(Action.DEVICE_MANAGE, "PERSON", (device.area_id,))
        seen = astray(unit, life, call.now)
        problems = _of_why(reason_problems(why.strip()))
        if action is LifecycleAction.QUARANTINE and not seen:
            problems += limit_problems(unit, device, call, most)
        problems += problem_if(action is LifecycleAction.REVOKE and not seen, "at_once", "NOTHING_SEEN")
        refuse(problems)
        told: dict[str, object] = {"reason": why.strip(), "at_once": True, "seen": [each.value for each in seen]}
        passes = alerts_pass and IN_DOUBT.isdisjoint(seen)
        by = call.actor
        changed = step(unit, device, life, action, told=told, by=by, now=call.now, alerts_pass=passes)
        if action is LifecycleAction.QUARANTINE:
            area_name = unit[Places].tree().get(device.area_id).name
            title, text = letter(device, area_name, by.name, why.strip(), alerts_pass=passes)
            tell(unit, device.area_id, title, text, now=call.now, new_id=call.new_id)
        unit.commit()
    return changed


def asked_for(unit: UnitOfWork, device_id: DeviceId, now: datetime) -> Sequence[Batch]:
    """Return the batches of ``BY_TWO`` that wait for another person there, oldest first; within a unit of work."""
    return [
        batch
        for batch in waiting(unit.session)
        # An expired batch may not be stored as such yet.
        if batch.kind in BY_TWO.values() and device_id in batch.device_ids and now < batch.asked_at + AGREE_WITHIN
    ]


def astray(unit: UnitOfWork, life: DeviceLifecycle, now: datetime) -> Sequence[Astray]:
    """Return the present signs of this box's device, and those of its claim within a day; within a unit of work."""
    if life.device_id is None:
        return []
    kinds = [fault.kind for fault in open_faults(unit.session, life.device_id)]
    found = [_SHOWS[kind] for kind in kinds if kind in _SHOWS]
    if life.claimed_at is not None:
        since_at = max(life.claimed_at, now - AGREE_WITHIN)
        found += [Astray.CODE_SPENT] if is_code_spent_since(unit.session, life.device_id, since_at) else []
    return found


def _of_why(problems: Sequence[Problem]) -> list[Problem]:
    return [replace(problem, field="why") for problem in problems]
