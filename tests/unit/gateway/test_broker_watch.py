"""Events made from the brokers' logs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self

import pytest

from cms.fleet.jobs.broker_watch import AGAIN, CROWD, NAMED_MOST, BrokerWatch
from devices.mqtt import enrolment_listener
from devices.mqtt.broker_log import Sift
from province.events import Event

NOW = datetime(2026, 11, 24, tzinfo=UTC)
REFUSED = "2026-11-24T09:00:00: OpenSSL Error[0]: error:0A000086:SSL routines::certificate verify failed\n"
AT_ONCE = (
    "2026-11-24T09:00:00: Client connection from 127.0.0.1 failed: "
    "error:0A0000C7:SSL routines::peer did not return a certificate.\n"
)
HUNG_UP = "2026-11-24T09:00:00: OpenSSL Error[0]: error:0A000126:SSL routines::unexpected eof while reading\n"


class Unit:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._noted: list[Event] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def record(self, event: Event) -> None:
        self._noted.append(event)

    def commit(self) -> None:
        if self._desk.is_broken:
            raise OSError("disk full")
        self._desk.told += self._noted


class Desk:
    def __init__(self, folder: Path) -> None:
        self.told: list[Event] = []
        self.now = NOW
        self.is_broken = False
        self.log = folder / "log" / "broker.log"
        self.log.parent.mkdir()
        self.log.write_text("what was before\n")
        self._settings = SimpleNamespace(
            root=folder, log_dir=folder / "log", run_dir=folder / "run", broker_programs=("broker",)
        )
        self.desk_name = enrolment_listener.desk_name(folder)
        self.start()

    def start(self) -> None:
        """Start the watch as a new process does."""
        context: Any = SimpleNamespace(settings=self._settings, now=lambda: self.now, uow=lambda: Unit(self))
        self.watch = BrokerWatch(context)

    def write(self, text: str, log: str = "broker") -> None:
        with self.log.with_name(f"{log}.log").open("ab") as file:
            file.write(Sift().feed(text.encode()))
        self.watch.step()

    def names(self) -> list[tuple[str, str]]:
        return [(event.name, event.subject_id) for event in self.told]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def denied(who: str, topic: str = "loa/v1/time") -> str:
    return f"2026-11-24T09:00:00: Denied PUBLISH from {who} (d0, q1, r0, m9, '{topic}', ... (5 bytes))\n"


def asked(who: str, topic: str = "#") -> str:
    return f"2026-11-24T09:00:00: {who} 1 {topic}\n"


def test_refusals_of_a_minute_are_one_event_with_their_number(desk: Desk) -> None:
    desk.write(REFUSED)
    desk.write(REFUSED + HUNG_UP + REFUSED)
    assert [event.detail for event in desk.told] == [{"reason": "certificate verify failed", "count": 1}]
    desk.now += timedelta(minutes=1)
    desk.write("")
    assert [event.detail["count"] for event in desk.told] == [1, 2]


def test_a_refusal_is_seen_however_soon_it_came(desk: Desk) -> None:
    desk.write(AT_ONCE)
    assert [event.detail for event in desk.told] == [{"reason": "peer did not return a certificate", "count": 1}]


def test_whoever_goes_beyond_his_own_is_named_at_once_and_again_while_it_goes_on(desk: Desk) -> None:
    desk.write(denied("xa-1-l01", "loa/v1/d/xa-1-l02/state") + asked("xa-1-l02"))
    assert desk.names() == [("device.denied", "xa-1-l01"), ("device.overheard", "xa-1-l02")]
    assert desk.told[0].detail == {"topic": "loa/v1/d/xa-1-l02/state", "count": 1}
    for _ in range(3):
        desk.write(denied("xa-1-l01") * 4)
    assert len(desk.told) == 2
    desk.now += AGAIN
    desk.write("")
    assert [event.detail for event in desk.told[2:]] == [{"topic": "loa/v1/time", "count": 12}]


def test_whoever_has_been_quiet_for_long_is_news_again_at_once(desk: Desk) -> None:
    desk.write(denied("xa-1-l01"))
    desk.now += AGAIN
    desk.write("")
    desk.write(denied("xa-1-l01"))
    assert len(desk.told) == 2


def test_on_the_enrolment_listener_a_name_proves_nothing(desk: Desk) -> None:
    ours = asked(desk.desk_name, "loa/v1/boot/+/up")
    desk.write(denied("xa-1-l01") + asked("gateway.desk", "loa/v1/boot/+/up") + ours, log="enrolment")
    assert desk.names() == [("box.denied", "xa-1-l01"), ("box.overheard", "gateway.desk")]


def test_a_crowd_is_counted_and_hides_nobody_of_the_other_broker(desk: Desk) -> None:
    desk.write("".join(denied(f"spy-{number}") for number in range(NAMED_MOST + 7)), log="enrolment")
    assert desk.told[-1].detail == {"reason": CROWD, "count": 7}
    assert len(desk.told) == NAMED_MOST + 1
    desk.write(denied("xa-1-l01"))
    assert desk.names()[-1] == ("device.denied", "xa-1-l01")


def test_what_could_not_be_written_down_is_told_the_next_time(desk: Desk) -> None:
    desk.is_broken = True
    with pytest.raises(OSError, match="disk full"):
        desk.write(denied("xa-1-l01") + REFUSED)
    desk.is_broken = False
    desk.write(denied("xa-1-l01"))
    assert [event.detail.get("count") for event in desk.told] == [2, 1]


def test_what_was_tried_while_nobody_watched_is_seen_by_the_next_watch(desk: Desk) -> None:
    desk.write(denied("xa-1-l01"))
    with desk.log.open("ab") as file:
        file.write(Sift().feed(denied("xa-1-l02").encode()))
    desk.start()
    desk.watch.step()
    assert desk.names() == [("device.denied", "xa-1-l01"), ("device.denied", "xa-1-l02")]


def test_refusals_that_were_counted_and_not_told_are_counted_again_by_the_next_watch(desk: Desk) -> None:
    desk.write(REFUSED)
    desk.write(REFUSED * 3)
    desk.now += timedelta(seconds=1)
    desk.start()
    desk.watch.step()
    assert [event.detail["count"] for event in desk.told] == [1, 3]
