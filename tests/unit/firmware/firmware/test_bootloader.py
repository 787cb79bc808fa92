from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.fault_injection.flash import MemoryFlash
from firmware_sim.core.effects import WriteSlot
from firmware_sim.core.firmware import bootloader
from firmware_sim.core.firmware.bootloader import FACTORY, BrickedError, Running
from firmware_sim.storage import firmware_image
from firmware_sim.storage.firmware_image import FileSlots
from firmware_sim.storage.flash import Facts
from tests.unit.firmware.updatable_device import MemorySlots

TWO = {"number": 2, "version": "v2", "sha256": "two"}
THREE = {"number": 3, "version": "v3", "sha256": "three"}


def chosen(facts: Facts, *rotten: str) -> bootloader.Boot:
    return bootloader.choose(facts, lambda _slot, sha256: sha256 not in rotten)


def test_a_new_box_starts_the_factorys_image() -> None:
    assert chosen({}) == bootloader.Boot(FACTORY)


def test_a_try_is_counted_before_it_is_made() -> None:
    boot = chosen({"boot": {"trial": "b", "tries": 3}, "slot": {"b": TWO}})
    assert boot.running == Running("b", 2, "v2", "two", is_trial=True)
    assert [tuple(entry) for entry in boot.entries] == [("boot", "tries", 2)]


@pytest.mark.parametrize(
    ("facts", "rotten"),
    [
        ({"boot": {"trial": "b", "tries": 0}, "slot": {"b": TWO}}, ()),
        ({"boot": {"trial": "b", "tries": 3}, "slot": {"b": TWO}}, ("two",)),
        ({"boot": {"trial": "b", "tries": 3}}, ()),
        ({"boot": {"trial": "b", "tries": "many"}, "slot": {"b": TWO}}, ()),
    ],
)
def test_a_trial_that_is_over_or_impossible_gives_way_to_what_was_confirmed(
    facts: Facts, rotten: tuple[str, ...]
) -> None:
    boot = chosen(facts, *rotten)
    assert boot.running == FACTORY
    assert {entry.key for entry in boot.entries} == {"trial", "tries"}


def test_a_confirmed_slot_that_rots_gives_way_to_the_other_for_good() -> None:
    boot = chosen({"boot": {"active": "b", "overwritten": "a"}, "slot": {"a": TWO, "b": THREE}}, "three")
    assert boot.running.number == 2
    assert [tuple(entry) for entry in boot.entries] == [("boot", "active", "a")]


@pytest.mark.parametrize("kept", [{"number": "3"}, {}, "three", {**THREE, "version": 3}])
def test_a_record_that_says_nothing_is_no_image(kept: object) -> None:
    facts: Facts = {"boot": {"active": "b"}, "slot": {"b": kept}}  # type: ignore[dict-item] # what rots has no type
    assert chosen(facts).running == FACTORY


def test_below_the_floor_nothing_starts() -> None:
    facts: Facts = {"boot": {"active": "b", "overwritten": "a", "floor": 3}, "slot": {"a": TWO, "b": THREE}}
    assert chosen(facts).running.number == 3
    with pytest.raises(BrickedError):
        chosen(facts, "three")


@given(
    active=st.sampled_from(["a", "b", "c", None]),
    trial=st.sampled_from(["a", "b", None]),
    tries=st.integers(-1, 3),
    rotten=st.booleans(),
)
def test_a_box_with_one_whole_image_always_starts(
    active: str | None, trial: str | None, tries: int, rotten: bool
) -> None:
    facts: Facts = {"boot": {"active": active, "trial": trial, "tries": tries}, "slot": {"b": TWO}}
    assert chosen(facts, *(["two"] if rotten else [])).running.number in (1, 2)


def test_both_kinds_of_slots_hold_what_was_written(tmp_path: Path) -> None:
    flash, data = MemoryFlash(), b"an image"
    sha256 = hashlib.sha256(data).hexdigest()
    flash.store(sha256, data)
    for store in (MemorySlots(), FileSlots(tmp_path)):
        assert store.read("b") == b""
        found = firmware_image.write(store, flash, WriteSlot("b", sha256))
        assert (found.slot, found.sha256, store.read("b")) == ("b", sha256, data)
        assert firmware_image.write(store, flash, WriteSlot("b", "none such")).sha256 == ""


def test_a_slot_that_takes_nothing_says_so() -> None:
    class Full(MemorySlots):
        def write(self, slot: str, data: bytes) -> None:
            raise OSError(slot)

    flash = MemoryFlash()
    flash.store("two", b"2")
    assert firmware_image.write(Full(), flash, WriteSlot("b", "two")).sha256 == ""


def test_what_a_boot_changes_is_on_flash_before_anything_runs() -> None:
    flash, store, data = MemoryFlash(), MemorySlots(), b"an image"
    sha256 = hashlib.sha256(data).hexdigest()
    store.write("b", data)
    facts: Facts = {"boot": {"trial": "b", "tries": 1}, "slot": {"b": {**TWO, "sha256": sha256}}}
    running, found = firmware_image.start(store, flash, facts)
    assert (running.is_trial, found, facts["boot"]["tries"]) == (True, data, 0)
    assert flash.facts == {"boot": {"tries": 0}}
    running, found = firmware_image.start(store, flash, facts)
    assert (running, found, facts["boot"]) == (FACTORY, None, {})
