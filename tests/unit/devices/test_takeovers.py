"""Detection of one certificate in two devices, apart from one device that restarts again and again."""

from __future__ import annotations

import pytest

from devices import takeovers
from devices.model import DeviceId
from devices.takeovers import Takeovers

BOX, OTHER = DeviceId("box"), DeviceId("other")


def shared(*births: tuple[str, int]) -> list[bool]:
    made = Takeovers()
    return [made.is_shared(BOX, boot, at_ms) for boot, at_ms in births]


def test_two_boxes_that_throw_each_other_off_are_seen_at_the_third_birth() -> None:
    assert shared(("a", 1), ("b", 2), ("a", 3), ("b", 4)) == [False, False, True, True]


def test_a_box_that_starts_again_and_again_is_one_box() -> None:
    assert shared(*((f"boot-{number}", number) for number in range(20))) == [False] * 20


def test_a_run_that_connects_again_is_one_box() -> None:
    assert shared(("a", 1), ("a", 2), ("b", 3), ("b", 4)) == [False] * 4


def test_what_the_broker_says_again_is_no_birth() -> None:
    assert shared(("a", 1), ("b", 2), ("a", 1), ("b", 2), ("b", 2)) == [False] * 5


def test_of_other_devices_nothing_follows_and_no_number_of_them_fills_the_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(takeovers, "KNOWN_MAX", 2)
    made = Takeovers()
    for number, device in enumerate((BOX, OTHER, BOX, OTHER)):
        assert not made.is_shared(DeviceId(device), f"boot-{device}-{number}", number)
    for number in range(10):
        made.is_shared(DeviceId(f"d{number}"), "a", 1)
    assert len(made._known) <= 2
