"""Check before sending: saved from the form, shown with all that stands in the way, sent when its sound is ready."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from broadcast.bulletins.model import BulletinStatus, SoundState, Targets
from cms.bulletins.service import drafts
from cms.bulletins.service.revisions import redraft
from province.wall_clock import local_date
from tests.builders import bulletins, sessions
from tests.console import COMMUNE, COMMUNE_2, DISTRICT, Console, post
from tests.integration.web.bulletins.test_editor import FORM, write

ONCE: dict[str, object] = {"s-1-kind": "once", "s-1-at": "11:20", "s-1-move-on": [], "s-1-move-to": []}


def test_the_form_leads_to_the_check_and_from_there_it_is_sent_when_its_sound_is_ready(console: Console) -> None:
    client = console.client("editor")
    answer = write(client, act="check", title="Cắt điện chiều nay", areas=[COMMUNE], **ONCE)
    assert answer.status_code == 302
    path = answer.headers["Location"]
    assert path.endswith("/check")
    html = client.get(path).text
    for said in ("Cắt điện chiều nay", "Mũi Né", "11:20", "Kính mời bà con", "Gửi duyệt", "Ai duyệt được"):
        assert said in html, said
    made = bulletins.stored(console, path.split("/")[-2])

    sent = post(client, f"/bulletins/{made.id}/submit", {"version": str(made.version)})
    page = client.get(sent.headers["Location"]).text
    assert "gửi duyệt ngay khi âm thanh" in page
    assert "Gửi duyệt</button>" not in page
    assert bulletins.again(console, made).status is BulletinStatus.DRAFT

    ready = bulletins.make_sound(console, made)
    assert (ready.status, ready.sound.state) == (BulletinStatus.SUBMITTED, SoundState.READY)
    assert client.get(f"/bulletins/{made.id}/sound").headers["HX-Refresh"] == "true"
    assert client.get(path).status_code == 302


def test_what_stands_in_the_way_is_shown_before_it_is_sent(console: Console) -> None:
    client = console.client("editor")
    draft = bulletins.write(console, text="Cắt điện từ ... đến 11 giờ", starts="2026-11-26T10:00")
    html = client.get(f"/bulletins/{draft.id}/check").text
    assert "Chưa gửi được" in html
    assert "Đến chỗ cần điền" in html or "#fill-in" in html

    taken = bulletins.on_the_way(console, starts="2026-11-27T10:00")
    clashing = bulletins.make_sound(console, bulletins.write(console, starts="2026-11-27T10:00"))
    html = client.get(f"/bulletins/{clashing.id}/check").text
    assert taken.title in html
    assert f'value="/bulletins/{clashing.id}/check"' in html


def test_a_submission_that_failed_is_said_on_the_page(console: Console) -> None:
    client = console.client("editor")
    bulletins.on_the_way(console, starts="2026-11-28T10:00")
    draft = bulletins.write(console, starts="2026-11-28T10:00")
    post(client, f"/bulletins/{draft.id}/submit", {"version": str(draft.version)})
    assert bulletins.make_sound(console, draft).status is BulletinStatus.DRAFT
    assert client.get(f"/bulletins/{draft.id}/sound").headers["HX-Refresh"] == "true"
    page = client.get(f"/bulletins/{draft.id}/check").text
    assert "chưa gửi được lúc âm thanh xong" in page
    assert "Gửi duyệt</button>" in page


def test_the_next_session_is_one_press(console: Console) -> None:
    client = console.client("editor")
    session = sessions.afternoon(console)
    on = local_date(console.clock()) + timedelta(days=1)
    act = f"session:1:{session.id}@{on}"
    rows = {"s": ["1"], "s-1-kind": "daily", "s-1-at": "05:00", "areas": [COMMUNE], "sessions": "yes"}
    html = post(client, "/bulletins/schedule-rows", {**rows, "act": act}).text
    assert f'value="{act}" aria-pressed="true"' in html
    assert f'<option value="{session.id}" selected>' in html
    assert "Chọn địa bàn trước" in post(client, "/bulletins/schedule-rows", {**rows, "areas": []}).text
    form = {"s-1-kind": "once", "s-1-on": f"{on}", "s-1-at": "", "s-1-session": session.id, "areas": [COMMUNE]}
    # Its time is that of the session, not midnight in the quiet hours.
    assert "giờ yên tĩnh" not in post(client, "/bulletins/times", {**FORM, **form}).text
    made = write(client, act="check", **form)
    assert bulletins.stored(console, made.headers["Location"].split("/")[-2]).schedules[0].session == session.id


def test_an_edit_keeps_the_places_that_were_excluded(console: Console) -> None:
    client, context = console.client("editor"), console.context
    draft = bulletins.write(console, areas=(DISTRICT,))
    targets = Targets((DISTRICT,), (COMMUNE_2,))
    saved = drafts.edit(
        context.uow(),
        draft.id,
        draft=replace(redraft(draft), targets=targets),
        expected_version=draft.version,
        call=context.call(console.actor("editor")),
    )
    html = client.get(f"/bulletins/{draft.id}/edit").text
    assert f'name="areas" value="{COMMUNE}" checked' in html
    assert f'name="areas" value="{COMMUNE_2}" checked' not in html
    form = {**FORM, "areas": [COMMUNE], "version": str(saved.version)}
    assert post(client, f"/bulletins/{draft.id}/edit", form).status_code == 302
    again = bulletins.again(console, draft)
    assert (again.title, again.targets) == (FORM["title"], targets)
    form = {**form, "areas": [COMMUNE_2], "version": str(again.version)}
    assert post(client, f"/bulletins/{draft.id}/edit", form).status_code == 302
    assert bulletins.again(console, draft).targets == Targets((COMMUNE_2,))
