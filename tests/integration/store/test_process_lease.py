"""Lease of a program in PostgreSQL: one holder, a rising fence, and an end by the clock of the database alone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Engine, text, update
from sqlalchemy.exc import OperationalError

from cms.platform.epoch import Epoch
from cms.platform.store import process_lease
from cms.platform.store.engine import make_engine
from cms.platform.store.process_lease import TTL_S, ProcessLease
from cms.platform.store.tables import ProcessLeaseRow
from tests.databases import engine_of
from tests.postgres import PostgresServer

EPOCH = 1_764_000_000_000


@dataclass
class Hosts:
    """Hosts with a folder of keys each, and one clock that tests move."""

    engine: Engine
    folder: Path
    now_s: float = 100.0

    def lease(self, host: str, epoch: int = 0) -> ProcessLease:
        """Make the lease of a process on this host, whose last epoch was this."""
        keys = self.folder / host
        keys.mkdir(exist_ok=True)
        Epoch(keys).keep_up(epoch)
        made = ProcessLease(self.engine, "gateway", Epoch(keys), lambda: self.now_s)
        made._holder = host
        return made

    def epoch(self, host: str) -> int:
        return Epoch(self.folder / host).value

    def run_out(self) -> None:
        """End the lease as its time does."""
        with self.engine.begin() as connection:
            connection.execute(update(ProcessLeaseRow).values(until_ms=1))


@pytest.fixture
def hosts(postgres: PostgresServer, tmp_path: Path) -> Iterator[Hosts]:
    with postgres.lent_database() as url, engine_of(url) as engine:
        yield Hosts(engine, tmp_path)


def test_one_of_two_instances_holds_it_and_the_next_has_a_higher_fence(hosts: Hosts) -> None:
    first, second = hosts.lease("a"), hosts.lease("b")
    assert first.take()
    assert not second.take()
    assert (first.is_held, second.is_held) == (True, False)
    first.release()
    assert not first.is_held
    assert second.take()
    assert second.fence > first.fence > EPOCH


def test_a_fence_rises_also_where_the_clock_of_the_database_was_ahead(hosts: Hosts) -> None:
    first, second = hosts.lease("a"), hosts.lease("b")
    assert first.take()
    ahead = first.fence + 400 * 86_400_000
    with hosts.engine.begin() as connection:
        connection.execute(update(ProcessLeaseRow).values(until_ms=1, fence=ahead))
    assert second.take()
    assert second.fence == ahead + 1


def test_a_holder_counts_from_before_it_asked_and_ends_first(hosts: Hosts) -> None:
    holder = hosts.lease("a")
    holder.take()
    hosts.now_s += TTL_S - 0.1
    assert holder.is_held
    hosts.now_s += 0.2
    assert not holder.is_held


def test_a_holder_that_stood_still_goes_on_where_no_other_took_it(hosts: Hosts) -> None:
    holder = hosts.lease("a")
    holder.take()
    fence = holder.fence
    hosts.now_s += 10 * TTL_S
    hosts.run_out()
    assert holder.renew()
    assert (holder.is_held, holder.fence) == (True, fence)


def test_a_holder_that_wakes_up_after_another_took_it_is_told(hosts: Hosts) -> None:
    sleeper, other = hosts.lease("a"), hosts.lease("b")
    sleeper.take()
    hosts.now_s += 10 * TTL_S
    hosts.run_out()
    assert other.take()
    assert not sleeper.renew()
    assert not sleeper.is_held
    sleeper.release()
    assert other.renew()


def test_an_instance_that_restarts_on_the_same_host_is_another_holder(hosts: Hosts) -> None:
    before, after = hosts.lease("a"), hosts.lease("a")
    before.take()
    hosts.run_out()
    assert after.take()
    assert not before.renew()


def test_the_restore_epoch_follows_the_lease(hosts: Hosts) -> None:
    first, second = hosts.lease("a", epoch=EPOCH + 7), hosts.lease("b", epoch=EPOCH)
    first.take()
    Epoch(hosts.folder / "a").keep_up(EPOCH + 9)
    first.renew()
    first.release()
    second.take()
    assert hosts.epoch("b") == EPOCH + 9
    second.release()
    assert hosts.lease("c", epoch=EPOCH + 20).take()
    assert hosts.epoch("c") == EPOCH + 20


def test_a_lock_that_a_frozen_holder_keeps_ends_with_its_lease(hosts: Hosts, monkeypatch: pytest.MonkeyPatch) -> None:
    frozen, standby = hosts.lease("frozen host"), hosts.lease("b")
    theirs = make_engine(hosts.engine.url.render_as_string(hide_password=False))
    lock = text("SELECT pg_advisory_xact_lock(42)")
    assert frozen.take()
    monkeypatch.setenv("PGAPPNAME", "frozen host")
    with theirs.connect() as session:
        monkeypatch.delenv("PGAPPNAME")
        session.execute(lock)
        hosts.run_out()
        assert standby.take()
        with hosts.engine.begin() as writer:
            writer.execute(lock)
        with pytest.raises(OperationalError):
            session.execute(lock)
    theirs.dispose()


@contextmanager
def kept(lease: ProcessLease, on_lost: Callable[[], object]) -> Iterator[threading.Event]:
    stopping = threading.Event()
    keeper = threading.Thread(target=lease.keep, args=(stopping, on_lost))
    keeper.start()
    try:
        yield stopping
    finally:
        stopping.set()
        keeper.join()


def test_a_kept_lease_is_renewed_and_released_at_the_end(hosts: Hosts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_lease, "RENEW_S", 0.01)
    first, second = hosts.lease("a"), hosts.lease("b")
    first.take()
    renewed = threading.Event()
    renew = first.renew

    def note() -> bool:
        renewed.set()
        return renew()

    monkeypatch.setattr(first, "renew", note)
    with kept(first, lambda: pytest.fail("lost")):
        assert renewed.wait(10)
        assert not second.take()
    assert second.take()


def test_an_outage_of_the_database_loses_no_lease_and_another_holder_does(
    hosts: Hosts, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(process_lease, "RENEW_S", 0.01)
    first, second, lost = hosts.lease("a"), hosts.lease("b"), threading.Event()
    first.take()
    renew, answers = first.renew, iter([OperationalError("", None, Exception("away"))])

    def trip() -> bool:
        for outage in answers:
            hosts.run_out()
            assert second.take()
            raise outage
        return renew()

    monkeypatch.setattr(first, "renew", trip)
    with kept(first, lost.set):
        assert lost.wait(10)
    assert "not renewed" in caplog.text
    assert "lease.lost gateway" in caplog.text


def test_a_standby_waits_through_an_outage_and_stops_when_asked(
    hosts: Hosts, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(process_lease, "LOOK_S", 0.01)
    standby, stopping = hosts.lease("b"), threading.Event()
    outages = iter([OperationalError("", None, Exception("away")), OperationalError("", None, Exception("away"))])

    def take() -> bool:
        for outage in outages:
            raise outage
        return True

    monkeypatch.setattr(standby, "take", take)
    assert standby.acquire(stopping)
    assert caplog.text.count("cannot be read") == 2
    stopping.set()
    assert not standby.acquire(stopping)


def test_a_lease_that_cannot_be_released_is_left_to_end(
    hosts: Hosts, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    holder, stopping = hosts.lease("a"), threading.Event()

    def fail() -> None:
        raise OperationalError("", None, Exception("away"))

    monkeypatch.setattr(holder, "release", fail)
    stopping.set()
    holder.keep(stopping, lambda: pytest.fail("lost"))
    assert "left to end" in caplog.text


def test_the_holder_hears_what_another_host_tells_it(hosts: Hosts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_lease, "LISTEN_S", 0.05)
    holder, stopping, heard = hosts.lease("a"), threading.Event(), threading.Event()
    assert not process_lease.tell_holder(hosts.engine, "gateway", b"nobody")
    holder.take()
    said: list[bytes] = []

    def take(data: bytes) -> None:
        said.append(data)
        heard.set()

    ear = threading.Thread(target=process_lease.hear, args=(hosts.engine, "gateway", take, stopping))
    ear.start()
    try:
        # Until it listens, a datagram is lost.
        while not heard.wait(0.05):
            assert process_lease.tell_holder(hosts.engine, "gateway", bytes(range(256)) * 17)
    finally:
        stopping.set()
        ear.join()
    assert said[0] == bytes(range(256)) * 17
    holder.release()
    assert not process_lease.tell_holder(hosts.engine, "gateway", b"nobody")
