"""Expected firmware of a device."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from devices.firmware.model import Expected, Installed, expected_version
from devices.model import DeviceId
from province.areas import AreaId

CHAIN = (AreaId("xa"), AreaId("tinh"))
RUNS = Installed(DeviceId("d"), "m1", 5, "5.0", datetime(2026, 11, 24, tzinfo=UTC))


def meant(number: int, *, area: str = "tinh", model: str = "m1") -> Expected:
    return Expected(AreaId(area), model, number, f"{number}.0")


@pytest.mark.parametrize(
    ("expected", "version"),
    [
        ([], ""),
        ([meant(9, model="m2")], ""),
        ([meant(9, area="xa-khac")], ""),
        ([meant(4)], "5.0"),
        ([meant(5)], "5.0"),
        ([meant(6), meant(9, area="xa"), meant(7)], "9.0"),
    ],
)
def test_it_is_the_highest_number_that_was_rolled_out_to_where_it_stands(
    expected: list[Expected], version: str
) -> None:
    assert expected_version(RUNS, CHAIN, expected) == version


def test_of_a_device_that_never_told_nothing_is_expected() -> None:
    assert expected_version(None, CHAIN, [meant(9)]) == ""
