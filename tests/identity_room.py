"""Boxes registered and claimed, for every test that needs one."""

from __future__ import annotations

import os

from broadcast.model.people import Actor, UserId
from cms.cli.opening import EveryRight
from cms.context import Context
from cms.identity import claiming, registering
from cms.identity.claiming import Claim
from cms.identity.registering import BoxDraft
from devices.areas import AreaId
from devices.lives import Life
from devices.model import DeviceId

TECHNICIAN = Actor(UserId("u-ky-thuat"), "Kỹ thuật viên", ())
CODE = "7Q4K-M2XW-9RTA-C3BD"
SERIAL = "vtb-000123"


def registered(context: Context, area_id: AreaId, serial: str = SERIAL, *, kind: str = "cluster") -> Life:
    """A box with the code that its maker printed."""
    (done,) = registering.register(
        context.uow(),
        [BoxDraft(serial, kind, area_id, code=CODE)],
        actor=TECHNICIAN,
        authority=EveryRight(),
        entropy=os.urandom,
        now=context.now(),
    )
    return done.life


def claimed(
    context: Context, area_id: AreaId, serial: str = SERIAL, *, code: str = CODE, replaces: DeviceId | None = None
) -> Life:
    """Registered already, and now at its pole."""
    return claiming.claim(
        context.uow(),
        Claim(serial, code, area_id, replaces=replaces),
        actor=TECHNICIAN,
        authority=EveryRight(),
        now=context.now(),
    )
