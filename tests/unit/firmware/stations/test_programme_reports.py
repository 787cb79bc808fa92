from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from devices.protocol import codec, topics
from devices.protocol.limits import MESSAGE_MAX_BYTES
from devices.protocol.messages import Command, DeviceEvent, ProgrammeNotice, Target
from firmware_sim.core.stations.programmes import ProgrammeReports
from firmware_sim.storage.flash import Facts, JournalEntry
from tests.unit.firmware.signing import ALERT, PLAN, signed
from tests.unit.firmware.stations.test_programme_notices import HOUR, KEYS, ME, NOW, notice

MP3, OTHER = "e" * 64, "f" * 64


class ReportsHarness:
    """Log of a station with its flash and the programmes it holds."""

    def __init__(self) -> None:
        self.facts: Facts = {}
        self.held: set[str] = set()
        self.log = ProgrammeReports(ME, "boot", self.facts)

    def follow(self, *ready: ProgrammeNotice, at: int = NOW) -> list[tuple[str, int]]:
        """Follow the notices, and return the new reports."""
        before = set(self.log.waiting)
        self.save(self.log.follow(ready, self.held.__contains__, at))
        return [(each.rung, each.at) for rid, each in self.log.waiting.items() if rid not in before]

    def receipt(
        self, *rids: str, key: Any = ("plan", PLAN), to: str = ME, kind: str = "receipt", where: str = ME
    ) -> None:
        command = Command(
            v=1,
            cid="c-1",
            type=kind,
            prio=1,
            iat=NOW,
            nbf=NOW,
            exp=NOW + HOUR,
            target=Target(devices=[to]),
            refs=list(rids),
        )
        payload = signed(command, *key)
        self.save(self.log.receive(topics.device_command(ME), payload, NOW, KEYS, []))

    def save(self, entries: Sequence[JournalEntry]) -> None:
        for entry in entries:
            kept = self.facts.setdefault(entry.kind, {})
            if entry.value is None:
                del kept[entry.key]
            else:
                kept[entry.key] = entry.value

    def power_cycle(self) -> None:
        self.log = ProgrammeReports(ME, "boot-2", self.facts)


@pytest.fixture
def harness() -> ReportsHarness:
    harness = ReportsHarness()
    harness.held = {MP3}
    return harness


def test_a_programme_is_downloaded_verified_scheduled_and_aired_each_told_once(harness: ReportsHarness) -> None:
    one = notice(start=NOW + HOUR, end=NOW + 2 * HOUR)
    harness.held.clear()
    assert harness.follow(one) == []
    assert harness.log.next_at([one]) is None
    harness.held.add(MP3)
    assert harness.follow(one, at=NOW + 5) == [
        ("downloaded", NOW + 5),
        ("verified", NOW + 5),
        ("scheduled", NOW + HOUR),
    ]
    assert harness.log.next_at([one]) == NOW + HOUR
    assert harness.follow(one, at=NOW + 6) == []
    assert harness.follow(one, at=NOW + HOUR) == [("aired", NOW + HOUR)]
    assert harness.log.next_at([one]) is None
    harness.power_cycle()
    assert harness.follow(one, at=NOW + HOUR + 1) == []
    assert {each.rung: each.sha256 for each in harness.log.waiting.values()} == {
        "downloaded": MP3,
        "verified": MP3,
        "scheduled": None,
        "aired": MP3,
    }


def test_what_is_moved_is_scheduled_anew_and_what_is_made_anew_begins_from_the_start(harness: ReportsHarness) -> None:
    harness.follow(notice(start=NOW + HOUR))
    assert harness.follow(notice(start=NOW + 2 * HOUR)) == [("scheduled", NOW + 2 * HOUR)]
    harness.held.add(OTHER)
    other = notice(start=NOW + 2 * HOUR, mp3=OTHER)
    # It is scheduled for the same time as before: the same report, which names no file.
    assert [rung for rung, _ in harness.follow(other, at=NOW + 1)] == ["downloaded", "verified"]
    assert harness.follow(other, at=NOW + 2 * HOUR) == [("aired", NOW + 2 * HOUR)]


def test_what_comes_too_late_is_not_aired(harness: ReportsHarness) -> None:
    assert harness.follow(notice(start=NOW - HOUR, end=NOW - 1)) == [("downloaded", NOW), ("verified", NOW)]
    assert harness.follow(notice("b-2", start=NOW - HOUR, end=0))[-1] == ("aired", NOW)


def test_what_is_gone_is_forgotten_and_its_words_are_still_told(harness: ReportsHarness) -> None:
    harness.follow(notice())
    assert harness.follow() == []
    assert harness.facts["line"] == {}
    assert len(harness.log.waiting) == 3


def test_words_wait_for_a_receipt_that_is_ours_and_for_us(harness: ReportsHarness) -> None:
    harness.follow(notice())
    rids = list(harness.log.waiting)
    harness.receipt(*rids, key=("alert", ALERT))
    harness.receipt(*rids, to="other")
    harness.receipt(*rids, kind="volume")
    harness.save(harness.log.receive(topics.device_programme(ME, "b-1"), b"", NOW, KEYS, []))
    harness.save(harness.log.receive("strange", b"", NOW, KEYS, []))
    assert list(harness.log.waiting) == rids
    harness.receipt(rids[0], "never-said")
    harness.power_cycle()
    assert list(harness.log.waiting) == rids[1:]
    harness.receipt(*rids)
    assert list(harness.log.messages(NOW)) == []


def test_however_much_waits_every_message_fits(harness: ReportsHarness) -> None:
    many = [notice("p" * 37 + f"{number:03d}") for number in range(60)]
    harness.follow(*many)
    sent = list(harness.log.messages(NOW))
    assert {each.topic for each in sent} == {topics.device_event(ME)}
    assert all(len(each.body) <= MESSAGE_MAX_BYTES for each in sent)
    events = [codec.decode(DeviceEvent, each.body) for each in sent]
    assert {event.type for event in events} == {"programme"}
    assert sum(len(event.words) for event in events) == len(harness.log.waiting) == 180
