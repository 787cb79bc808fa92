"""Disk upkeep by the scheduler: the reserve, the access log, unused recordings."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from cms.bulletins.jobs import ContentCollector
from cms.features import FEATURES
from cms.platform.process import logs
from cms.platform.process.disk import MB, RESERVE, Disk
from cms.platform.scheduler import scheduler
from media.storage import ASIDE
from tests.builders import bulletins
from tests.console import Console, open_console, post
from tests.integration.process import until


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    with open_console(tmp_path / "home") as console:
        console.set(disk_reserve_mb=1)
        yield console


def test_the_scheduler_keeps_the_disk(console: Console) -> None:
    assert {"disk", "content"} <= set(scheduler.loops(console.context, FEATURES))


def test_under_pressure_the_reserve_goes_whatever_the_database_does(console: Console) -> None:
    free = [5000 * MB]
    console.use(disk=lambda: Disk(free[0], 9000 * MB), engine=None, uow=None)
    keeper, reserve = scheduler.ReserveKeeper(console.context), console.context.settings.root / RESERVE
    keeper.step()
    assert reserve.stat().st_size == MB
    free[0] = 0
    keeper.step()
    assert reserve.stat().st_size == 0


def test_the_log_of_requests_is_cut_under_nginxs_hands(console: Console) -> None:
    path = console.context.settings.log_dir / "access.log"
    path.parent.mkdir(parents=True)
    keeper = scheduler.ReserveKeeper(console.context)
    keeper.step()
    with path.open("ab") as nginx:
        nginx.write(b"x" * (logs.KEEP_BYTES + 1))
        nginx.flush()
        keeper.step()
        assert path.stat().st_size == 0
        nginx.write(b"next\n")
        nginx.flush()
        assert path.read_bytes() == b"next\n", "it writes at the end of what is there now"
    assert path.with_suffix(".log.1").stat().st_size == logs.KEEP_BYTES + 1
    keeper.step()
    assert path.read_bytes() == b"next\n"


def test_what_nothing_uses_goes_by_the_scheduler(console: Console) -> None:
    post(console.client("editor"), "/uploads", {"recording": (io.BytesIO(bulletins.wav()), "tin.wav")})
    collector, stopping = ContentCollector(console.context), threading.Event()
    aside = console.context.settings.content_dir / ASIDE
    console.clock.pass_by(days=4)
    loop = threading.Thread(target=collector.run, args=(stopping,))
    loop.start()
    try:
        until(lambda: any(path.is_file() for path in aside.rglob("*")))
    finally:
        stopping.set()
        loop.join()
