from __future__ import annotations

import json
import re
from datetime import date, datetime
from typing import Any

import pytest

from broadcast.bulletins.deliveries import DeliveryState
from broadcast.bulletins.model import BulletinStatus
from broadcast.scheduling.rescheduling import MoveEdit, Shift
from cms.schedule.views import calendar
from tests.builders import bulletins
from tests.console import COMMUNE, COMMUNE_2, DISTRICT, FAR_COMMUNE, PROVINCE, Console, post
from tests.databases import statements

MOVE: dict[str, object] = {"schedule": "1", "on": "2026-11-24", "to": "2026-11-24T18:00", "scope": "this"}


def _query(**more: str) -> str:
    return "&".join(f"{key}={value}" for key, value in {**MOVE, **more}.items())


def _events(console: Console, who: str, query: str) -> Any:
    return console.client(who).get(f"/calendar/events?{query}").get_json()


# ---- what is shown


def test_the_calendar_shows_what_is_planned_and_what_waits_for_approval(console: Console) -> None:
    bulletins.on_the_way(console, "Tiêm phòng dại")
    bulletins.submit(
        console, bulletins.make_sound(console, bulletins.write(console, "Họp dân", starts="2026-11-24T19:00"))
    )
    bulletins.write(console, "Chưa gửi", starts="2026-11-24T20:00")
    page = console.client("editor").get(f"/calendar?area={DISTRICT}&day=2026-11-24").text
    assert "Tiêm phòng dại" in page
    assert "Họp dân" in page
    assert "Chưa gửi" not in page.partition("<main")[2]
    assert page.count("Đổi giờ</a>") == 2


def test_the_timeline_gets_rows_airings_and_quiet_hours_as_wall_times(console: Console) -> None:
    bulletin = bulletins.on_the_way(console, areas=(DISTRICT,), priority="priority")
    events = _events(console, "editor", f"area={DISTRICT}&day=2026-11-24")
    assert [(row["id"], row["href"]) for row in events["rows"]] == [(COMMUNE_2, ""), (COMMUNE, "")]
    (slot,) = events["slots"]
    assert (slot["start"], slot["end"]) == ("2026-11-24T17:00:00", "2026-11-24T17:00:12")
    assert slot["rows"] == [COMMUNE_2, COMMUNE]
    assert (slot["status"], slot["is_priority"], slot["change"]) == ("scheduled", True, "none")
    assert slot["move"] == f"/bulletins/{bulletin.id}/move?schedule=1&on=2026-11-24"
    assert {"row": COMMUNE, "start": "2026-11-24T21:30:00", "end": "2026-11-25T05:30:00"} in events["silences"]
    assert not events["is_cut"]


def test_rows_lead_further_down_and_up_again(console: Console) -> None:
    client = console.client("editor")
    rows = client.get(f"/calendar/events?area={PROVINCE}&day=2026-11-24").get_json()["rows"]
    assert [row["title"] for row in rows] == ["Phan Thiết", "Tuy Phong"]
    page = client.get(rows[0]["href"]).text
    assert "↑ Bình Thuận" in page


def test_only_the_days_asked_for_are_told(console: Console) -> None:
    bulletins.on_the_way(console, rrule="FREQ=DAILY")
    client = console.client("editor")
    day = client.get(f"/calendar/events?area={COMMUNE}&day=2026-11-26").get_json()["slots"]
    assert [slot["start"] for slot in day] == ["2026-11-26T17:00:00"]
    week = client.get(f"/calendar/events?area={COMMUNE}&day=2026-11-26&view=week").get_json()["slots"]
    assert [slot["start"][8:10] for slot in week] == ["24", "25", "26", "27", "28", "29"]
    assert "23/11/2026 – 29/11/2026" in client.get(f"/calendar?area={COMMUNE}&day=2026-11-26&view=week").text


def test_a_day_is_looked_at_more_closely_and_from_further_away(console: Console) -> None:
    bulletins.on_the_way(console, rrule="FREQ=DAILY")
    client = console.client("editor")
    page = client.get(f"/calendar?area={COMMUNE}&day=2026-11-26").text
    assert "view=close&amp;day=2026-11-26" in page
    close = f"/calendar?area={COMMUNE}&day=2026-11-26&view=close"
    assert "view=day&amp;day=2026-11-26" in client.get(close).text
    body = client.get(close.replace("/calendar", "/calendar/events")).get_json()["slots"]
    assert [slot["start"] for slot in body] == ["2026-11-26T17:00:00"]


@pytest.mark.parametrize("query", ["", "day=khong", "view=century", "day=0001-01-01", "day=9999-12-31&view=week"])
def test_an_address_that_cannot_be_read_shows_something_all_the_same(console: Console, query: str) -> None:
    assert console.client("operator").get(f"/calendar?{query}").status_code == 200


def test_nobody_looks_where_they_may_not(console: Console) -> None:
    client = console.client("operator")
    assert client.get(f"/calendar?area={FAR_COMMUNE}").status_code == 403
    assert client.get("/calendar?area=nowhere").status_code == 404
    assert "↑" not in client.get(f"/calendar?area={COMMUNE}").text


def test_whoever_only_reads_is_offered_no_move_and_what_has_begun_is_not_moved(console: Console) -> None:
    bulletins.on_the_way(console)
    assert "Đổi giờ</a>" not in console.client("auditor").get("/calendar?day=2026-11-24").text
    console.clock.pass_by(hours=9)
    assert "Đổi giờ</a>" not in console.client("editor").get("/calendar?day=2026-11-24").text


def test_a_long_list_is_cut_and_says_so(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calendar, "LINES_SHOWN", 1)
    bulletins.twice_a_day(console, bulletins.write(console))
    bulletin = bulletins.twice_a_day(console, bulletins.write(console))
    bulletins.approve(console, bulletins.submit(console, bulletins.make_sound(console, bulletin)))
    page = console.client("editor").get(f"/calendar?area={COMMUNE}&day=2026-11-24").text
    assert "Chỉ hiện 1 lần phát đầu" in page


def test_a_bulletin_in_part_of_a_row_says_so(console: Console) -> None:
    bulletins.on_the_way(console)
    page = console.client("editor").get(f"/calendar?area={PROVINCE}&day=2026-11-24").text
    assert "Phan Thiết (một phần)" in page
    bulletins.on_the_way(console, "Toàn tỉnh", areas=(PROVINCE,), starts="2026-11-24T19:00")
    assert "cả 2 nơi" in console.client("editor").get(f"/calendar?area={PROVINCE}&day=2026-11-24").text


def test_the_calendar_asks_the_store_few_questions_however_much_is_planned(console: Console) -> None:
    for number in range(6):
        bulletins.on_the_way(console, f"Tin {number}", starts=f"2026-11-24T1{number}:30", rrule="FREQ=DAILY")
    client = console.client("editor")
    for path in ("/calendar?view=week", "/calendar/events?view=week"):
        with statements(console.context.engine) as asked:
            assert client.get(path).status_code == 200
        # Two of them are the lamp's, which asks the store once in two seconds.
        assert 0 < len([each for each in asked if each != "BEGIN"]) <= 20


# ---- moving


def test_a_move_is_seen_before_it_is_saved(console: Console) -> None:
    bulletin = bulletins.on_the_way(console, rrule="FREQ=DAILY")
    client = console.client("editor")
    form = client.get(f"/bulletins/{bulletin.id}/move?schedule=1&on=2026-11-25").text
    assert 'value="17:00 25/11/2026"' in form
    assert "Lần này và các lần sau" in form
    assert "outlook" not in form
    seen = client.get(f"/bulletins/{bulletin.id}/move?{_query(on='2026-11-25', to='2026-11-25T18:00')}").text
    assert "18:00 25/11/2026" in seen
    assert "thay đổi chờ một người khác duyệt" in seen
    assert "Gửi xin đổi giờ" in seen
    assert bulletins.again(console, bulletin) == bulletin


def test_what_is_in_the_way_is_told_while_something_is_dragged(console: Console) -> None:
    bulletin = bulletins.on_the_way(console, rrule="FREQ=DAILY")
    other = bulletins.on_the_way(console, "Diệt lăng quăng", starts="2026-11-25T18:00")
    client, there = console.client("editor"), f"/bulletins/{bulletin.id}/move/clashes"
    found = json.loads(client.get(f"{there}?{_query(on='2026-11-25', to='2026-11-25T18:00')}").text)
    assert [other.title in sentence for sentence in found["in_the_way"]] == [True]
    assert found["gives_way"] == []
    free = json.loads(client.get(f"{there}?{_query(on='2026-11-25', to='2026-11-25T19:00')}").text)
    assert free == {"in_the_way": [], "gives_way": []}
    unread = json.loads(client.get(f"{there}?schedule=1&on=2026-11-25&to=soon").text)
    assert unread["in_the_way"][0].startswith("Giờ không đúng.")
    assert bulletins.again(console, bulletin) == bulletin


def test_a_draft_is_moved_at_once(console: Console) -> None:
    bulletin = bulletins.write(console)
    client = console.client("editor")
    assert "được lưu vào bản nháp" in client.get(f"/bulletins/{bulletin.id}/move?{_query()}").text
    answer = post(client, f"/bulletins/{bulletin.id}/move", {**MOVE, "next": "/calendar?day=2026-11-24"})
    assert answer.headers["Location"] == "/calendar?day=2026-11-24"
    moved = bulletins.again(console, bulletin)
    assert f"{moved.schedules[0].starts:%H:%M}" == "18:00"
    assert moved.status is BulletinStatus.DRAFT


def test_a_submitted_one_is_moved_for_its_reviewer(console: Console) -> None:
    bulletin = bulletins.submit(console, bulletins.make_sound(console, bulletins.write(console)))
    client = console.client("station")
    assert "người duyệt sẽ duyệt theo giờ mới" in client.get(f"/bulletins/{bulletin.id}/move?{_query()}").text
    answer = post(client, f"/bulletins/{bulletin.id}/move", MOVE)
    assert answer.headers["Location"] == f"/bulletins/{bulletin.id}"
    assert bulletins.again(console, bulletin).submitter_id == "u-station"


def test_an_approved_one_waits_for_a_second_person(console: Console) -> None:
    bulletin = bulletins.on_the_way(console, rrule="FREQ=DAILY")
    post(
        console.client("editor"),
        f"/bulletins/{bulletin.id}/move",
        {**MOVE, "scope": "all", "on": "2026-11-25", "to": "2026-11-25T18:00"},
    )
    assert bulletins.again(console, bulletin).proposal is not None
    approver = console.client("approver")
    for path in ("/approvals", "/calendar", f"/bulletins/{bulletin.id}"):
        assert f"/bulletins/{bulletin.id}/change" in approver.get(path).text
    page = approver.get(f"/bulletins/{bulletin.id}/change").text
    plain = re.sub(r"</?(?:ins|del)>", "", page)
    assert "lúc 17:00" in plain
    assert "lúc 18:00" in plain
    assert re.search(r"<del>17:00[^<]*</del>", page)
    assert re.search(r"<ins>18:00[^<]*</ins>", page), "what changes is marked, and nothing else"
    assert page.count("<ins>") == 1
    assert "Duyệt giờ mới" in page
    slots = _events(console, "editor", f"area={COMMUNE}&day=2026-11-25")["slots"]
    assert [(slot["start"][11:16], slot["change"], bool(slot["move"])) for slot in slots] == [
        ("17:00", "leaving", False),
        ("18:00", "coming", True),
    ]
    post(approver, f"/bulletins/{bulletin.id}/change", {"act": "confirm"})
    confirmed = bulletins.again(console, bulletin)
    assert (confirmed.proposal, confirmed.approver_id) == (None, "u-approver")
    bulletins.plan(console)
    assert bulletins.again(console, bulletin).status is BulletinStatus.SCHEDULED
    assert "/change" not in approver.get("/approvals").text


def test_who_asked_may_take_it_back_but_not_confirm(console: Console) -> None:
    bulletin = bulletins.reschedule(console, bulletins.on_the_way(console))
    client = console.client("editor")
    page = client.get(f"/bulletins/{bulletin.id}/change").text
    assert "Duyệt giờ mới" not in page
    assert "Ưu tiên" in page
    assert post(client, f"/bulletins/{bulletin.id}/change", {"act": "confirm"}).status_code == 403
    post(client, f"/bulletins/{bulletin.id}/change", {"act": "keep"})
    assert bulletins.again(console, bulletin).proposal is None
    assert client.get(f"/bulletins/{bulletin.id}/change").headers["Location"] == f"/bulletins/{bulletin.id}"


def test_a_change_that_clashes_by_now_is_shown_with_what_is_in_its_way(console: Console) -> None:
    edit = MoveEdit(Shift("1", date(2026, 11, 24), datetime.fromisoformat("2026-11-24T18:00")))
    bulletin = bulletins.reschedule(console, bulletins.on_the_way(console), edit)
    bulletins.on_the_way(console, "Khác", starts="2026-11-24T18:00")
    answer = post(console.client("approver"), f"/bulletins/{bulletin.id}/change", {"act": "confirm"})
    assert answer.status_code == 409
    assert "trùng với “Khác”" in answer.text


def test_a_clash_is_named_with_ways_out_and_each_is_one_press(console: Console) -> None:
    bulletins.on_the_way(console, "Khác", starts="2026-11-24T18:00", areas=(COMMUNE,))
    bulletin = bulletins.on_the_way(console, "Của tôi", areas=(DISTRICT,), rrule="FREQ=DAILY")
    bulletins.more_devices(console, 1, COMMUNE_2)
    client = console.client("editor")
    page = client.get(f"/bulletins/{bulletin.id}/move?{_query(scope='all')}").text
    assert "trùng với “Khác”" in page
    assert "Dời sang 18:05 24/11/2026" in page
    assert "Không phát ngày 24/11/2026" in page
    assert "Nâng lên mức ưu tiên" in page
    assert "Tách riêng Mũi Né thành bản tin thứ hai, phát 18:05 24/11/2026" in page
    assert "Gửi xin đổi giờ" not in page
    refused = post(client, f"/bulletins/{bulletin.id}/move", {**MOVE, "scope": "all"})
    assert refused.status_code == 409
    assert "trùng với “Khác”" in refused.text
    ways = {"leave": "1:2026-11-24", "exclude": COMMUNE, "raise": "1"}
    for name, value in ways.items():
        seen = client.get(f"/bulletins/{bulletin.id}/move?{_query(scope='all', **{name: value})}").text
        assert "Gửi xin đổi giờ" in seen
    answer = post(client, f"/bulletins/{bulletin.id}/move", {**MOVE, "scope": "all", "exclude": COMMUNE})
    assert answer.status_code == 302
    proposal = bulletins.again(console, bulletin).proposal
    assert proposal is not None
    assert proposal.targets.exclude == (COMMUNE,)


def test_where_it_clashes_a_second_bulletin_is_split_off_in_one_press(console: Console) -> None:
    bulletins.on_the_way(console, "Khác", starts="2026-11-24T18:00", areas=(COMMUNE,))
    bulletin = bulletins.on_the_way(console, "Của tôi", areas=(DISTRICT,), rrule="FREQ=DAILY")
    bulletins.more_devices(console, 1, COMMUNE_2)
    client = console.client("editor")
    split: dict[str, object] = {**MOVE, "scope": "all", "split": COMMUNE, "split_to": "2026-11-24T18:05"}
    wrong = post(client, f"/bulletins/{bulletin.id}/move", {**split, "split_to": "mai"})
    assert wrong.status_code == 422
    answer = post(client, f"/bulletins/{bulletin.id}/move", split, follow_redirects=True)
    assert "Bản tin thứ hai đang ở mục bản nháp" in answer.text
    proposal = bulletins.again(console, bulletin).proposal
    assert proposal is not None
    assert proposal.targets.exclude == (COMMUNE,)
    drafts = client.get("/bulletins?status=draft").text
    assert "Của tôi" in drafts


def test_what_is_about_to_air_is_confirmed_only_with_a_reason(console: Console) -> None:
    bulletin = bulletins.reschedule(console, bulletins.on_the_way(console))
    console.clock.pass_by(hours=7, minutes=50)
    approver, path = console.client("approver"), f"/bulletins/{bulletin.id}/change"
    refused = post(approver, path, {"act": "confirm"})
    assert refused.status_code == 409
    assert "Tin sắp phát, lịch đang được giữ nguyên" in refused.text
    assert 'name="act" value="confirm"' in refused.text
    assert post(approver, path, {"act": "confirm", "override": "Bão đổi hướng"}).status_code == 302
    assert bulletins.again(console, bulletin).proposal is None


def test_what_is_about_to_air_is_withdrawn_only_by_whoever_may_override(console: Console) -> None:
    bulletin = bulletins.on_the_way(console)
    console.clock.pass_by(hours=7, minutes=50)
    path = f"/bulletins/{bulletin.id}/withdraw"
    refused = post(console.client("operator"), path)
    assert refused.status_code == 409
    assert "nhờ người duyệt" in refused.text
    assert "Vẫn làm" not in refused.text
    assert post(console.client("operator"), path, {"override": "Sai"}).status_code == 403
    client, headers = console.app.test_client(), console.bearer("approver")
    frozen = client.post(f"/api/v1{path}", headers=headers)
    assert (frozen.status_code, frozen.get_json()["code"]) == (409, "FROZEN")
    assert frozen.get_json()["start_at"] == "2026-11-24T10:00:00+00:00"
    done = client.post(f"/api/v1{path}?override=Tin+sai", headers=headers)
    assert done.get_json()["status"] == "withdrawn"


def test_what_would_be_cut_short_is_told_how_short_it_has_to_be(console: Console) -> None:
    bulletins.on_the_way(console, "Khác", starts="2026-11-24T18:00:05")
    bulletin = bulletins.on_the_way(console, starts="2026-11-24T17:00")
    page = console.client("editor").get(f"/bulletins/{bulletin.id}/move?{_query()}").text
    assert "Rút ngắn còn 0:05" in page


def test_what_gives_way_is_told_too(console: Console) -> None:
    bulletins.on_the_way(console, "Nhường", starts="2026-11-24T18:00")
    bulletin = bulletins.on_the_way(console, priority="priority")
    page = console.client("editor").get(f"/bulletins/{bulletin.id}/move?{_query()}").text
    assert "sẽ ngắt “Nhường”" in page


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"to": "18h"}, "Giờ không đúng."),
        ({"on": "mai"}, "Ngày không đúng."),
        ({"leave": "1:mai"}, "Ngày không đúng."),
        ({"on": "2026-11-30"}, "Không có lần phát này"),
        ({"to": "2026-11-24T08:00"}, "Giờ này đã qua"),
        ({"to": "2026-11-24T17:00"}, "chưa đổi gì"),
        ({"leave": "1:2026-11-24"}, "Mọi giờ phát đã qua"),
    ],
)
def test_what_cannot_be_done_is_said_in_words(console: Console, wrong: dict[str, str], sentence: str) -> None:
    bulletin = bulletins.write(console)
    answer = post(console.client("editor"), f"/bulletins/{bulletin.id}/move", {**MOVE, **wrong})
    assert answer.status_code == 422
    assert sentence in answer.text


def test_a_move_that_cannot_be_looked_at_says_why(console: Console) -> None:
    bulletin = bulletins.write(console)
    answer = console.client("editor").get(f"/bulletins/{bulletin.id}/move?{_query(on='2026-11-30')}")
    assert answer.status_code == 422


def test_a_bulletin_changed_meanwhile_is_looked_at_again(console: Console) -> None:
    bulletin = bulletins.write(console)
    answer = post(console.client("editor"), f"/bulletins/{bulletin.id}/move", {**MOVE, "version": "0"})
    assert answer.status_code == 409
    assert "tính lại theo bản mới nhất" in answer.text


def test_what_came_of_an_airing_stands_on_the_calendar_in_word_and_sign(console: Console) -> None:
    """Before, an airing that all had heard still read "scheduled"."""
    airing = bulletins.airings(console, bulletins.on_the_way(console, "Tin sáng", starts="2026-11-24T10:00"))[0]
    bulletins.on_the_way(console, "Tin chiều")
    for device in bulletins.devices(console):
        bulletins.report(console, airing, device, DeliveryState.DONE)
    console.clock.at = airing.end_at
    slots = {each["title"]: each for each in _events(console, "editor", f"area={COMMUNE}&day=2026-11-24")["slots"]}
    assert [slots["Tin sáng"][name] for name in ("state", "sign", "status_name")] == ["heard", "✓", "Đã phát"]
    assert [slots["Tin chiều"][name] for name in ("state", "sign")] == ["", ""]
    page = console.client("editor").get(f"/calendar?area={COMMUNE}&day=2026-11-24").text
    assert "Đã phát</span>" in page


def test_a_bulletin_begins_at_the_place_and_time_pressed(console: Console) -> None:
    operator = console.client("operator")
    page = operator.get(f"/calendar?area={COMMUNE}&day=2026-11-26").text
    address = f"/bulletins/new?area={COMMUNE}&amp;on=2026-11-26"
    assert f'data-write="{address}"' in page
    html = operator.get(f"/bulletins/new?area={COMMUNE}&on=2026-11-26&at=18:05").text
    assert 'name="s-1-on" value="26/11/2026"' in html
    assert 'name="s-1-at" value="18:05"' in html
    assert f'value="{COMMUNE}" checked' in html
    assert 'data-write=""' in console.client("auditor").get(f"/calendar?area={COMMUNE}&day=2026-11-26").text
    elsewhere = operator.get(f"/bulletins/new?area={FAR_COMMUNE}").text
    assert f'value="{FAR_COMMUNE}" checked' not in elsewhere
