"""Flash: one suite on the folder and on the in-memory fake; then the faults that only a disk can have."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bench.fault_injection.flash import COMPACT_ENTRIES, FailingDisk, MemoryFlash, Wear
from firmware_sim.storage import flash as flash_module
from firmware_sim.storage.flash import Flash, FlashStore, JournalEntry

DATA = b"content"
SHA = hashlib.sha256(DATA).hexdigest()


def put(flash: FlashStore, data: bytes) -> None:
    sha256 = hashlib.sha256(data).hexdigest()
    if isinstance(flash, Flash):
        flash.part_path(sha256).write_bytes(data)
        assert flash.accept_part(sha256)
    elif isinstance(flash, MemoryFlash):
        flash.content[sha256] = data


@pytest.fixture(params=["folder", "memory"])
def reopened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], FlashStore]]:
    """The same flash, as found after each power-on."""
    memory = MemoryFlash()
    opened: list[Flash] = []

    def power_on() -> FlashStore:
        if request.param == "memory":
            return memory
        opened.append(Flash(tmp_path / "flash"))
        return opened[-1]

    yield power_on
    for flash in opened:
        flash.close()


def test_facts_are_there_after_power_off(reopened: Callable[[], FlashStore]) -> None:
    reopened().save([JournalEntry("counter", "conn", 1), JournalEntry("doc", "desired", "xã")])
    reopened().save([JournalEntry("counter", "conn", 2)])
    assert reopened().load() == {"counter": {"conn": 2}, "doc": {"desired": "xã"}}


def test_a_forgotten_fact_stays_forgotten(reopened: Callable[[], FlashStore]) -> None:
    reopened().save([JournalEntry("seen", "a", {"exp": 1}), JournalEntry("seen", "b", {"exp": 2})])
    reopened().save([JournalEntry("seen", "a", None), JournalEntry("seen", "never", None)])
    assert reopened().load() == {"seen": {"b": {"exp": 2}}}


def test_a_long_life_in_memory_is_folded_up_and_remembered() -> None:
    flash = MemoryFlash()
    for number in range(3 * COMPACT_ENTRIES):
        flash.save([JournalEntry("counter", "conn", number), JournalEntry("seen", str(number), None)])
    assert flash.facts == {"counter": {"conn": 3 * COMPACT_ENTRIES - 1}}


def test_loaded_facts_are_the_reader_s_own(reopened: Callable[[], FlashStore]) -> None:
    reopened().save([JournalEntry("seen", "a", 1)])
    reopened().load()["seen"].clear()
    assert reopened().load() == {"seen": {"a": 1}}


def test_content_is_held_until_it_is_not_wanted(reopened: Callable[[], FlashStore]) -> None:
    put(reopened(), DATA)
    put(reopened(), b"other")
    reopened().keep_only([SHA])
    assert reopened().held(SHA) == DATA
    assert reopened().held(hashlib.sha256(b"other").hexdigest()) is None


def test_a_journal_torn_at_any_byte_keeps_every_whole_batch(tmp_path: Path) -> None:
    flash = Flash(tmp_path)
    flash.save([JournalEntry("n", "a", 1), JournalEntry("n", "b", 1)])
    first = (tmp_path / "journal").stat().st_size
    flash.save([JournalEntry("n", "a", 2), JournalEntry("n", "b", 2)])
    flash.close()
    whole = (tmp_path / "journal").read_bytes()
    for length in range(first, len(whole)):
        (tmp_path / "journal").write_bytes(whole[:length])
        torn = Flash(tmp_path)
        assert torn.load() == {"n": {"a": 1, "b": 1}}
        torn.save([JournalEntry("n", "c", 3)])
        torn.close()
        again = Flash(tmp_path)
        assert again.load() == {"n": {"a": 1, "b": 1, "c": 3}}
        again.close()


def test_a_spoilt_line_is_left_out_and_counted(tmp_path: Path) -> None:
    flash = Flash(tmp_path)
    for number in range(3):
        flash.save([JournalEntry("n", str(number), number)])
    flash.close()
    lines = (tmp_path / "journal").read_bytes().splitlines(keepends=True)
    (tmp_path / "journal").write_bytes(lines[0] + lines[1].replace(b"1", b"7") + lines[2])
    reopened = Flash(tmp_path)
    assert reopened.load() == {"n": {"0": 0, "2": 2}}
    assert reopened.spoilt_lines == 1
    reopened.close()


def test_a_long_journal_is_made_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flash_module, "COMPACT_LINES", 10)
    flash = Flash(tmp_path)
    for number in range(12):
        flash.save([JournalEntry("counter", "conn", number)])
    flash.close()
    shorter = Flash(tmp_path)
    assert shorter.load() == {"counter": {"conn": 11}}
    shorter.save([JournalEntry("counter", "boot", 1)])
    shorter.close()
    assert len((tmp_path / "journal").read_bytes().splitlines()) == 2
    again = Flash(tmp_path)
    assert again.load() == {"counter": {"conn": 11, "boot": 1}}
    again.close()


def test_a_full_disk_leaves_no_half_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flash = Flash(tmp_path)
    flash.save([JournalEntry("n", "a", 1)])
    real_write = os.write

    def full(fd: int, data: bytes) -> int:
        real_write(fd, bytes(data)[:5])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space"):
        flash.save([JournalEntry("n", "b", 1)])
    monkeypatch.undo()
    flash.save([JournalEntry("n", "c", 1)])
    assert flash.load() == {"n": {"a": 1, "c": 1}}
    assert flash.spoilt_lines == 0
    flash.close()


def test_spoilt_content_is_removed_when_it_is_asked_for(tmp_path: Path) -> None:
    flash = Flash(tmp_path)
    put(flash, DATA)
    flash.content_path(SHA).write_bytes(b"contenu")
    assert flash.held(SHA) is None
    assert not flash.content_path(SHA).exists()


def test_a_part_with_the_wrong_hash_is_thrown_away(tmp_path: Path) -> None:
    flash = Flash(tmp_path)
    flash.part_path(SHA).write_bytes(b"contenu")
    assert not flash.accept_part(SHA)
    assert list((tmp_path / "content").iterdir()) == []


def test_a_worn_disk_keeps_facts_while_content_does_not_fit_and_then_nothing(tmp_path: Path) -> None:
    wear = Wear()
    flash = FailingDisk(tmp_path, wear)
    put(flash, DATA)
    wear.is_full = True
    flash.save([JournalEntry("a", "b", 1)])
    with pytest.raises(OSError, match="no space"):
        put(flash, b"more")
    wear.is_read_only = True
    with pytest.raises(OSError, match="read-only"):
        flash.save([JournalEntry("a", "b", 2)])
    flash.close()
    again = FailingDisk(tmp_path, wear)
    assert (again.load(), again.held(SHA)) == ({"a": {"b": 1}}, DATA)
    again.close()


WRITER = """
import sys
from pathlib import Path
from firmware_sim.storage.flash import Flash, JournalEntry
flash = Flash(Path(sys.argv[1]))
flash.load()
for number in range(1_000_000):
    flash.save([JournalEntry("pair", "left", number), JournalEntry("pair", "right", number)])
    print(number, flush=True)
"""


def test_kill_9_loses_nothing_that_was_said_to_be_saved(tmp_path: Path) -> None:
    for kills in range(1, 6):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True
        ) as writer:
            assert writer.stdout is not None
            for _ in range(20 * kills):
                said = int(writer.stdout.readline())
            writer.send_signal(signal.SIGKILL)
            said = max([said, *(int(line) for line in writer.stdout if line.endswith("\n"))])
        flash = Flash(tmp_path)
        pair = flash.load()["pair"]
        flash.close()
        assert pair["left"] == pair["right"]
        assert isinstance(pair["left"], int)
        assert pair["left"] >= said
