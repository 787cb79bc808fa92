"""Roll-out actions of people: plan, start the canary, release by a second person, pause, stop."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from cms.areas.repository import Places
from cms.firmware.repository import FirmwareRecords
from cms.fleet.repository.devices import Devices
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.uow import UnitOfWork
from devices.firmware import rollout_progress
from devices.firmware.model import (
    FirmwareImage,
    ImageId,
    Rollout,
    RolloutAction,
    RolloutId,
    RolloutState,
)
from devices.firmware.wave_membership import RolloutCandidate, RolloutMembership, choose
from devices.model import DeviceKind
from province.areas import AreaId, AreaTree
from province.call import Call
from province.errors import ConflictError, InvalidError, NotAllowedError, NotPossibleError, Problem, refuse, too_long
from province.events import Event
from province.people import Action
from province.state_machine import following

TITLE_MAX: Final = 120
WHY_MAX: Final = 500


@dataclass(frozen=True, slots=True)
class RolloutDraft:
    """Input of a roll-out: the area, the images (one per model), and a title."""

    area_id: AreaId
    image_ids: tuple[ImageId, ...]
    title: str


@dataclass(frozen=True, slots=True)
class RolloutPreview:
    """Preview of a roll-out: its devices by wave, and those left out and why."""

    images: Sequence[FirmwareImage]
    choice: RolloutMembership


def preview(uow: UnitOfWork, rollout_id: RolloutId, draft: RolloutDraft) -> RolloutPreview:
    """Compute what ``plan`` would store under this id now; within a unit of work.

    Raises:
        InvalidError: with all problems of the draft.
    """
    tree = uow[Places].tree()
    images, problems = _images(uow, draft)
    if draft.area_id not in tree:
        problems.append(Problem("area_id", "MISSING"))
    refuse(problems)
    return RolloutPreview(
        images, choose(rollout_id, _candidates(uow, draft.area_id, tree), images, uow[FirmwareRecords].taken())
    )


def plan(uow: UnitOfWork, rollout_id: RolloutId, *, draft: RolloutDraft, call: Call) -> Rollout:
    """Plan the roll-out: its devices and waves are settled; none is sent to yet. The same id again changes nothing.

    Raises:
        NotAllowedError: the actor manages no devices there.
        InvalidError: with all problems.
        ConflictError: another person's roll-out has that id.
    """
    with uow:
        tree = uow[Places].tree()
        call.require(Action.DEVICE_MANAGE, [draft.area_id] if draft.area_id in tree else (), tree)
        known = uow[FirmwareRecords].find(rollout_id)
        if known is not None:
            if known.created_by != call.actor.user_id:
                raise ConflictError("firmware_rollout", rollout_id, 0, known.version)
            return known
        tidy = replace(draft, title=draft.title.strip())
        problems = [] if tidy.title else [Problem("title", "MISSING")]
        problems += too_long("title", tidy.title, TITLE_MAX)
        try:
            found = preview(uow, rollout_id, tidy)
        except InvalidError as error:
            raise InvalidError([*problems, *error.problems]) from None
        if not found.choice.members:
            problems.append(Problem("image_ids", "NOBODY_TO_TELL"))
        refuse(problems)
        rollout = Rollout(
            id=rollout_id,
            area_id=tidy.area_id,
            image_ids=tuple(image.id for image in found.images),
            title=tidy.title,
            created_at=call.now,
            created_by=call.actor.user_id,
            created_by_name=call.actor.name,
            changed_at=call.now,
        )
        uow[FirmwareRecords].add(rollout, found.choice.members)
        told: dict[str, object] = {
            "devices": len(found.choice.members),
            "left_out": len(found.choice.left_out),
            "images": [f"{image.model} {image.number}" for image in found.images],
        }
        uow.record(_event("planned", rollout, call, **told))
        uow.commit()
    return rollout


def start(uow: UnitOfWork, rollout_id: RolloutId, *, expected_version: int, call: Call) -> Rollout:
    """Start the roll-out: the canary is sent to.

    Raises:
        NotFoundError, ConflictError, NotPossibleError: see their remedies.
        NotAllowedError: the actor manages no devices there.
    """
    return _stepped(uow, rollout_id, RolloutAction.START, expected_version=expected_version, call=call)


def release(uow: UnitOfWork, rollout_id: RolloutId, *, expected_version: int, call: Call) -> Rollout:
    """Release the other waves after the canary; by a second person.

    Raises:
        NotFoundError, ConflictError, NotPossibleError: see their remedies.
        NotAllowedError: the actor manages no devices there, or planned or started it (OWN_ROLLOUT).
    """
    return _stepped(uow, rollout_id, RolloutAction.RELEASE, expected_version=expected_version, call=call)


def stop(uow: UnitOfWork, rollout_id: RolloutId, *, why: str, expected_version: int, call: Call) -> Rollout:
    """Stop it for good: no further device is sent to, and it is cancelled on devices that have not begun.

    Raises:
        NotFoundError, ConflictError, NotPossibleError: see their remedies.
        NotAllowedError: the actor manages no devices there.
        InvalidError: no reason given.
    """
    return _stepped(uow, rollout_id, RolloutAction.STOP, why=why.strip(), expected_version=expected_version, call=call)


def pause(
    uow: UnitOfWork, rollout_id: RolloutId, *, is_paused: bool = True, expected_version: int, call: Call
) -> Rollout:
    """Pause it: no further device is sent to until it is resumed (``is_paused`` False).

    Raises:
        NotFoundError, ConflictError: see their remedies.
        NotPossibleError: it is not running, or is already paused (or not paused).
        NotAllowedError: the actor manages no devices there.
    """
    with uow:
        old = _held(uow, rollout_id, expected_version=expected_version, call=call)
        name = "pause" if is_paused else "resume"
        if old.state not in (RolloutState.CANARY, RolloutState.WAVES) or (old.paused_at is not None) == is_paused:
            raise NotPossibleError(old.state, name)
        rollout = replace(old, paused_at=call.now if is_paused else None, changed_at=call.now, version=old.version + 1)
        uow[FirmwareRecords].save(rollout)
        uow.record(_event(f"{name}d", rollout, call))
        uow.commit()
    return rollout


def take_back(uow: UnitOfWork, rollout_id: RolloutId) -> int:
    """Cancel it on all devices that have not begun; return how many; within a unit of work."""
    found = [
        each.device_id for each in uow[FirmwareRecords].members(rollout_id) if rollout_progress.is_on_its_way(each)
    ]
    for device_id in found:
        uow.outbox.add(OutboxKind.INSTALL, device_id)
    return len(found)


def commune_of(area_id: AreaId, tree: AreaTree, kinds: frozenset[str]) -> AreaId:
    """Return the commune of an area, where another loudspeaker must stay in service; else the area itself."""
    return next((each for each in tree.chain(area_id) if tree.get(each).kind in kinds), area_id)


def _stepped(
    uow: UnitOfWork,
    rollout_id: RolloutId,
    action: RolloutAction,
    *,
    expected_version: int,
    call: Call,
    why: str = "",
) -> Rollout:
    with uow:
        old = _held(uow, rollout_id, expected_version=expected_version, call=call)
        state = following(rollout_progress.TRANSITIONS, old.state, action)
        changes: dict[str, Any] = {}
        match action:
            case RolloutAction.START:
                changes = {"started_by": call.actor.user_id, "started_by_name": call.actor.name, "wave_at": call.now}
            case RolloutAction.RELEASE:
                if call.actor.user_id in (old.created_by, old.started_by):
                    raise NotAllowedError(Action.DEVICE_MANAGE, "OWN_ROLLOUT", (old.area_id,))
                changes = {"released_by_name": call.actor.name}
            case _:
                refuse(too_long("why", why, WHY_MAX) if why else [Problem("why", "MISSING")])
                changes = {"stop_code": "PERSON", "stop_why": why}
        rollout = replace(old, state=state, version=old.version + 1, changed_at=call.now, **changes)
        uow[FirmwareRecords].save(rollout)
        told: dict[str, object] = {"why": why, "taken_back": take_back(uow, rollout.id)} if why else {}
        uow.record(_event(_PAST[action], rollout, call, **told))
        uow.commit()
    return rollout


_PAST: Final = {
    RolloutAction.START: "started",
    RolloutAction.RELEASE: "released",
    RolloutAction.STOP: "stopped",
}


def _held(uow: UnitOfWork, rollout_id: RolloutId, *, expected_version: int, call: Call) -> Rollout:
    found = uow[FirmwareRecords].get(rollout_id)
    call.require(Action.DEVICE_MANAGE, [found.area_id], uow[Places].tree())
    if found.version != expected_version:
        raise ConflictError("firmware_rollout", rollout_id, expected_version, found.version)
    return found


def _images(uow: UnitOfWork, draft: RolloutDraft) -> tuple[list[FirmwareImage], list[Problem]]:
    found = [
        image for each in dict.fromkeys(draft.image_ids) if (image := uow[FirmwareRecords].find_image(each)) is not None
    ]
    if not found or len(found) != len(set(draft.image_ids)):
        return found, [Problem("image_ids", "MISSING")]
    models = [image.model for image in found]
    twice = sorted({model for model in models if models.count(model) > 1})
    return found, [Problem("image_ids", "MODEL_TWICE", {"model": model}) for model in twice]


def _candidates(uow: UnitOfWork, area_id: AreaId, tree: AreaTree) -> list[RolloutCandidate]:
    kinds, runs = uow[Places].commune_kinds(), uow[FirmwareRecords].installed()
    found = []
    for device in uow[Devices].in_areas([area.id for area in tree.subtree(area_id)]):
        told = runs.get(device.id)
        found.append(
            RolloutCandidate(
                device_id=device.id,
                device_name=device.name,
                commune_id=commune_of(device.area_id, tree, kinds),
                is_cluster=device.kind is DeviceKind.CLUSTER,
                model="" if told is None else told.model,
                number=0 if told is None else told.number,
            )
        )
    return found


def _event(name: str, rollout: Rollout, call: Call, **detail: object) -> Event:
    return call.event(f"rollout.{name}", rollout.id, title=rollout.title, state=rollout.state.value, **detail)
