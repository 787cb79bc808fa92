"""Sending an alert at once: beside one's own autosave, before the speech is made, and refused with all input kept."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest
from flask.testing import FlaskClient

from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.model import Alert, AlertStatus
from cms.alerts.repository.alerts import AlertPolicies, Declarations
from cms.alerts.service.expiry import expire_due
from cms.alerts.views import editor, signatures
from cms.areas.repository import Places
from cms.fleet.repository.devices import Devices
from cms.health.repository.faults import FaultRecords
from cms.notifications.jobs import NotificationJob
from devices.health.faults import Fault, FaultState
from devices.health.kinds import FaultKind
from province.contacts import Contact
from province.people import UserId
from tests.builders import alerts
from tests.builders.alerts import OFFICER, SECOND, WORD
from tests.console import COMMUNE, DISTRICT, FAR_COMMUNE, FAR_DISTRICT, Console, post

S = AlertStatus


def editing_of(client: FlaskClient, alert: Alert) -> str:
    found = re.search(r'name="editing" value="(\w+)"', client.get(f"/alerts/{alert.id}/edit").text)
    assert found is not None
    return found.group(1)


def send(console: Console, client: FlaskClient, alert: Alert, **changes: object) -> tuple[int, str]:
    form = alerts.form_of(console, alert, act="submit", word=WORD, code=console.code(OFFICER), **changes)
    answer = post(client, f"/alerts/{alert.id}/edit", form)
    return answer.status_code, answer.text


def test_sending_never_collides_with_the_autosave_of_the_same_page(console: Console, officer: FlaskClient) -> None:
    made = alerts.drafted(console, officer)
    page = editing_of(officer, made)
    seen = str(made.version)
    saved = post(
        officer,
        f"/alerts/{made.id}/draft",
        alerts.form_of(console, made, headline="Lũ quét về", editing=page, version=seen),
    )
    assert saved.status_code == 200
    alerts.make_sounds(console, made)
    status, html = send(console, officer, made, editing=page, version=seen)
    assert status == 302, html
    sent = alerts.stored(console, made.id)
    assert (sent.status, sent.headline) == (S.SUBMITTED, "Lũ quét về")


def test_what_another_page_saved_is_a_conflict_and_the_word_stays(
    console: Console, officer: FlaskClient, second: FlaskClient
) -> None:
    made = alerts.drafted(console, officer)
    page, seen = editing_of(officer, made), str(made.version)
    other = alerts.form_of(console, made, headline="Của người khác", editing=editing_of(second, made))
    assert post(second, f"/alerts/{made.id}/draft", other).status_code == 200
    status, html = send(console, officer, made, headline="Của tôi", editing=page, version=seen)
    assert status == 409
    assert 'id="conflict"' in html
    assert f'value="{WORD}"' in html
    assert alerts.stored(console, made.id).status is S.DRAFT


def test_sending_is_never_refused_for_speech_and_the_approval_waits_for_it(
    console: Console, officer: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = alerts.raised(console, officer)
    monkeypatch.setattr(editor, "pause", lambda _: pytest.fail("waits"))
    status, html = send(console, officer, made, areas=[COMMUNE])
    assert status == 302, html
    waiting, approver = alerts.stored(console, made.id), console.client(SECOND)
    assert waiting.status is S.SUBMITTED
    page = approver.get(f"/alerts/{made.id}").text
    assert "Tiếng đọc đang được làm" in page
    assert 'value="approve"' not in page
    assert alerts.approve(console, approver, waiting).status_code == 422
    state = re.search(rf"/alerts/{made.id}/state[^\"]*", page)
    assert state is not None
    poll = unescape(state[0])
    assert "HX-Refresh" not in approver.get(poll).headers
    alerts.make_sounds(console, made)
    assert approver.get(poll).headers["HX-Refresh"] == "true"
    ready = approver.get(f"/alerts/{made.id}").text
    assert 'value="approve"' in ready
    assert not re.findall(rf"/alerts/{made.id}/state[^\"]*making", ready)
    assert alerts.approve(console, approver, alerts.stored(console, made.id)).status_code == 302
    assert alerts.stored(console, made.id).status is S.ACTIVE


def test_speech_that_fails_after_sending_is_told_to_the_approver(console: Console, officer: FlaskClient) -> None:
    made = alerts.raised(console, officer)
    assert send(console, officer, made, areas=[COMMUNE])[0] == 302
    alerts.fail_sounds(console, made)
    page = console.client(SECOND).get(f"/alerts/{made.id}").text
    assert "Không làm được âm thanh" in page
    assert 'value="approve"' not in page


@pytest.fixture
def own_signatures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have what is sent signed with the sender's own key; the signature itself is checked elsewhere."""
    monkeypatch.setattr(signatures, "is_needed", lambda *_people: True)
    monkeypatch.setattr(signatures, "refusal", lambda *_act: "")
    monkeypatch.setattr(signatures, "take_raised", lambda _alert: None)


@pytest.mark.usefixtures("own_signatures")
def test_sending_waits_for_the_speech_that_a_key_of_ones_own_signs(
    console: Console, officer: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = alerts.raised(console, officer)
    paused: list[float] = []

    def pause(length_s: float) -> None:
        paused.append(length_s)
        if len(paused) == 3:
            alerts.make_sounds(console, made)

    monkeypatch.setattr(editor, "pause", pause)
    status, html = send(console, officer, made, areas=[COMMUNE])
    assert status == 302, html
    assert len(paused) == 3
    assert alerts.stored(console, made.id).status is S.SUBMITTED


@pytest.mark.usefixtures("own_signatures")
def test_patience_for_speech_has_an_end_and_the_word_is_kept(
    console: Console, officer: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = alerts.raised(console, officer)
    paused: list[float] = []
    monkeypatch.setattr(editor, "pause", paused.append)
    status, html = send(console, officer, made, areas=[COMMUNE])
    assert status == 422
    assert len(paused) == editor.WAIT_STEPS
    assert f'value="{WORD}"' in html


@pytest.mark.usefixtures("own_signatures")
def test_only_a_few_wait_for_speech_at_once(
    console: Console, officer: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = alerts.raised(console, officer)
    monkeypatch.setattr(editor, "pause", lambda _: pytest.fail("waits"))
    for _ in range(editor.WAITING_MOST):
        assert editor._waiting.acquire(blocking=False)
    try:
        assert send(console, officer, made, areas=[COMMUNE])[0] == 422
    finally:
        editor._waiting.release(editor.WAITING_MOST)


def test_the_code_of_a_sign_in_a_moment_ago_counts_for_the_approval(console: Console, officer: FlaskClient) -> None:
    waiting = alerts.submitted(console, officer)
    approver = console.client(SECOND)
    console.clock.pass_by(seconds=59)
    page = approver.get(f"/alerts/{waiting.id}").text
    assert "để trống cũng được" in page
    assert alerts.approve(console, approver, waiting, code="").status_code == 302
    assert alerts.stored(console, waiting.id).status is S.ACTIVE


def test_an_empty_code_is_asked_for_and_never_called_wrong(console: Console, officer: FlaskClient) -> None:
    waiting = alerts.submitted(console, officer)
    approver = console.client(SECOND)
    console.clock.pass_by(seconds=61)
    for _ in range(20):
        answer = alerts.approve(console, approver, waiting, code=" ")
        assert answer.status_code == 422
        assert "Hãy nhập mã xác thực" in answer.text
        assert re.search(r'id="code"[^>]* autofocus', answer.text)
        assert f'value="{WORD}"' in answer.text
    assert alerts.approve(console, approver, waiting).status_code == 302


def test_the_page_of_who_sent_it_learns_the_answer_by_itself(
    console: Console, officer: FlaskClient, second: FlaskClient
) -> None:
    for act, state in (("return", S.DRAFT), ("reject", S.REJECTED), ("approve", S.ACTIVE)):
        waiting = alerts.submitted(console, officer)
        polled = re.search(r'hx-get="(/alerts/\w+/state\?status=submitted)"', officer.get(f"/alerts/{waiting.id}").text)
        assert polled is not None
        assert officer.get(polled.group(1)).status_code == 204
        form = {"act": act, "reason": "Sai thôn", "word": WORD, "code": console.code(SECOND)}
        post(second, f"/alerts/{waiting.id}/decision", {**form, "version": waiting.version})
        assert alerts.stored(console, waiting.id).status is state
        assert officer.get(polled.group(1)).headers["HX-Refresh"] == "true"
        if act != "approve":
            assert "Sai thôn" in officer.get(f"/alerts/{waiting.id}").text


def test_another_s_waiting_live_alert_is_not_dropped_by_a_press(
    console: Console, officer: FlaskClient, second: FlaskClient
) -> None:
    waiting = alerts.submitted(console, officer)
    console.clock.pass_by(minutes=6)
    path = f"/alerts/{waiting.id}/decision"
    assert 'value="discard"' not in second.get(f"/alerts/{waiting.id}").text
    assert 'value="discard"' in officer.get(f"/alerts/{waiting.id}").text
    assert post(second, path, {"act": "discard", "version": waiting.version}).status_code == 403
    no_code = post(second, path, {"act": "reject", "reason": "Nhầm", "version": waiting.version})
    assert no_code.status_code == 422
    assert 'id="reject-code-error"' in no_code.text
    no_reason = post(second, path, {"act": "reject", "reason": " ", "code": console.code(SECOND)})
    assert no_reason.status_code == 422
    assert alerts.stored(console, waiting.id).status is S.SUBMITTED
    local = alerts.local_officer(console, COMMUNE)
    assert 'value="reject"' not in local.get(f"/alerts/{waiting.id}").text
    assert post(local, path, {"act": "reject", "reason": "Nhầm", "code": console.code("local")}).status_code == 403
    assert alerts.stored(console, waiting.id).status is S.SUBMITTED


def test_an_alert_that_waits_stands_on_every_page_of_who_may_approve_it_and_calls(
    console: Console, officer: FlaskClient, second: FlaskClient
) -> None:
    waiting = alerts.submitted(console, officer)
    for path in ("/", "/bulletins", "/alerts", "/why"):
        html = second.get(path).text
        assert 'data-waits-for-you="1 cảnh báo chờ bạn duyệt" data-is-live' in html, path
        assert f'href="/alerts/{waiting.id}#decide"' in html
        assert "data-waits-for-you" not in officer.get(path).text
    assert "data-waits-for-you" not in second.get(f"/alerts/{waiting.id}").text
    assert "data-waits-for-you" in second.get("/alerts/news").text
    assert "data-waits-for-you" not in second.get(f"/alerts/news?here={waiting.id}").text
    assert "data-waits-for-you" not in console.client("auditor").get("/alerts/news").text
    alerts.approve(console, second, waiting)
    assert "data-waits-for-you" not in second.get("/alerts/news").text


def test_a_drill_that_waits_is_shown_and_does_not_call(
    console: Console, officer: FlaskClient, second: FlaskClient
) -> None:
    alerts.submitted(console, officer, kind="drill")
    html = second.get("/alerts/news").text
    assert "data-waits-for-you" in html
    assert "data-is-live" not in html


def test_who_sent_it_is_told_the_answer_on_every_page(
    console: Console, officer: FlaskClient, second: FlaskClient
) -> None:
    waiting = alerts.submitted(console, officer)
    assert f"mine={waiting.id}" in officer.get("/bulletins").text
    assert f"/alerts/{waiting.id}" not in officer.get(f"/alerts/news?mine={waiting.id}").text
    form = {"act": "reject", "reason": "Nhầm sông", "code": console.code(SECOND), "version": waiting.version}
    post(second, f"/alerts/{waiting.id}/decision", form)
    html = officer.get(f"/alerts/news?mine={waiting.id},nothing").text
    assert "Nhầm sông" in html
    assert "Nhầm sông" not in console.client("auditor").get(f"/alerts/news?mine={waiting.id}").text


def test_who_waits_reads_who_may_approve_with_their_number(
    console: Console, officer: FlaskClient, second: FlaskClient
) -> None:
    with console.context.uow() as uow:
        uow[Places].set_contacts(COMMUNE, (Contact("second", "Trưởng ban", "0913 555 019"),))
        uow.commit()
    waiting = alerts.submitted(console, officer)
    html = officer.get(f"/alerts/{waiting.id}").text
    there = html[html.index('id="approvers"') :]
    assert "Second" in there
    assert "đang đăng nhập · tới cấp 3" in there
    assert 'href="tel:0913555019"' in there
    assert "Officer" not in there[: there.index("</ul>")]


def test_the_first_page_of_an_officer_leads_to_the_hazards_at_one_press(console: Console, officer: FlaskClient) -> None:
    start = officer.get("/").text
    assert 'href="/alerts/new?kind=live">▲ Phát cảnh báo</a>' in start
    assert 'name="hazard" value="flash_flood"' in officer.get("/alerts/new?kind=live").text
    assert "/alerts/new?" not in console.client("editor").get("/").text


def test_the_page_shows_who_was_called_has_seen_it_and_decides(
    console: Console, officer: FlaskClient, second: FlaskClient
) -> None:
    waiting = alerts.submitted(console, officer)
    assert "sẽ được gọi trong vài giây" in officer.get(f"/alerts/{waiting.id}/paging").text
    NotificationJob(console.context).step()
    called = officer.get(f"/alerts/{waiting.id}/paging").text
    assert "đã gọi từ" in called
    assert "màn hình" in called
    page = second.get(f"/alerts/{waiting.id}").text
    assert f"/alerts/{waiting.id}/seen" in page
    assert post(second, f"/alerts/{waiting.id}/seen").status_code == 200
    assert "đã xem lúc" in officer.get(f"/alerts/{waiting.id}/paging").text
    assert post(second, f"/alerts/{waiting.id}/take-on").status_code == 302
    assert "nhận duyệt lúc" in officer.get(f"/alerts/{waiting.id}/paging").text
    assert "take-on" not in second.get(f"/alerts/{waiting.id}").text
    alerts.approve(console, second, waiting)
    assert officer.get(f"/alerts/{waiting.id}/paging").text == ""


def test_one_person_alone_is_offered_it_where_the_policy_allows_and_nobody_answers(
    console: Console, officer: FlaskClient, second: FlaskClient
) -> None:
    waiting = alerts.submitted(console, officer)
    console.clock.pass_by(minutes=3)
    there = officer.get(f"/alerts/{waiting.id}/paging").text
    assert "chưa ai trả lời" in there
    assert 'href="#alone"' not in there
    with console.context.uow() as uow:
        uow[AlertPolicies].set(replace(uow[AlertPolicies].get(), may_send_alone=True))
        uow.commit()
    assert 'href="#alone"' in officer.get(f"/alerts/{waiting.id}/paging").text
    assert 'href="#alone"' not in second.get(f"/alerts/{waiting.id}/paging").text


def test_nobody_with_the_right_is_said_before_and_at_submission(console: Console, officer: FlaskClient) -> None:
    with console.context.uow() as uow:
        right = next(iter(uow[Declarations].of(UserId("u-second"))))
        uow[Declarations].give(replace(right, level=AlertLevel.TWO))
        uow.commit()
    made = alerts.drafted(console, officer, level="3")
    page = officer.get(f"/alerts/{made.id}/edit").text
    assert "chưa ai khác được ban bố cấp 3" in page
    assert "Second (tới cấp 2)" in page
    waiting = alerts.submitted(console, officer, level="3")
    assert "không ai được ban bố cấp 3 ở mọi nơi này" in officer.get(f"/alerts/{waiting.id}").text
    ok = alerts.drafted(console, officer, level="2")
    assert "chưa ai khác được ban bố" not in officer.get(f"/alerts/{ok.id}/edit").text


def test_what_nobody_decided_in_time_ends_and_both_are_told(
    console: Console, officer: FlaskClient, second: FlaskClient
) -> None:
    waiting = alerts.submitted(console, officer)
    console.clock.at = waiting.expires_at
    assert expire_due(console.context, console.clock()) == 1
    assert alerts.stored(console, waiting.id).status is S.EXPIRED
    again = console.client(OFFICER)
    assert f"/alerts/{waiting.id}" in again.get(f"/alerts/news?mine={waiting.id}").text
    page = again.get(f"/alerts/{waiting.id}").text
    assert "Hết hạn khi chưa ai duyệt" in page
    assert "data-waits-for-you" not in console.client(SECOND).get("/").text


def test_an_alert_heard_by_nobody_is_not_enough_to_be_sent(console: Console, officer: FlaskClient) -> None:
    made = alerts.drafted(console, officer, areas=(FAR_DISTRICT,))
    with console.context.uow() as uow:
        for each in uow[Devices].in_area(FAR_COMMUNE):
            uow[Devices].save(replace(each, area_id=COMMUNE))
        uow.commit()
    page = officer.get(f"/alerts/{made.id}/edit").text
    assert "Đủ để gửi duyệt." not in page
    assert "Nơi đã chọn chưa có loa nào." in page
    assert "1 xã, phường không có loa nào: Liên Hương" in page
    status, html = send(console, officer, made)
    assert status == 422
    assert f'value="{WORD}"' in html
    assert alerts.stored(console, made.id).status is S.DRAFT


def test_who_will_not_hear_it_is_said_before_it_is_sent(console: Console, officer: FlaskClient) -> None:
    now = console.clock()
    with console.context.uow() as uow:
        first = uow[Devices].in_area(COMMUNE)[0]
        cut = Fault("f1", first.id, FaultKind.SPEAKER_OPEN, FaultState.OPEN, now, opened_at=now)
        uow[FaultRecords].save([cut], [])
        uow.commit()
    made = alerts.drafted(console, officer, areas=(DISTRICT,))
    page = officer.get(f"/alerts/{made.id}/edit").text
    assert "1 loa đang hỏng tiếng" in page
    assert "1 xã, phường không có loa nào: Hàm Tiến" in page
    assert "loa sẽ phát, ở 1 xã, phường." in page


def test_what_the_law_asks_for_is_not_filed_under_should(console: Console, officer: FlaskClient) -> None:
    made = alerts.drafted(console, officer)
    page = officer.get(f"/alerts/{made.id}/edit").text
    assert "Nên nêu thêm" not in page
    assert "<details open><summary>Luật yêu cầu nêu, chưa có" in page
