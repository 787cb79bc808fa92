"""Events made from the brokers' logs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cms.fleet.jobs.broker_watch import AGAIN, CROWD, NAMED_MOST, BrokerWatch
from cms.platform.store.uow import UnitOfWork
from devices.mqtt import enrolment_listener
from devices.mqtt.broker_log import Sift
from province.events import Event
from tests.service_store import ServiceStore

NOW = datetime(2026, 11, 24, tzinfo=UTC)
REFUSED = "2026-11-24T09:00:00: OpenSSL Error[0]: error:0A000086:SSL routines::certificate verify failed\n"
AT_ONCE = (
    "2026-11-24T09:00:00: Client connection from 127.0.0.1 failed: "
    "error:0A0000C7:SSL routines::peer did not return a certificate.\n"
)
HUNG_UP = "2026-11-24T09:00:00: OpenSSL Error[0]: error:0A000126:SSL routines::unexpected eof while reading\n"


class WatchHarness:
    def __init__(self, folder: Path) -> None:
        self.store = ServiceStore()
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
        context: Any = SimpleNamespace(settings=self._settings, now=lambda: self.now, uow=self._unit)
        self.watch = BrokerWatch(context)

    @property
    def told(self) -> list[Event]:
        return self.store.events()

    def _unit(self) -> UnitOfWork:
        unit = self.store()
        unit.before_commit(self._fail_if_broken)
        return unit

    def _fail_if_broken(self) -> None:
        if self.is_broken:
            raise OSError("disk full")

    def write(self, text: str, log: str = "broker") -> None:
        with self.log.with_name(f"{log}.log").open("ab") as file:
            file.write(Sift().feed(text.encode()))
        self.watch.step()

    def names(self) -> list[tuple[str, str]]:
        return [(event.name, event.subject_id) for event in self.told]


@pytest.fixture
def harness(tmp_path: Path) -> WatchHarness:
    return WatchHarness(tmp_path)


def denied(who: str, topic: str = "loa/v1/time") -> str:
    return f"2026-11-24T09:00:00: Denied PUBLISH from {who} (d0, q1, r0, m9, '{topic}', ... (5 bytes))\n"


def asked(who: str, topic: str = "#") -> str:
    return f"2026-11-24T09:00:00: {who} 1 {topic}\n"


def test_refusals_of_a_minute_are_one_event_with_their_number(harness: WatchHarness) -> None:
    harness.write(REFUSED)
    harness.write(REFUSED + HUNG_UP + REFUSED)
    assert [event.detail for event in harness.told] == [{"reason": "certificate verify failed", "count": 1}]
    harness.now += timedelta(minutes=1)
    harness.write("")
    assert [event.detail["count"] for event in harness.told] == [1, 2]


def test_a_refusal_is_seen_however_soon_it_came(harness: WatchHarness) -> None:
    harness.write(AT_ONCE)
    assert [event.detail for event in harness.told] == [{"reason": "peer did not return a certificate", "count": 1}]


def test_whoever_goes_beyond_his_own_is_named_at_once_and_again_while_it_goes_on(harness: WatchHarness) -> None:
    harness.write(denied("xa-1-l01", "loa/v1/d/xa-1-l02/state") + asked("xa-1-l02"))
    assert harness.names() == [("device.denied", "xa-1-l01"), ("device.overheard", "xa-1-l02")]
    assert harness.told[0].detail == {"topic": "loa/v1/d/xa-1-l02/state", "count": 1}
    for _ in range(3):
        harness.write(denied("xa-1-l01") * 4)
    assert len(harness.told) == 2
    harness.now += AGAIN
    harness.write("")
    assert [event.detail for event in harness.told[2:]] == [{"topic": "loa/v1/time", "count": 12}]


def test_whoever_has_been_quiet_for_long_is_news_again_at_once(harness: WatchHarness) -> None:
    harness.write(denied("xa-1-l01"))
    harness.now += AGAIN
    harness.write("")
    harness.write(denied("xa-1-l01"))
    assert len(harness.told) == 2


def test_on_the_enrolment_listener_a_name_proves_nothing(harness: WatchHarness) -> None:
    ours = asked(harness.desk_name, "loa/v1/boot/+/up")
    harness.write(denied("xa-1-l01") + asked("gateway.desk", "loa/v1/boot/+/up") + ours, log="enrolment")
    assert harness.names() == [("box.denied", "xa-1-l01"), ("box.overheard", "gateway.desk")]


def test_a_crowd_is_counted_and_hides_nobody_of_the_other_broker(harness: WatchHarness) -> None:
    harness.write("".join(denied(f"spy-{number}") for number in range(NAMED_MOST + 7)), log="enrolment")
    assert harness.told[-1].detail == {"reason": CROWD, "count": 7}
    assert len(harness.told) == NAMED_MOST + 1
    harness.write(denied("xa-1-l01"))
    assert harness.names()[-1] == ("device.denied", "xa-1-l01")


def test_what_could_not_be_written_down_is_told_the_next_time(harness: WatchHarness) -> None:
    harness.is_broken = True
    with pytest.raises(OSError, match="disk full"):
        harness.write(denied("xa-1-l01") + REFUSED)
    harness.is_broken = False
    harness.write(denied("xa-1-l01"))
    assert [event.detail.get("count") for event in harness.told] == [2, 1]


def test_what_was_tried_while_nobody_watched_is_seen_by_the_next_watch(harness: WatchHarness) -> None:
    harness.write(denied("xa-1-l01"))
    with harness.log.open("ab") as file:
        file.write(Sift().feed(denied("xa-1-l02").encode()))
    harness.start()
    harness.watch.step()
    assert harness.names() == [("device.denied", "xa-1-l01"), ("device.denied", "xa-1-l02")]


def test_refusals_that_were_counted_and_not_told_are_counted_again_by_the_next_watch(harness: WatchHarness) -> None:
    harness.write(REFUSED)
    harness.write(REFUSED * 3)
    harness.now += timedelta(seconds=1)
    harness.start()
    harness.watch.step()
    assert [event.detail["count"] for event in harness.told] == [1, 3]
