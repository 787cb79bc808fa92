"""Outbox notifier: the web wakes the gateway at once, and no failure of it fails a request."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from cms.platform.gateway.outbox_notifier import OutboxNotifier, ring, ring_after_commit
from cms.platform.store.uow import Committed


def test_a_ring_ends_the_waiting(tmp_path: Path) -> None:
    with OutboxNotifier(tmp_path / "g.sock") as bell:
        ring(tmp_path / "g.sock")
        assert bell.wait(20)
        assert not bell.wait(0)


def test_many_rings_are_one(tmp_path: Path) -> None:
    with OutboxNotifier(tmp_path / "g.sock") as bell:
        for _ in range(1000):
            ring(tmp_path / "g.sock")
        assert bell.wait(0)
        assert not bell.wait(0)


def test_nobody_listening_is_no_failure(tmp_path: Path) -> None:
    ring(tmp_path / "g.sock")
    ring(tmp_path / "no-such-folder" / "g.sock")
    with OutboxNotifier(tmp_path / "g.sock"):
        pass
    ring(tmp_path / "g.sock")
    assert not (tmp_path / "g.sock").exists()


def test_what_a_killed_gateway_left_is_taken_over(tmp_path: Path) -> None:
    dead = OutboxNotifier(tmp_path / "g.sock")
    with OutboxNotifier(tmp_path / "g.sock") as bell:
        ring(tmp_path / "g.sock")
        assert bell.wait(0)
    dead.__exit__(None, None, None)


def test_only_the_owner_may_ring(tmp_path: Path) -> None:
    with OutboxNotifier(tmp_path / "g.sock"):
        assert stat.S_IMODE((tmp_path / "g.sock").stat().st_mode) == 0o600


def test_a_home_deeper_than_a_sockets_name_may_be_works_as_well(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100) / ("e" * 100) / "g.sock"
    with OutboxNotifier(deep) as bell:
        ring(deep)
        assert bell.wait(0)


@pytest.mark.parametrize("has_outbox", [True, False])
def test_only_a_commit_with_work_for_the_gateway_rings(tmp_path: Path, *, has_outbox: bool) -> None:
    with OutboxNotifier(tmp_path / "g.sock") as bell:
        ring_after_commit(tmp_path / "g.sock")(Committed((), has_outbox=has_outbox))
        assert bell.wait(0) is has_outbox


def test_a_gateway_on_another_host_is_woken_where_none_listens_here(tmp_path: Path) -> None:
    woken: list[str] = []
    hook = ring_after_commit(tmp_path / "g.sock", lambda: woken.append("there"))
    hook(Committed((), has_outbox=True))
    assert woken == ["there"]
    with OutboxNotifier(tmp_path / "g.sock"):
        for _ in range(5_000):  # more than a socket holds
            hook(Committed((), has_outbox=True))
    assert woken == ["there"]
