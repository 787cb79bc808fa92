"""Screen of a board: its size and colours; the board uses them for its layout once it is connected."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from cms.areas.repository import Places
from cms.fleet.repository.devices import Devices
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.uow import UnitOfWork
from devices.model import Device, DeviceId, DeviceKind
from devices.protocol.boards import Colours, Screen
from province.call import Call
from province.errors import InvalidError, NotFoundError, Problem
from province.events import Event
from province.people import Action

SIDE_MIN: Final = 32
SIDE_MAX: Final = 4_096


def set_screen(unit: UnitOfWork, device_id: DeviceId, *, w: int, h: int, colours: str, call: Call) -> Device:
    """Set the screen as :func:`put_screen`, by a person. The same screen again changes nothing.

    Raises:
        NotFoundError, InvalidError: as ``put_screen``.
        NotAllowedError: the actor manages no devices there.
    """
    with unit:
        call.require(Action.DEVICE_MANAGE, [unit[Devices].get(device_id).area_id], unit[Places].tree())
        made = put_screen(
            unit, device_id, w=w, h=h, colours=colours, now=call.now, by=call.actor.user_id, by_name=call.actor.name
        )
        unit.commit()
    return made


def put_screen(
    unit: UnitOfWork, device_id: DeviceId, *, w: int, h: int, colours: str, now: datetime, by: str, by_name: str
) -> Device:
    """Set the board's screen. The caller commits.

    Raises:
        NotFoundError: no such board in service.
        InvalidError: no board has such a size or such colours.
    """
    old = unit[Devices].get(device_id)
    if old.kind is not DeviceKind.BOARD or old.retired_at is not None:
        raise NotFoundError("board", device_id)
    found = [
        Problem(name, "OUT_OF_RANGE", {"min": SIDE_MIN, "max": SIDE_MAX})
        for name, side in (("w", w), ("h", h))
        if not SIDE_MIN <= side <= SIDE_MAX
    ]
    if colours not in set(Colours):
        found.append(Problem("colours", "MISSING"))
    if found:
        raise InvalidError(found)
    screen = Screen(w=w, h=h, colours=colours)
    if screen == old.screen:
        return old
    made = replace(old, screen=screen, desired_version=old.desired_version + 1)
    unit[Devices].save(made)
    unit.outbox.add(OutboxKind.DESIRED, device_id)
    told: dict[str, object] = {"screen": f"{w}x{h}", "colours": colours}
    unit.record(Event("device.screen_set", device_id, now, by, by_name, told))
    return made
