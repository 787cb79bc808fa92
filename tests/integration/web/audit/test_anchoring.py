"""Anchors of the logs: one per hour, also after a restart."""

from __future__ import annotations

from datetime import timedelta

from cms.audit import jobs
from cms.audit.jobs import AuditAnchorJob
from tests.console import Console


def test_a_line_is_written_each_hour_and_not_again_after_a_restart(console: Console) -> None:
    context, clerk = console.context, AuditAnchorJob(console.context)
    path = jobs.file_of(context.settings)
    assert [clerk.step(), clerk.step()] == [1, 0]
    assert AuditAnchorJob(context).step() == 0
    console.clock.pass_by(minutes=61)
    assert AuditAnchorJob(context).step() == 1
    lines = jobs.lines_of(path)
    assert len(lines) == 2
    found = jobs.anchors_of(lines, jobs.public_key_of(context.settings))
    assert found[0].at == (console.clock() - timedelta(minutes=61)).isoformat()
    assert (context.settings.keys_dir / "audit.key").stat().st_mode & 0o077 == 0


def test_a_spoilt_file_is_written_on(console: Console) -> None:
    path = jobs.file_of(console.context.settings)
    path.parent.mkdir(parents=True)
    path.write_text("a.b.c\n")
    assert AuditAnchorJob(console.context).step() == 1
    assert len(jobs.lines_of(path)) == 2
