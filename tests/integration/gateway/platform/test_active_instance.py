"""Active instance of a program: its lease while it works, and its end where another has taken over."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import update

from cms.platform.context import Context
from cms.platform.epoch import Epoch
from cms.platform.process import process
from cms.platform.process.process import LEASE_LOST, work_alone
from cms.platform.process.state_files import ready_file
from cms.platform.settings import Settings
from cms.platform.store import process_lease
from cms.platform.store.process_lease import ProcessLease
from cms.platform.store.tables import ProcessLeaseRow
from tests.databases import engine_of
from tests.integration.gateway.station import Station
from tests.postgres import PostgresServer

NAME = "gateway"


@pytest.fixture
def context(
    station: Station, postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Context]:
    """Return a context on PostgreSQL; the test's process takes no signals, and keeps its own name as a client."""
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(process, "set_loaded_aside", lambda: None)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    monkeypatch.setenv("PGAPPNAME", "")
    with postgres.lent_database() as url, engine_of(url) as engine:
        yield replace(station.context, engine=engine, settings=Settings(home=tmp_path / "home", database_url=url))


def test_an_instance_works_under_its_lease_and_releases_it(context: Context) -> None:
    standby = ProcessLease(context.engine, NAME, epoch_of(context))
    standby._holder = "another"
    fences = []

    def work(held: Context, stopping: threading.Event) -> None:
        assert held.may_send()
        assert not standby.take()
        assert not (context.settings.run_dir / f"{NAME}.standby").exists()
        fences.append(held.keyring.fence)
        stopping.set()

    assert work_alone(context, NAME, work) == 0
    assert standby.take()
    assert standby.fence > fences[0] > 0


def test_one_that_waits_for_another_host_stands_by_until_it_takes_over(context: Context) -> None:
    other = ProcessLease(context.engine, NAME, epoch_of(context))
    other._holder = "another"
    assert other.take()
    events: list[str] = []
    has_ended = threading.Event()

    def stand_by(is_over: threading.Event) -> None:
        events.append("stands by")
        other.release()
        if is_over.wait(60):
            has_ended.set()

    def work(held: Context, _stopping: threading.Event) -> None:
        assert held.keyring.fence > other.fence
        events.append("works")

    assert work_alone(context, NAME, work, stand_by=stand_by) == 0
    assert events == ["stands by", "works"]
    assert has_ended.wait(60)


def test_an_instance_that_was_replaced_ends_at_once(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_lease, "RENEW_S", 0.01)
    statuses, ended = [], threading.Event()

    def end(status: int) -> None:
        statuses.append(status)
        ended.set()

    monkeypatch.setattr(os, "_exit", end)

    def work(held: Context, _stopping: threading.Event) -> None:
        ready_file(held.settings, NAME).touch()
        with context.engine.begin() as connection:
            connection.execute(update(ProcessLeaseRow).values(holder="another", until_ms=0))
        assert ended.wait(60)
        assert not ready_file(held.settings, NAME).exists()

    work_alone(context, NAME, work)
    assert statuses == [LEASE_LOST]


def test_on_sqlite_the_lock_of_the_file_gives_the_fence(station: Station, context: Context) -> None:
    fences = []

    def work(held: Context, _stopping: threading.Event) -> None:
        assert held.may_send()
        fences.append(held.keyring.fence)

    for _ in range(2):
        work_alone(replace(station.context, settings=Settings(home=context.settings.home)), NAME, work)
    assert fences[1] > fences[0] > 0


def epoch_of(context: Context) -> Epoch:
    return Epoch(context.keyring.folder)
