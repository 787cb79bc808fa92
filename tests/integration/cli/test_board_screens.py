"""Commands that set the screen of a board."""

from __future__ import annotations

import pytest

from cms.fleet.repository.devices import Devices
from devices.model import DeviceId
from devices.protocol.boards import Screen
from tests.integration.cli.test_commands import COMMUNE, Terminal

BOARD = DeviceId(f"{COMMUNE}-b01")


def test_a_board_is_enrolled_with_its_screen_and_given_another(terminal: Terminal) -> None:
    size = ("--screen", "96x32", "--colours", "three")
    terminal.ok("devices", "add", "--area", COMMUNE, "--kind", "board", *size)
    with terminal.units() as unit:
        assert unit[Devices].get(BOARD).screen == Screen(w=96, h=32, colours="three")
    (said,) = terminal.ok("devices", "screen", BOARD, "192x64", "--colours", "mono")
    assert said == f"{BOARD} has 192 x 64 elements: 24 letters in 4 lines"
    with terminal.units() as unit:
        changed = unit[Devices].get(BOARD)
    assert (changed.screen, changed.desired_version) == (Screen(w=192, h=64, colours="mono"), 2)
    assert "device.screen_set" in terminal.events()


@pytest.mark.parametrize("size", ["96", "96x", "x32", "31x32", "96x5000", "96x32x3", "९६x३२"])
def test_a_size_that_is_none_is_refused_with_an_example(terminal: Terminal, size: str) -> None:
    assert "write it as 96x32" in terminal.refused("devices", "add", "--area", COMMUNE, "--screen", size)


def test_only_a_board_has_a_screen(terminal: Terminal) -> None:
    assert "only a board" in terminal.refused("devices", "add", "--area", COMMUNE, "--screen", "96x32")
    terminal.ok("devices", "add", "--area", COMMUNE)
    assert "is no board" in terminal.refused("devices", "screen", f"{COMMUNE}-l01", "96x32")
