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


class Desk:
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
def desk() -> Desk:
    desk = Desk()
    desk.held = {MP3}
    return desk


def test_a_programme_is_downloaded_verified_scheduled_and_aired_each_told_once(desk: Desk) -> None:
    one = notice(start=NOW + HOUR, end=NOW + 2 * HOUR)
    desk.held.clear()
    assert desk.follow(one) == []
    assert desk.log.next_at([one]) is None
    desk.held.add(MP3)
    assert desk.follow(one, at=NOW + 5) == [("downloaded", NOW + 5), ("verified", NOW + 5), ("scheduled", NOW + HOUR)]
    assert desk.log.next_at([one]) == NOW + HOUR
    assert desk.follow(one, at=NOW + 6) == []
    assert desk.follow(one, at=NOW + HOUR) == [("aired", NOW + HOUR)]
    assert desk.log.next_at([one]) is None
    desk.power_cycle()
    assert desk.follow(one, at=NOW + HOUR + 1) == []
    assert {each.rung: each.sha256 for each in desk.log.waiting.values()} == {
        "downloaded": MP3,
        "verified": MP3,
        "scheduled": None,
        "aired": MP3,
    }


def test_what_is_moved_is_scheduled_anew_and_what_is_made_anew_begins_from_the_start(desk: Desk) -> None:
    desk.follow(notice(start=NOW + HOUR))
    assert desk.follow(notice(start=NOW + 2 * HOUR)) == [("scheduled", NOW + 2 * HOUR)]
    desk.held.add(OTHER)
    other = notice(start=NOW + 2 * HOUR, mp3=OTHER)
    # It is scheduled for the same time as before: the same report, which names no file.
    assert [rung for rung, _ in desk.follow(other, at=NOW + 1)] == ["downloaded", "verified"]
    assert desk.follow(other, at=NOW + 2 * HOUR) == [("aired", NOW + 2 * HOUR)]


def test_what_comes_too_late_is_not_aired(desk: Desk) -> None:
    assert desk.follow(notice(start=NOW - HOUR, end=NOW - 1)) == [("downloaded", NOW), ("verified", NOW)]
    assert desk.follow(notice("b-2", start=NOW - HOUR, end=0))[-1] == ("aired", NOW)


def test_what_is_gone_is_forgotten_and_its_words_are_still_told(desk: Desk) -> None:
    desk.follow(notice())
    assert desk.follow() == []
    assert desk.facts["line"] == {}
    assert len(desk.log.waiting) == 3


def test_words_wait_for_a_receipt_that_is_ours_and_for_us(desk: Desk) -> None:
    desk.follow(notice())
    rids = list(desk.log.waiting)
    desk.receipt(*rids, key=("alert", ALERT))
    desk.receipt(*rids, to="other")
    desk.receipt(*rids, kind="volume")
    desk.save(desk.log.receive(topics.device_programme(ME, "b-1"), b"", NOW, KEYS, []))
    desk.save(desk.log.receive("strange", b"", NOW, KEYS, []))
    assert list(desk.log.waiting) == rids
    desk.receipt(rids[0], "never-said")
    desk.power_cycle()
    assert list(desk.log.waiting) == rids[1:]
    desk.receipt(*rids)
    assert list(desk.log.messages(NOW)) == []


def test_however_much_waits_every_message_fits(desk: Desk) -> None:
    many = [notice("p" * 37 + f"{number:03d}") for number in range(60)]
    desk.follow(*many)
    sent = list(desk.log.messages(NOW))
    assert {each.topic for each in sent} == {topics.device_event(ME)}
    assert all(len(each.body) <= MESSAGE_MAX_BYTES for each in sent)
    events = [codec.decode(DeviceEvent, each.body) for each in sent]
    assert {event.type for event in events} == {"programme"}
    assert sum(len(event.words) for event in events) == len(desk.log.waiting) == 180
