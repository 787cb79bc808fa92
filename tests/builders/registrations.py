"""Registered and claimed boxes for all tests that need one."""

from __future__ import annotations

import itertools
import os
from datetime import datetime

from cms.commands.service import batches, quarantine
from cms.fleet.service import claims, registration
from cms.fleet.service.claims import Claim
from cms.fleet.service.registration import BoxDraft
from cms.platform.context import Context
from cms.platform.store.uow import UnitOfWork
from devices.boards.drawing import drawn, png
from devices.commands.model import BatchId
from devices.lifecycle import DeviceLifecycle, LifecycleAction
from devices.model import DeviceId
from devices.protocol.boards import USUAL
from province.areas import AreaId
from province.people import Actor, UserId
from tests.builders.calls import call_of
from tests.console import COMMUNE

TECHNICIAN = Actor(UserId("u-ky-thuat"), "Kỹ thuật viên", ())
ANOTHER = Actor(UserId("u-quan-tri"), "Quản trị viên", ())
CODE = "7Q4K-M2XW-9RTA-C3BD"
SERIAL = "vtb-000123"


def registered(context: Context, area_id: AreaId, serial: str = SERIAL, *, kind: str = "cluster") -> DeviceLifecycle:
    """Register a box with the code that its maker printed."""
    (done,) = registration.register(
        context.uow(),
        [BoxDraft(serial, kind, area_id, code=CODE)],
        call=call_of(TECHNICIAN, context.now()),
        entropy=os.urandom,
    )
    return done.life


def claimed(
    context: Context,
    area_id: AreaId,
    serial: str = SERIAL,
    *,
    code: str = CODE,
    replaces: DeviceId | None = None,
    photo: str = "",
) -> DeviceLifecycle:
    """Claim a registered box at its pole."""
    return claims.claim(
        context.uow(),
        Claim(serial, code, area_id, replaces=replaces, photo_sha256=photo),
        call=call_of(TECHNICIAN, context.now()),
    )


def settled_by_two(
    context: Context, device_id: DeviceId, action: LifecycleAction, *, alerts_pass: bool = False
) -> None:
    """Request a life cycle action as the technician, and approve it as another person."""
    asked = quarantine.ask(
        context.uow(),
        BatchId(context.new_id()),
        device_id,
        action,
        why="Bị trộm tháo",
        call=call_of(TECHNICIAN, context.now(), new_id=context.new_id),
        alerts_pass=alerts_pass,
    )
    agreed_to(context.uow(), asked.id, context.now())


def agreed_to(uow: UnitOfWork, batch_id: BatchId, now: datetime) -> None:
    """Give the second person's approval to a batch of remote commands."""
    batches.agree(uow, batch_id, expected_version=1, call=call_of(ANOTHER, now, new_id=lambda: batch_id))


_NUMBERS = itertools.count(1)


def next_serial() -> str:
    """Return a serial number that no box has had."""
    return f"vtb-{next(_NUMBERS):06d}"


def fresh(context: Context) -> DeviceLifecycle:
    """Register a new box for the ward, so that no change affects another test's."""
    return registered(context, COMMUNE, next_serial())


def fresh_device(context: Context) -> str:
    """Return the id of a device made of such a box, with a photograph."""
    life = fresh(context)
    photo = context.content.put_bytes(png(drawn(USUAL, None)))
    done = claimed(context, COMMUNE, life.serial, photo=photo)
    assert done.device_id is not None
    return done.device_id


def sheet(*rows: str) -> bytes:
    """Return a spreadsheet as Excel writes it in Vietnam: a BOM and semicolons."""
    lines = rows or (f"{next_serial()};cụm loa;Mũi Né",)
    return "\r\n".join(("Số sê-ri;Loại;Địa bàn", *lines, "")).encode("utf-8-sig")
