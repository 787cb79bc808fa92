"""Event log on the auditor's page, and the entries that refusals leave in it."""

from __future__ import annotations

import csv
import json
from datetime import timedelta

import pytest

from cms.audit.queries import EventLine, latest_events
from cms.audit.views import log
from province.events import Event
from tests.builders import bulletins
from tests.console import PASSWORD, Console, post


def events(console: Console, name: str) -> list[EventLine]:
    with console.context.uow() as uow:
        return [line for line in latest_events(uow.session) if line.name == name]


def test_an_auditor_reads_who_did_what_in_words_and_finds_it_by_person_kind_and_day(console: Console) -> None:
    post(console.client("technician"), "/stop", {"areas": ["bt-mui-ne"], "reason": "Loa kêu nhầm", "what": "below"})
    auditor = console.client("auditor")
    html = auditor.get("/audit").text
    assert "Dừng loa" in html
    assert "Loa kêu nhầm" in html
    assert "sound.stopped" not in html
    day = (console.clock() + timedelta(hours=7)).date()
    for query in ("person=technician", "person=Technician", "kind=sound", f"from={day}", f"until={day}&kind=sound"):
        assert "Loa kêu nhầm" in auditor.get(f"/audit?{query}").text, query
    for query in ("person=editor", "kind=user", f"until={day - timedelta(days=1)}", f"from={day + timedelta(days=1)}"):
        assert "Loa kêu nhầm" not in auditor.get(f"/audit?{query}").text, query
    assert auditor.get("/audit?from=never&after=x&kind=no").status_code == 200


def test_the_log_is_read_page_by_page(console: Console) -> None:
    for _ in range(60):
        post(console.client(), "/sign-in", {"login": "station", "password": PASSWORD})
        post(console.client("station"), "/sign-out")
    auditor = console.client("auditor")
    first = auditor.get("/audit?kind=user").text
    assert first.count("<tr>") == 101
    older = first.split('href="/audit?after=')[1].split('"')[0].replace("&amp;", "&")
    assert 0 < auditor.get(f"/audit?after={older}").text.count("<tr>") <= 101


def test_one_subject_is_followed_and_named(console: Console) -> None:
    bulletin = bulletins.write(console, "Lịch tiêm chủng").id
    auditor = console.client("auditor")
    html = auditor.get("/audit?kind=bulletin").text
    assert f'<a href="/audit?subject={bulletin}">Lịch tiêm chủng</a>' in html
    only = auditor.get(f"/audit?subject={bulletin}").text
    assert "Chỉ các dòng về “Lịch tiêm chủng”" in only
    assert only.count("<tr>") == 2


def test_programs_are_found_by_the_name_that_the_page_gives_them(console: Console) -> None:
    with console.context.uow() as uow:
        uow.record(Event("live.ended", "live-1", console.clock(), "gateway", "gateway", {"reason": "silent"}))
        uow.commit()
    shown = console.client("auditor").get("/audit", query_string={"person": "cổng phát của máy chủ"}).text
    assert shown.count("<tr>") == 2


def test_the_chosen_lines_leave_as_files_and_that_is_logged(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    reason = "=HYPERLINK(1)"
    post(console.client("technician"), "/stop", {"areas": ["bt-mui-ne"], "reason": reason, "what": "below"})
    auditor = console.client("auditor")
    monkeypatch.setattr(log, "_A_READ", 2)  # several pages
    sheet = auditor.get("/audit.csv").text
    assert sheet.startswith("\ufeffSố")
    rows = list(csv.reader(sheet.removeprefix("\ufeff").splitlines()))
    [stop] = [row for row in rows if row[-1] == "sound.stopped"]
    assert stop[2:5] == ["Technician", "Dừng loa", "Dừng loa"]
    assert stop[5] == f"'{reason}"
    seqs = [int(row[0]) for row in rows[1:]]
    assert seqs == sorted(set(seqs), reverse=True)
    assert len(seqs) > 2
    [line] = [json.loads(each) for each in auditor.get("/audit.json?kind=sound").text.splitlines()]
    assert (line["name"], line["by_name"], line["detail"]["reason"]) == ("sound.stopped", "Technician", reason)
    taken = events(console, "audit.exported")
    assert [(each.by_name, each.detail["form"], each.detail["lines"]) for each in taken] == [
        ("Auditor", "json", 1),
        ("Auditor", "csv", len(seqs) - 1),  # its own line came in between
    ]


def test_a_file_that_would_be_too_long_asks_for_fewer_days(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "EXPORT_MOST", 1)
    post(console.client("technician"), "/stop", {"areas": ["bt-mui-ne"], "reason": "Nhầm", "what": "below"})
    post(console.client("technician"), "/stop", {"areas": ["bt-mui-ne"], "reason": "Nhầm", "what": "below"})
    auditor = console.client("auditor")
    answer = auditor.get("/audit.csv?from=2026-11-24", follow_redirects=True)
    assert "Một tệp chứa nhiều nhất 1 dòng." in answer.text
    assert 'value="24/11/2026"' in answer.text
    assert not events(console, "audit.exported")


def test_only_whoever_audits_reads_the_log(console: Console) -> None:
    assert console.client("admin").get("/audit").status_code == 200
    assert console.client("operator").get("/audit").status_code == 403
    assert 'href="/audit"' in console.client("auditor").get("/").text
    assert 'href="/audit"' not in console.client("operator").get("/").text


def test_a_refused_right_leaves_one_event_a_minute_with_its_number(console: Console) -> None:
    station = console.client("station")
    for _ in range(5):
        assert station.get("/stop").status_code == 403
    [first] = events(console, "right.refused")
    assert (first.by, first.detail["action"], first.detail["is_token"]) == ("u-station", "sound.stop", False)
    console.clock.pass_by(minutes=2)
    assert station.get("/stop").status_code == 403
    assert [line.detail.get("count") for line in events(console, "right.refused")][:2] in ([None, 4], [4, None])


def test_wrong_tokens_and_what_tokens_may_not_leave_events(console: Console) -> None:
    client = console.app.test_client()
    wrong = {"Authorization": "Bearer loa_sai"}
    for _ in range(20):
        assert client.get("/api/v1/alerts", headers=wrong).status_code == 401
    assert len(events(console, "token.refused")) == 1
    assert "loa_sai" not in str(events(console, "token.refused"))
    assert client.get("/api/v1/alerts").status_code == 401  # nothing was tried
    body = {"areas": ["bt-mui-ne"], "reason": "Nhầm"}
    assert client.post("/api/v1/stops", json=body, headers=console.bearer("officer")).status_code == 403
    [refused] = events(console, "right.refused")
    assert (refused.by, refused.detail["is_token"]) == ("u-officer", True)


def test_what_the_server_did_by_itself_is_told_in_words(console: Console) -> None:
    detail: dict[str, object] = {"reason": "silent"}
    with console.context.uow() as uow:
        uow.record(Event("live.ended", "live-1", console.clock(), "gateway", "gateway", detail))
        uow.commit()
    html = console.client("auditor").get("/audit?kind=live").text
    assert "Cổng phát của máy chủ" in html
    assert "không còn nghe tiếng từ máy người nói" in html
    assert ">gateway<" not in html
    assert "silent" not in html
