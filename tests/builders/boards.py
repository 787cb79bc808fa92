"""A board in the ward Mũi Né: builder for tests of screens and rights."""

from __future__ import annotations

from dataclasses import replace

from cms.fleet.repository.devices import Devices
from devices.model import DeviceId, DeviceKind
from devices.protocol.boards import Screen
from province.errors import NotFoundError
from tests.console import Console, device

NUMBER = 40


def stood(console: Console, screen: Screen | None = None) -> DeviceId:
    """Return the id of the test's one board, added with this screen where it is missing."""
    board = replace(device(NUMBER), kind=DeviceKind.BOARD, name="Bảng chợ", screen=screen)
    with console.context.uow() as uow:
        try:
            uow[Devices].get(board.id)
        except NotFoundError:
            uow[Devices].add(board)
            uow.commit()
    return board.id
