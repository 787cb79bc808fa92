"""Integrity of the event log on the auditor's page: chain, anchors, and a copy of the anchors."""

from __future__ import annotations

import io

import pytest
from sqlalchemy import delete, func, select, update

from broadcast.notifications.model import NotificationKind
from cms.audit import jobs
from cms.audit.jobs import AuditAnchorJob, AuditCheckJob
from cms.audit.queries import EventLine, latest_events
from cms.audit.service import checks
from cms.platform.store.chain import PAGE_ROWS
from cms.platform.store.tables import EventRow
from province.events import Event
from tests.console import Console, post
from tests.integration.notifications import world


def grow(console: Console, lines: int) -> None:
    """Log as many events in one transaction."""
    with console.context.uow() as unit:
        for number in range(lines):
            unit.record(Event("user.signed_in", f"u-{number}", console.clock(), f"u-{number}", "Lan"))
        unit.commit()


def last_line(console: Console) -> int:
    with console.context.uow.reading() as unit:
        return unit.session.scalar(select(func.max(EventRow.seq))) or 0


def events(console: Console, name: str) -> list[EventLine]:
    with console.context.uow.reading() as unit:
        return [*latest_events(unit.session, EventRow.name == name)]


def change(console: Console, seq: int) -> None:
    with console.context.engine.begin() as connection:
        connection.execute(update(EventRow).where(EventRow.seq == seq).values(by_name="Hoa"))


def cut(console: Console, after: int) -> None:
    with console.context.engine.begin() as connection:
        connection.execute(delete(EventRow).where(EventRow.seq > after))


def test_an_auditor_has_the_whole_log_checked_in_parts_and_sees_that_it_holds(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    auditor, job = console.client("auditor"), AuditCheckJob(console.context)
    assert "chưa được kiểm tra" in auditor.get("/audit/chain").text
    monkeypatch.setattr(checks, "PAGES_A_PART", 1)
    grow(console, PAGE_ROWS + 50)
    for _ in range(2):  # asked twice, done once
        assert post(auditor, "/audit/chain/check").status_code == 302
    assert job.step() == PAGE_ROWS
    assert "Đang kiểm tra: 1.000 dòng" in auditor.get("/audit/chain").text
    checked = last_line(console)
    assert AuditCheckJob(console.context).step() == checked - PAGE_ROWS  # as another process goes on
    assert f"{checked:,}".replace(",", ".") + " dòng và 0 mốc neo đều khớp" in auditor.get("/audit/chain").text
    assert [(each.by_name, each.detail["lines"]) for each in events(console, "audit.verified")] == [
        ("Auditor", checked)
    ]
    assert job.step() == 0
    console.clock.pass_by(hours=25)
    assert job.step() + job.step() == checked + 1
    assert [each.by_name for each in events(console, "audit.verified")] == ["clock", "Auditor"]


def test_a_changed_line_is_seen_named_and_told_to_those_who_audit(console: Console) -> None:
    grow(console, 30)
    change(console, 7)
    AuditCheckJob(console.context).step()
    html = console.client("auditor").get("/audit/chain").text
    assert "Nhật ký bị sửa từ dòng thứ 7" in html
    [found] = events(console, "audit.break_found")
    assert found.detail["broken_seq"] == 7
    world.job(console).step()
    told = {each.user_id for each in world.notifications(console) if each.kind is NotificationKind.AUDIT}
    assert told == {"u-auditor", "u-admin"}


def test_a_cut_end_and_a_rewritten_line_are_seen_by_the_anchors(console: Console) -> None:
    auditor = console.client("auditor")
    grow(console, 30)
    AuditAnchorJob(console.context).step()
    anchored = last_line(console)
    assert "1 mốc neo gần nhất đều khớp" in auditor.get("/audit/chain").text
    cut(console, 20)
    html = auditor.get("/audit/chain").text
    assert f"Dòng {anchored}, neo lúc" in html
    assert "phần cuối nhật ký đã bị cắt" in html
    AuditCheckJob(console.context).step()
    [found] = events(console, "audit.break_found")
    assert (found.detail["lost"], "broken_seq" in found.detail) == (1, False)
    grow(console, 30)
    assert "đã bị ghi lại" in auditor.get("/audit/chain").text


def test_a_copy_kept_elsewhere_is_compared_after_those_of_the_server_are_gone(console: Console) -> None:
    auditor = console.client("auditor")
    grow(console, 30)
    AuditAnchorJob(console.context).step()
    path = jobs.file_of(console.context.settings)
    copy, key = path.read_text(), jobs.public_key_of(console.context.settings)
    path.unlink()

    def compared(text: str, key: str = "") -> str:
        file = {"copy": (io.BytesIO(text.encode()), "journal.log"), "anchor_key": key}
        return post(auditor, "/audit/chain/compare", file).text

    assert "Cả 1 mốc neo của bản sao đều khớp" in compared(f"loa scheduler INFO audit.anchored {copy}", key)
    assert "không có mốc neo nào được ký bằng khóa này" in compared(copy, "A" * 43)
    assert "không có mốc neo nào" in compared("")
    cut(console, 20)
    assert "Nhật ký khác với bản sao" in compared(copy)
    assert "chưa có mốc neo" in auditor.get("/audit/chain").text
