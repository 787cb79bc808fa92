"""Restored database, older than before: noticed at the gateway's start, and every device is asked to sync."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cms.fleet.inbound.handler import InboundHandler
from cms.platform.gateway.restore_watch import ASK_EVERY, SPREAD_S, HeadMark, RestoreWatch, mark_path
from cms.platform.gateway.uplink import Uplink
from devices.protocol import topics
from devices.protocol.messages import Command, CommandType
from province.events import Event
from tests.integration.gateway.platform.test_sync import ask, events, held_for, request
from tests.integration.gateway.station import XA_1, XA_2, Station


class Gateway:
    """Gateway to restart: ``start`` a new one; ``pass_by`` lets it run for so many seconds."""

    def __init__(self, station: Station) -> None:
        self.station = station
        self.seconds = 0.0
        self.start()

    def start(self) -> None:
        self.watch = RestoreWatch(self.station.context, self.station.letters, lambda: self.seconds)
        self.watch.step(self.station.link)

    def pass_by(self, seconds: float) -> None:
        until = self.seconds + seconds
        while self.seconds < until:
            self.seconds += 0.5
            self.watch.step(self.station.link)

    def asked(self) -> list[tuple[str, str]]:
        """Return the topics on which devices were asked to sync, each with its type of command."""
        sent = [each for each in self.station.link.published if each.topic.endswith("/cmd")]
        return [(each.topic, each.read(Command).type) for each in sent]


ALL = [(topics.area_command(area_id), CommandType.RESYNC) for area_id in (XA_1, XA_2)]


@pytest.fixture
def gateway(station: Station) -> Gateway:
    return Gateway(station)


def happens(station: Station, name: str) -> None:
    with station.context.uow() as unit:
        unit.record(Event(name, "somebody", station.now, "u1", "Somebody"))
        unit.commit()


def database(station: Station) -> Path:
    return station.context.settings.root / "loa.db"


def copied(station: Station, to: Path) -> Path:
    """Back up the whole database, as of now."""
    with closing(sqlite3.connect(database(station))) as source, closing(sqlite3.connect(to)) as target:
        source.backup(target)
    return to


def brought_back(station: Station, copy: Path) -> None:
    """Copy the database file back without ``loa restore``, as an operator might who does not know it."""
    station.context.engine.dispose()
    for suffix in ("-wal", "-shm"):
        Path(f"{database(station)}{suffix}").unlink(missing_ok=True)
    shutil.copyfile(copy, database(station))


def test_a_database_that_goes_on_is_taken_for_ours(station: Station, gateway: Gateway) -> None:
    for name in ("one", "two"):
        happens(station, name)
        gateway.pass_by(20)
        gateway.start()
    assert (gateway.asked(), station.letters.epoch.value) == ([], 0)
    assert "server.restored" not in events(station)


def test_a_database_brought_back_by_other_means_raises_the_epoch_and_has_everybody_asked(
    station: Station, gateway: Gateway, tmp_path: Path
) -> None:
    happens(station, "before")
    copy = copied(station, tmp_path / "copy.db")
    happens(station, "lost")
    gateway.pass_by(20)
    brought_back(station, copy)
    gateway.start()
    assert station.letters.epoch.value > 0
    assert events(station)[-2:] == ["before", "server.restored"]
    gateway.pass_by(SPREAD_S)
    assert gateway.asked() == ALL
    gateway.start()
    gateway.pass_by(SPREAD_S)
    assert gateway.asked() == ALL


def test_events_written_since_do_not_hide_it(station: Station, gateway: Gateway, tmp_path: Path) -> None:
    copy = copied(station, tmp_path / "copy.db")
    happens(station, "lost")
    gateway.pass_by(20)
    brought_back(station, copy)
    for name in ("other", "more"):
        happens(station, name)
    gateway.start()
    assert events(station)[-1] == "server.restored"


def test_an_epoch_of_which_nobody_was_told_has_everybody_asked(station: Station, gateway: Gateway) -> None:
    station.letters.epoch.rise(station.now)
    gateway.pass_by(SPREAD_S + 20)
    assert gateway.asked() == ALL


def test_one_device_that_holds_what_we_do_not_know_has_all_asked_once_in_ten_minutes(
    station: Station, gateway: Gateway
) -> None:
    hears = Uplink(
        station.context,
        InboundHandler(station.context, station.letters, station.alerts, on_behind=gateway.watch.ask_all),
    )
    ask(hears, request(orders=held_for(station)))
    gateway.pass_by(SPREAD_S)
    assert gateway.asked() == ALL
    gateway.watch.ask_all()
    gateway.pass_by(SPREAD_S)
    assert gateway.asked() == ALL
    station.pass_by(minutes=ASK_EVERY.total_seconds() / 60)
    gateway.watch.ask_all()
    gateway.pass_by(SPREAD_S)
    assert gateway.asked() == [*ALL, *ALL]


@pytest.mark.parametrize("text", ["", "[]", '{"seq": "x"}', "{}"])
def test_a_mark_that_cannot_be_read_is_none_and_is_written_anew(station: Station, gateway: Gateway, text: str) -> None:
    path = mark_path(station.context.settings)
    path.write_text(text)
    happens(station, "one")
    gateway.start()
    assert HeadMark.read(path) == HeadMark(1, json.loads(path.read_text())["hash"], 0)
    assert gateway.asked() == []


def test_a_disk_that_takes_no_writes_stops_nobody(station: Station) -> None:
    mark_path(station.context.settings).parent.write_text("in the way")
    assert Gateway(station).asked() == []
