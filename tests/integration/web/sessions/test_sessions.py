"""Screens of broadcast sessions: set up, filled with one press, ordered, changed and ended."""

from __future__ import annotations

import re
from datetime import time, timedelta

import pytest
from flask.testing import FlaskClient

from broadcast.bulletins.deliveries import DeliveryState
from broadcast.sessions.model import BroadcastSession
from broadcast.sessions.rules import start_of
from cms.sessions.jobs import SessionLock
from cms.sessions.repository import BroadcastSessions
from tests.builders import bulletins, sessions
from tests.console import COMMUNE, Console, post
from tests.integration.notifications import world

FORM = {
    "area": COMMUNE,
    "name": "Buổi chiều",
    "clock": "17:00",
    "days": ["MO", "TU", "WE", "TH", "FR", "SA", "SU"],
    "minutes": "30",
    "gap": "0,2",
    "overrun": "refuse",
}


@pytest.fixture
def editor(console: Console) -> FlaskClient:
    return console.client("editor")


def stored(console: Console, session: BroadcastSession) -> BroadcastSession:
    with console.context.uow.reading() as uow:
        return uow[BroadcastSessions].get(session.id)


def order(page: str) -> list[str]:
    """Return the titles of the page's items."""
    return re.findall(r'<div class="what">\s*<a href="[^"]+">([^<]+)</a>', page)


def press(client: FlaskClient, page: str, title: str, **body: str) -> str:
    """Press a button of an item; return the page that follows."""
    item = next(part for part in page.split('<li class="item"') if f">{title}</a>" in part)
    [action] = re.findall(r'action="([^"]+)" class="moves"', item)
    hidden = dict(re.findall(r'name="(on|place)" value="([^"]*)"', item))
    return post(client, action, {**hidden, **body}, follow_redirects=True).text


def test_a_bulletin_is_written_into_the_session_of_the_same_day(console: Console, editor: FlaskClient) -> None:
    session = sessions.afternoon(console)
    form = {"title": "Chiều nay", "text": "Kính mời bà con.", "language": "vi", "areas": [COMMUNE], "s": ["1"]}
    today = {"s-1-kind": "once", "s-1-on": f"{sessions.day_ahead(console, 0)}", "s-1-at": "", "s-1-session": session.id}
    answer = post(editor, "/bulletins/new", {**form, **today})
    assert answer.status_code == 302, answer.text
    assert bulletins.stored(console, answer.headers["Location"].rsplit("/", 1)[1]).schedules[0].session == session.id


def test_a_session_is_set_up_filled_and_ordered(console: Console, editor: FlaskClient) -> None:
    answer = post(editor, "/sessions", FORM)
    assert answer.status_code == 302
    path = answer.headers["Location"]
    assert "Buổi phát này chưa có mục nào." in editor.get(path).text
    on = sessions.day_ahead(console)
    for title in ("Tin một", "Tin hai"):
        bulletin = bulletins.write(console, title, starts="")
        page = editor.get(f"/bulletins/{bulletin.id}").text
        assert "Cho vào buổi 17:00 ngày mai" in page
        [value] = re.findall(rf'name="session" value="([^"]+@{on})"', page)
        saved = post(editor, f"/bulletins/{bulletin.id}/session", {"session": value}, follow_redirects=True).text
        assert "Đã đưa vào buổi phát." in saved
        assert f"Trong buổi phát 17:00 ngày {on:%d/%m/%Y}" in saved
    page = editor.get(f"{path}?on={on}").text
    assert order(page) == ["Tin một", "Tin hai"]
    assert "(ước tính)" in page
    page = press(editor, page, "Tin hai", act="up")
    assert order(page) == ["Tin hai", "Tin một"]
    page = press(editor, page, "Tin một", act="set", role="item", anchor="17:10")
    assert "17:10:00" in page
    assert "cố định" in page
    assert "trống" in page
    page = press(editor, page, "Tin hai", act="out")
    assert order(page) == ["Tin một"]
    assert "các mục sau dồn lên" in page


def test_a_bulletin_is_added_on_the_page_of_the_session(console: Console, editor: FlaskClient) -> None:
    session, on = sessions.afternoon(console), sessions.day_ahead(console)
    bulletin = bulletins.write(console, "Tin mới", starts="")
    assert f'<option value="{bulletin.id}">' in editor.get(f"/sessions/{session.id}?on={on}").text
    added = {"bulletin": bulletin.id, "on": on.isoformat()}
    page = post(editor, f"/sessions/{session.id}/add", added, follow_redirects=True).text
    assert order(page) == ["Tin mới"]
    refused = post(editor, f"/sessions/{session.id}/add", added)
    assert refused.status_code == 422
    assert "Tin này đã có trong buổi phát đó." in refused.text


def test_an_anchor_outside_the_session_and_one_that_is_no_time_are_refused(
    console: Console, editor: FlaskClient
) -> None:
    session, bulletin, on = sessions.item(console)
    path = f"/sessions/{session.id}/items/{bulletin.id}/{bulletin.schedules[0].id}"
    body = {"act": "set", "role": "item", "on": on.isoformat()}
    outside = post(editor, path, {**body, "anchor": "18:00"})
    assert (outside.status_code, "nằm ngoài buổi phát" in outside.text) == (422, True)
    unread = post(editor, path, {**body, "anchor": "năm giờ"})
    assert (unread.status_code, 'role="alert"' in unread.text) == (422, True)


def test_what_is_wrong_with_a_session_is_said_and_nothing_typed_is_lost(console: Console, editor: FlaskClient) -> None:
    refused = post(editor, "/sessions", {**FORM, "clock": "", "minutes": "nửa giờ", "gap": "lâu", "days": ["MO"]})
    assert refused.status_code == 422
    assert 'value="nửa giờ"' in refused.text
    assert 'value="Buổi chiều"' in refused.text
    assert {"clock", "minutes", "gap"} == set(re.findall(r'id="(\w+)-error-1"', refused.text))
    sessions.afternoon(console)
    overlapping = post(editor, "/sessions", FORM)
    assert "Trùng giờ với buổi phát" in overlapping.text


def test_a_session_is_changed_and_ended(console: Console, editor: FlaskClient) -> None:
    session = sessions.afternoon(console)
    changed = {**FORM, "name": "Buổi tối", "minutes": "20", "days": ["MO", "WE"], "version": "1"}
    page = post(editor, f"/sessions/{session.id}", changed, follow_redirects=True).text
    assert "Buổi tối" in page
    assert stored(console, session).rrule == "FREQ=WEEKLY;BYDAY=MO,WE"
    late = post(editor, f"/sessions/{session.id}", changed)
    assert (late.status_code, "Người khác vừa sửa" in late.text) == (409, True)
    refused = post(editor, f"/sessions/{session.id}", {**changed, "minutes": "0", "version": "2"})
    assert (refused.status_code, "<details" in refused.text) == (422, True)
    assert "Đã kết thúc buổi phát" in post(editor, f"/sessions/{session.id}/end", {}, follow_redirects=True).text
    assert stored(console, session).last_on is not None


def test_the_form_of_a_bulletin_offers_the_session_beside_a_time_of_its_own(
    console: Console, editor: FlaskClient
) -> None:
    session, on = sessions.afternoon(console), sessions.day_ahead(console)
    assert f'<option value="{session.id}">' in editor.get("/bulletins/new").text
    body = {
        "title": "Tin vào buổi",
        "text": "Kính mời bà con.",
        "areas": [COMMUNE],
        "topic": "notice",
        "language": "vi",
        "s": "1",
        "s-1-kind": "once",
        "s-1-on": on.isoformat(),
        "s-1-session": session.id,
        "sessions": "yes",
    }
    saved = post(editor, "/bulletins/new", body)
    assert saved.status_code == 302, re.findall(r'class="error" id="([^"]+)">([^<]+)<', saved.text)
    assert order(editor.get(f"/sessions/{session.id}?on={on}").text) == ["Tin vào buổi"]
    form = editor.get(f"{saved.headers['Location']}/edit").text
    assert f'<option value="{session.id}" selected>' in form
    refused = post(editor, "/bulletins/new", {**body, "s-1-session": "no-such"})
    assert "Buổi phát này không còn nữa." in refused.text
    undated = post(editor, "/bulletins/new", {**body, "s-1-on": ""})
    assert (undated.status_code, 'id="s-1-on-error-1"' in undated.text) == (422, True)


def test_each_item_that_was_on_air_has_its_proof(console: Console, editor: FlaskClient) -> None:
    session, on = sessions.afternoon(console), sessions.day_ahead(console, 0)
    made = [bulletins.make_sound(console, bulletins.write(console, title, starts="")) for title in ("Một", "Hai")]
    for each in made:
        bulletins.approve(console, bulletins.submit(console, sessions.put(console, each, session, on)))
    bulletins.plan(console)
    path = f"/sessions/{session.id}?on={on}"
    assert "/delivery" not in editor.get(path).text
    (airing,) = bulletins.airings(console, made[0])
    for device in bulletins.devices(console):
        bulletins.report(console, airing, device, DeliveryState.DONE)
    console.clock.at = airing.end_at + timedelta(seconds=2)
    page = console.client("editor").get(path).text
    assert "3/3 loa đã phát" in page
    assert f'/delivery?occurrence={airing.occurrence_id}"' in page.replace("%3A", ":").replace("%40", "@")
    assert "0/3 loa đang phát" in page


def test_what_was_left_out_is_told_to_its_author_and_goes_into_the_next_session_with_one_press(
    console: Console, editor: FlaskClient
) -> None:
    session, on = sessions.afternoon(console, clock=time(10)), sessions.day_ahead(console)
    draft = bulletins.write(console, "Chưa duyệt", starts="")
    sessions.put(console, draft, session, on)
    console.clock.at = start_of(session, on) - timedelta(minutes=10)
    assert SessionLock(console.context).step() == 1
    world.job(console).step()
    world.job(console).step()
    editor = console.client("editor")
    page = editor.get("/").text
    assert "Không vào được buổi phát: Chưa duyệt" in page
    [event] = set(re.findall(r'name="event" value="(left_out:[^"]+)"', page))
    done = post(
        editor, f"/bulletins/{draft.id}/session", {"session": "next", "event": event}, follow_redirects=True
    ).text
    later = on + timedelta(days=1)
    assert f"Đã vào buổi phát 10:00 ngày {later:%d/%m/%Y}." in done
    assert "Không vào được buổi phát" not in done
    assert order(editor.get(f"/sessions/{session.id}?on={later}").text) == ["Chưa duyệt"]


def test_where_no_session_is_open_the_press_says_what_else_can_be_done(console: Console, editor: FlaskClient) -> None:
    bulletin = bulletins.write(console, "Không có buổi", starts="")
    refused = post(editor, f"/bulletins/{bulletin.id}/session", {"session": "next"})
    assert (refused.status_code, "Chọn giờ phát riêng" in refused.text) == (422, True)


def test_the_page_tells_states_and_what_was_left_out_at_the_lock(console: Console, editor: FlaskClient) -> None:
    session, on = sessions.afternoon(console, clock=time(10)), sessions.day_ahead(console)
    draft = bulletins.write(console, "Chưa duyệt", starts="")
    sessions.put(console, draft, session, on)
    made = bulletins.make_sound(console, bulletins.write(console, "Đã duyệt", starts=""))
    bulletins.approve(console, bulletins.submit(console, sessions.put(console, made, session, on)))
    waiting = bulletins.make_sound(console, bulletins.write(console, "Chờ", starts=""))
    bulletins.submit(console, sessions.put(console, waiting, session, on))
    page = editor.get(f"/sessions/{session.id}?on={on}").text
    assert "Chờ duyệt, hạn 09:45" in page
    console.clock.at = start_of(session, on) - timedelta(minutes=10)
    assert SessionLock(console.context).step() == 1
    page = console.client("editor").get(f"/sessions/{session.id}?on={on}").text
    assert "Bị bỏ vì chưa ai duyệt khi chốt buổi" in page
    assert "đã chốt" in page
    assert 'class="moves"' not in page
