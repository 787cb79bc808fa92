"""Technician of a station's province."""

from __future__ import annotations

from typing import Final

from cms.accounts.model import User
from cms.accounts.repository import People
from province.people import Actor, Grant, Role, UserId
from tests.integration.gateway.station import START, TINH, Station

TECHNICIAN: Final = Actor(UserId("u-tech"), "Phạm Kỹ Thuật", (Grant(Role.TECHNICIAN, TINH),))


def staff(station: Station) -> None:
    with station.context.uow() as unit:
        unit[People].add(User(TECHNICIAN.user_id, "tech", TECHNICIAN.name, "", START, grants=TECHNICIAN.grants))
        unit.commit()
