"""Screen of a board: its size and colours; the board uses them for its layout once it is connected."""

from dataclasses import replace
from typing import Final

from cms.areas.repository import Places
from cms.fleet.repository.devices import Devices
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.uow import UnitOfWork
from devices.model import Device, DeviceId, DeviceKind
from devices.protocol.boards import Colours, Screen
from province.call import Call
from province.errors import NotFoundError, problem_if, refuse
from province.people import Action

SIDE_MIN: Final = 32
SIDE_MAX: Final = 4_096


def set_screen(unit: UnitOfWork, device_id: DeviceId, *, w: int, h: int, colours: str, call: Call) -> Device:
    """Set the board's screen; the same screen again changes nothing.

    Raises:
        NotFoundError: no such board in service.
        NotAllowedError: the actor manages no devices there.
        InvalidError: no board has such a size or such colours.
    """
    with unit:
        old = unit[Devices].get(device_id)
        call.require(Action.DEVICE_MANAGE, [old.area_id], unit[Places].tree())
        if old.kind is not DeviceKind.BOARD or old.retired_at is not None:
            raise NotFoundError("board", device_id)
        problems = problem_if(not SIDE_MIN <= w <= SIDE_MAX, "w", "OUT_OF_RANGE", min=SIDE_MIN, max=SIDE_MAX)
        problems += problem_if(not SIDE_MIN <= h <= SIDE_MAX, "h", "OUT_OF_RANGE", min=SIDE_MIN, max=SIDE_MAX)
        problems += problem_if(colours not in set(Colours), "colours", "MISSING")
        refuse(problems)
        screen = Screen(w=w, h=h, colours=colours)
        if screen == old.screen:
            return old
        made = replace(old, screen=screen, desired_version=old.desired_version + 1)
        unit[Devices].save(made)
        unit.outbox.add(OutboxKind.DESIRED, device_id)
        unit.record(call.event("device.screen_set", device_id, screen=f"{w}x{h}", colours=colours))
        unit.commit()
    return made
