"""Firmware roll-out planned by a second technician, in the state a test needs, for tests of screens and API."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any, Final

from cms.areas.repository import Places
from cms.firmware.repository import FirmwareRecords
from cms.firmware.service import packages, rollouts
from cms.firmware.service.rollouts import RolloutDraft
from cms.fleet.repository.devices import Devices
from devices.firmware.model import (
    FirmwareImage,
    Installed,
    MemberState,
    Rollout,
    RolloutId,
    RolloutState,
    Wave,
)
from devices.protocol import codec
from devices.protocol.messages import Image
from province.people import Actor, UserId
from tests.builders.calls import call_of
from tests.console import COMMUNE, FIRMWARE_PEM, Console

PLANNER: Final = Actor(UserId("u-second-technician"), "Kỹ thuật viên hai", ())
MODEL: Final = "loa-c4"


def package(
    number: int = 2, data: bytes = b"an image", model: str = MODEL, *, key: bytes = FIRMWARE_PEM, **more: Any
) -> bytes:
    """Build a package as ``loa firmware sign`` does."""
    fields: dict[str, Any] = {"version": f"2.{number}", "notes": "Sửa lỗi mất tiếng", **more}
    body = Image(
        v=codec.VERSION,
        model=model,
        number=number,
        sha256=hashlib.sha256(data).hexdigest(),
        bytes=len(data),
        **fields,
    )
    return packages.packed(body, data, key)


def image(console: Console, number: int = 2) -> FirmwareImage:
    context = console.context
    return packages.take(
        context.uow(),
        package(number),
        keyring=context.keyring,
        content=context.content,
        call=call_of(PLANNER, console.clock()),
    )


def told(console: Console) -> None:
    """Store the installed version of every device, and close all roll-outs."""
    with console.context.uow() as uow:
        areas = [area.id for area in uow[Places].tree()]
        now = console.clock()
        uow[FirmwareRecords].note_installed(
            [Installed(each.id, MODEL, 1, "2.1", now) for each in uow[Devices].in_areas(areas)]
        )
        for rollout in uow[FirmwareRecords].rollouts():
            if rollout.is_open:
                uow[FirmwareRecords].save(replace(rollout, state=RolloutState.STOPPED, version=rollout.version + 1))
        uow.commit()


def planned(console: Console, **more: Any) -> Rollout:
    found = image(console)
    told(console)
    fields: dict[str, Any] = {"area_id": COMMUNE, "image_ids": (found.id,), "title": "Bản 2.2", **more}
    return rollouts.plan(
        console.context.uow(),
        RolloutId(console.context.new_id()),
        draft=RolloutDraft(**fields),
        call=call_of(PLANNER, console.clock()),
    )


def started(console: Console) -> Rollout:
    return _stepped(console, planned(console), state=RolloutState.CANARY, wave_at=console.clock())


def paused(console: Console) -> Rollout:
    return _stepped(console, started(console), paused_at=console.clock())


def held(console: Console) -> Rollout:
    """Finish the canary: all its devices are done, and the roll-out is held."""
    rollout = started(console)
    with console.context.uow() as uow:
        for member in uow[FirmwareRecords].members(rollout.id):
            if member.wave is Wave.CANARY:
                uow[FirmwareRecords].move(
                    [(member, replace(member, state=MemberState.DONE, changed_at=console.clock()))]
                )
        uow.commit()
    return _stepped(console, rollout, state=RolloutState.HELD)


def fields(console: Console) -> dict[str, Any]:
    """Return the form of a new roll-out."""
    found = image(console)
    told(console)
    return {"area": COMMUNE, "image": [found.id], "title": "Bản 2.2"}


def body(console: Console) -> dict[str, Any]:
    """Return the same data as JSON."""
    typed = fields(console)
    return {"area_id": typed["area"], "image_ids": typed["image"], "title": typed["title"]}


def _stepped(console: Console, rollout: Rollout, **changes: Any) -> Rollout:
    after = replace(rollout, version=rollout.version + 1, **changes)
    with console.context.uow() as uow:
        uow[FirmwareRecords].save(after)
        uow.commit()
    return after
