"""What the brokers' logs tell, and what of it is told on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self

from broadcast.events import Event
from cms.workers.broker_watch import KEPT_MAX_BYTES, BrokerWatch

NOW = datetime(2026, 11, 24, tzinfo=UTC)
REFUSED = "2026-11-24T09:00:00: OpenSSL Error[0]: error:0A000086:SSL routines::certificate verify failed\n"
HUNG_UP = "2026-11-24T09:00:00: OpenSSL Error[0]: error:0A000126:SSL routines::unexpected eof while reading\n"


class Unit:
    def __init__(self, told: list[Event]) -> None:
        self._told = told

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def record(self, event: Event) -> None:
        self._told.append(event)

    def commit(self) -> None:
        return None


class Desk:
    def __init__(self, folder: Path) -> None:
        self.told: list[Event] = []
        self.now = NOW
        self.log = folder / "broker.log"
        self.log.write_text("what was before\n")
        settings = SimpleNamespace(log_dir=folder)
        context: Any = SimpleNamespace(settings=settings, now=lambda: self.now, uow=lambda: Unit(self.told))
        self.watch = BrokerWatch(context)

    def write(self, text: str) -> None:
        with self.log.open("a") as log:
            log.write(text)
        self.watch.step()

    def names(self) -> list[tuple[str, str]]:
        return [(event.name, event.subject_id) for event in self.told]


def test_refusals_of_a_minute_are_one_event_with_their_number(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.write(REFUSED)
    desk.write(REFUSED + HUNG_UP + REFUSED)
    assert [event.detail for event in desk.told] == [{"reason": "certificate verify failed", "count": 1}]
    desk.now += timedelta(minutes=1)
    desk.write("")
    assert [event.detail["count"] for event in desk.told] == [1, 2]


def test_a_line_that_comes_in_two_parts_is_one(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.write(REFUSED[:40])
    assert desk.told == []
    desk.write(REFUSED[40:])
    assert desk.names() == [("broker.refused", "broker")]


def test_whoever_asks_for_more_than_its_own_is_named_once(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    own = ("d/xa-1-l01/cmd", "a/xa-1/alert", "a/xa-1/speech/+", "time", "keys", "boot/xa-1-l01/down")
    asked = [f"2026-11-24T09:00:00: xa-1-l01 1 loa/v1/{topic}\n" for topic in own]
    ours = [f"2026-11-24T09:00:00: {who} 1 loa/v1/d/+/ack\n" for who in ("gateway", "gateway.ear", "gateway.desk")]
    desk.write("".join([*asked, *ours]))
    assert desk.told == []
    for _ in range(2):
        desk.write("2026-11-24T09:00:00: xa-1-l01 1 #\n2026-11-24T09:00:00: xa-1-l01 1 loa/v1/d/xa-1-l010/cmd\n")
    assert [event.detail["topic"] for event in desk.told] == ["#", "loa/v1/d/xa-1-l010/cmd"]


def test_a_log_that_was_turned_over_is_read_from_its_beginning(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.log.rename(tmp_path / "broker.log.1")
    desk.watch.step()
    desk.log.write_text(REFUSED)
    desk.watch.step()
    assert desk.names() == [("broker.refused", "broker")]


def test_a_log_that_has_grown_large_begins_anew(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    while desk.log.stat().st_size <= KEPT_MAX_BYTES:
        desk.write("x" * 1_000_000 + "\n")
        if desk.log.stat().st_size == 0:
            break
    for _ in range(20):
        desk.watch.step()
    assert desk.log.stat().st_size == 0
    desk.write(REFUSED)
    assert desk.names() == [("broker.refused", "broker")]
