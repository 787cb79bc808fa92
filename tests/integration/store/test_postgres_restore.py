"""Back-up of PostgreSQL: a base back-up and the archived log bring back a chosen instant, as docs/backup.md says."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, make_url, select

from bench.speed.postgres import SUPERUSER, run_tool, serving, url_of
from cms.audit.queries import events_of
from cms.platform.store.chain import first_break
from cms.platform.store.engine import reading
from cms.platform.store.uow import make_uow_factory
from province.events import Event
from tests.databases import engine_of
from tests.integration.process import until
from tests.postgres import running_postgres

NOW = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return a folder that the server's user may write to, below its own archive and the restored server."""
    made = Path(tempfile.mkdtemp(prefix="loa-pg-restore-"))
    (made / "archive").mkdir()
    if os.getuid() == 0:
        for path in (made, made / "archive"):
            shutil.chown(path, SUPERUSER)
    yield made
    shutil.rmtree(made, ignore_errors=True)


def commit(url: str, name: str) -> None:
    with engine_of(url) as engine, make_uow_factory(engine)() as unit:
        unit.record(Event(name, "restored", NOW, "u1", "Lan"))
        unit.commit()


def is_in_recovery(engine: Engine) -> bool:
    with engine.connect() as connection:
        return bool(connection.scalar(select(func.pg_is_in_recovery())))


def test_an_instant_is_brought_back_with_all_that_was_committed_and_nothing_later(folder: Path) -> None:
    archive, restored = folder / "archive", folder / "restored"
    # A segment appears there whole.
    command = f"'test ! -f {archive}/%f && cp %p {archive}/.%f && mv {archive}/.%f {archive}/%f'"
    with running_postgres(archive_mode="on", archive_command=command) as server:
        url = server.new_database()
        commit(url, "before.backup")
        where = ("-h", server.socket_dir, "-U", SUPERUSER)
        run_tool("pg_basebackup", *where, "-D", restored / "data", "-c", "fast", "-X", "none", "--no-sync")
        commit(url, "after.backup")
        with engine_of(url) as engine, engine.begin() as connection:
            until_at = connection.scalar(select(func.clock_timestamp()))
        commit(url, "too.late")
        with engine_of(url) as engine, engine.connect() as connection:
            segment = connection.scalar(select(func.pg_walfile_name(func.pg_switch_wal())))
        until((archive / str(segment)).exists)
    (restored / "data" / "recovery.signal").touch()
    recovery = {
        "restore_command": f"'cp {archive}/%f %p'",
        "recovery_target_time": f"'{until_at}'",
        "recovery_target_action": "promote",
        "archive_mode": "off",
    }

    with serving(restored, recovery), engine_of(url_of(restored, str(make_url(url).database))) as engine:
        until(lambda: not is_in_recovery(engine))
        with reading(engine) as session:
            assert [each.name for each in events_of(session, "restored")] == ["after.backup", "before.backup"]
            assert first_break(session) is None
