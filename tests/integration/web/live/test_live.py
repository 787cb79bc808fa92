from __future__ import annotations

from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from broadcast.alerts.model import OrderId
from broadcast.alerts.orders import OrderReach, ReachState
from broadcast.live.model import LiveEnd, LiveId, LiveSession, LiveState
from cms.alerts.repository.orders import Orders
from cms.live.repository import LiveSessions
from cms.live.service.pipe import UnsealedFrame
from devices.protocol.live import LiveFrame, pack
from tests.builders import alert_states
from tests.builders import live as live_builders
from tests.console import COMMUNE, COMMUNE_2, FAR_COMMUNE, PROVINCE, Console, csrf_of, post
from tests.integration.exchange.test_publishing import ended


@pytest.fixture
def operator(console: Console) -> FlaskClient:
    return console.client("operator")


def stored(console: Console, live_id: str) -> LiveSession:
    with console.context.uow() as uow:
        return uow[LiveSessions].get(LiveId(live_id))


def said(client: FlaskClient, live_id: str, *, query: str = "seq=3&at=1700", body: bytes = b"") -> TestResponse:
    data = body or pack(live_builders.SILENCE)
    return client.post(f"/live/{live_id}/frames?{query}", data=data, headers={"X-CSRFToken": csrf_of(client)})


def test_an_official_prepares_for_their_own_ward_which_is_ticked(console: Console, operator: FlaskClient) -> None:
    assert f'value="{COMMUNE}" checked' in operator.get("/live").text
    answer = post(operator, "/live", {"areas": [COMMUNE], "topic": "Nhắc nộp thuế"})
    assert answer.status_code == 302, answer.text
    html = operator.get(answer.headers["Location"]).text
    assert "data-speaks" in html
    assert "Lên sóng" in html
    assert "Nhắc nộp thuế" in operator.get("/live").text
    assert "data-speaks" not in console.client("editor").get(answer.headers["Location"]).text


def test_the_list_of_loudspeakers_renews_itself_while_it_is_live(console: Console, operator: FlaskClient) -> None:
    """Before, it read "4/4 opened" above and "4 have not answered" below, which was true when the page was opened."""
    live = live_builders.on_air(console)
    page = operator.get(f"/live/{live.id}").text
    assert 'id="each"' in page
    assert 'hx-select="#each"' in page
    live_builders.end_all(console)
    assert 'hx-select="#each"' not in operator.get(f"/live/{live.id}").text


def test_what_is_wrong_is_told_and_what_was_typed_stays(console: Console, operator: FlaskClient) -> None:
    live_builders.prepare(console, by="editor", area=PROVINCE)
    answer = post(operator, "/live", {"areas": [COMMUNE], "topic": "Nhắc nộp thuế"})
    assert answer.status_code == 422
    assert "đang phát trực tiếp ở" in answer.text
    assert "Nhắc nộp thuế" in answer.text
    assert f'value="{COMMUNE}" checked' in answer.text


def test_what_is_said_goes_to_the_gateway_and_nobody_else_speaks(console: Console, operator: FlaskClient) -> None:
    live = live_builders.on_air(console)
    with live_builders.listening(console) as heard:
        assert said(operator, live.id).status_code == 204
        assert said(console.client("editor"), live.id).status_code == 403
    assert heard == [UnsealedFrame(live.id, LiveFrame(3, 1700, live_builders.SILENCE))]


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("seq=x&at=1", b""),
        ("seq=1", b""),
        (f"seq={2**32}&at=1", b""),
        ("seq=1&at=1", b"\0\3abc"),
        ("seq=1&at=1", pack(live_builders.SILENCE[:2])),
        ("seq=1&at=1", pack([b"\xfc\xff\xfe"] * 5)),
        ("seq=1&at=1", b"\0\1"),
        ("seq=1&at=1", bytes(5000)),
    ],
)
def test_what_is_no_frame_is_refused(console: Console, operator: FlaskClient, query: str, body: bytes) -> None:
    live = live_builders.on_air(console)
    with live_builders.listening(console) as heard:
        assert said(operator, live.id, query=query, body=body).status_code == 400
    assert heard == []


def test_before_on_air_after_its_end_and_past_its_length_nothing_is_taken(
    console: Console, operator: FlaskClient
) -> None:
    with live_builders.listening(console) as heard:
        assert said(operator, live_builders.prepare(console).id).status_code == 409
        assert said(operator, live_builders.over(console).id).status_code == 409
        live = live_builders.on_air(console)
        console.clock.pass_by(minutes=11)
        assert said(operator, live.id).status_code == 409
    assert heard == []


def test_without_a_gateway_it_is_told_that_nobody_hears(console: Console, operator: FlaskClient) -> None:
    assert said(operator, live_builders.on_air(console).id).status_code == 503


def test_it_goes_on_air_is_stopped_and_says_how_it_ended(console: Console, operator: FlaskClient) -> None:
    live = live_builders.prepare(console)
    assert post(operator, f"/live/{live.id}/air").status_code == 302
    assert stored(console, live.id).state is LiveState.ON_AIR
    assert "Dừng" in console.client("technician").get(f"/live/{live.id}").text
    assert post(console.client("technician"), f"/live/{live.id}/stop").status_code == 302
    assert stored(console, live.id).end is LiveEnd.STOPPED
    assert "có người dừng loa" in operator.get(f"/live/{live.id}").text
    answer = post(operator, f"/live/{live.id}/air")
    assert answer.status_code == 409
    assert "Đã kết thúc" in answer.text


def test_open_are_loudspeakers_that_sound_and_an_alert_in_force_is_told(
    console: Console, operator: FlaskClient
) -> None:
    live = live_builders.on_air(console)
    with console.context.uow() as uow:
        first, second, *_ = uow[Orders].reaches(OrderId(live.id))
        uow[Orders].report([replace(first, state=ReachState.RECEIVED)])
        uow.commit()
    quiet = operator.get(f"/live/{live.id}/news").json
    assert quiet is not None
    assert (quiet["open"], quiet["warning"]) == (0, "")
    assert "data-warned hidden" in operator.get(f"/live/{live.id}").text
    with console.context.uow() as uow:
        uow[Orders].report([replace(second, state=ReachState.SOUNDING)])
        uow.commit()
    alert = alert_states.active(console)
    found = operator.get(f"/live/{live.id}/news").json
    assert found is not None
    assert (found["open"], found["warning"]) == (1, alert.headline)
    assert f"Đang có cảnh báo thật ở đây: {alert.headline}" in operator.get(f"/live/{live.id}").text


def test_the_desk_is_told_how_far_it_got_and_how_late_it_is_heard(console: Console, operator: FlaskClient) -> None:
    live = live_builders.on_air(console)
    with console.context.uow() as uow:
        reaches = uow[Orders].reaches(OrderId(live.id))
        words = [
            OrderReach(
                each.order_id, each.device_id, each.device_name, each.area_id, ReachState.SOUNDING, delay_ms=400 + n
            )
            for n, each in enumerate(reaches)
        ]
        uow[Orders].report(words)
        uow.commit()
    news = operator.get(f"/live/{live.id}/news").json
    assert news is not None
    assert (news["state"], news["total"], news["sounding"]) == ("on_air", len(words), len(words))
    assert (news["delay_ms"], news["p95_ms"]) == (400 + len(words) // 2, 400 + len(words) - 1)
    assert news["now_ms"] == round(console.clock().timestamp() * 1000)


def test_what_went_out_can_be_listened_to_with_each_devices_part_in_it(console: Console, operator: FlaskClient) -> None:
    live = live_builders.over(console)
    with console.context.uow() as uow:
        (first, *_rest) = uow[Orders].reaches(OrderId(live.id))
        found = OrderReach(
            first.order_id, first.device_id, first.device_name, first.area_id, ReachState.CUT, code="WATCHDOG"
        )
        uow[Orders].report([found])
        uow.commit()
    html = operator.get(f"/live/{live.id}").text
    assert live.recording is not None
    assert f"/content/{live.recording.sha256}?as=ogg" in html
    assert "không còn nghe tiếng người nói" in html
    assert console.client("far-operator").get(f"/live/{live.id}").status_code == 404


def test_several_communes_hear_whoever_gives_a_code_in_this_very_form(console: Console) -> None:
    for area in (COMMUNE, COMMUNE_2, FAR_COMMUNE):
        live_builders.never_quiet(console, area)
    editor = console.client("editor")  # a code of this minute was given to sign in
    form = {"areas": [PROVINCE], "topic": "Nhắc nộp thuế"}
    assert 'id="code"' in editor.get("/live").text
    assert 'id="code"' not in console.client("operator").get("/live").text
    for code, sentence in (("", "Nói tới nhiều hơn một xã"), ("000000", "Mã xác thực không đúng")):
        answer = post(editor, "/live", {**form, "code": code})
        assert answer.status_code == 422
        assert sentence in answer.text
        assert "Nhắc nộp thuế" in answer.text
    with console.context.uow() as uow:
        assert uow[LiveSessions].open() == []
    answer = post(editor, "/live", {**form, "code": console.code("editor")})
    assert answer.status_code == 302, answer.text


def test_a_code_is_not_used_up_where_something_else_is_wrong(console: Console) -> None:
    editor, code = console.client("editor"), console.code("editor")
    form = {"areas": [PROVINCE], "topic": "", "code": code}
    assert post(editor, "/live", form).status_code == 422
    for area in (COMMUNE, COMMUNE_2, FAR_COMMUNE):
        live_builders.never_quiet(console, area)
    assert post(editor, "/live", {**form, "topic": "Nhắc nộp thuế"}).status_code == 302


def test_an_all_clear_is_no_warning_to_whoever_speaks(console: Console, operator: FlaskClient) -> None:
    live = live_builders.on_air(console)
    alert = alert_states.active(console)
    ended(console, alert, is_cancel=False)
    news = operator.get(f"/live/{live.id}/news").json
    assert news is not None
    assert news["warning"] == ""
