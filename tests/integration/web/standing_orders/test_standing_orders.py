"""Screens of standing orders: from the draft to the review of a firing."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from broadcast.alerts.model import Alert, AlertStatus
from broadcast.standing_orders.cap_warnings import sender_source
from broadcast.standing_orders.model import (
    AlertStandingOrder,
    AlertStandingOrderId,
    AlertStandingOrderStatus,
    FiringVerdict,
)
from cms.accounts.service.vault import secret_hash
from cms.exchange.api import cap
from cms.exchange.service.inbox import Inbox
from cms.standing_orders.repository import AlertStandingOrders, Firings
from tests.builders.alerts import SECOND, stored
from tests.builders.standing_orders import agreed, ready_draft, switched_on
from tests.console import Console, post
from tests.integration.exchange.conftest import pinned
from tests.unit.exchange.messages import SENDER, message, signer, update


def form(alert: Alert, **changes: Any) -> dict[str, object]:
    return {
        "version": alert.version,
        "sources": sender_source(SENDER),
        "hazards": "flash_flood",
        "severity_min": "3",
        "valid_from": "24/11/2026",
        "valid_until": "24/05/2027",
        "daily_from": "00:00",
        "daily_until": "00:00",
        "firings_max": "2",
        "rest_minutes": "60",
        "lasts_minutes": "30",
        **changes,
    }


def order_of(console: Console, order_id: str) -> AlertStandingOrder:
    with console.context.uow.reading() as uow:
        return uow[AlertStandingOrders].get(AlertStandingOrderId(order_id))


def field(html: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert found is not None
    return found.group(1)


def test_from_the_draft_to_the_review_by_two_people_on_their_screens(
    console: Console, officer: FlaskClient, second: FlaskClient
) -> None:
    pinned(console)
    switched_on(console)
    draft = ready_draft(console)
    assert f"/alerts/{draft.id}/alert-order" in officer.get(f"/alerts/{draft.id}").text
    shown = officer.get(f"/alerts/{draft.id}/alert-order").text
    assert "kttv@example.vn, có chữ ký số" in shown
    wrong = form(draft, valid_until="", severity_min="x", daily_from="25:00", rest_minutes="một giờ")
    refused = post(officer, f"/alerts/{draft.id}/alert-order", wrong)
    assert refused.status_code == 422
    for name in ("valid_until", "severity_min", "daily_from"):
        assert f'id="{name}-error-1"' in refused.text
    assert 'value="một giờ"' in refused.text
    refused = post(officer, f"/alerts/{draft.id}/alert-order", form(draft, sources=[], rest_minutes="một giờ"))
    assert 'id="sources-error-1"' in refused.text
    assert 'id="rest_minutes-error-1"' in refused.text
    made = post(officer, f"/alerts/{draft.id}/alert-order", form(draft))
    path = made.headers["Location"]
    order_id = path.rsplit("/", 1)[1]
    own = officer.get(path).text
    assert "nhiều nhất 2 lần, cách nhau ít nhất 60 phút" in own
    assert 'value="agree"' not in own
    page = second.get(path).text
    assert 'href="' + path in second.get("/").text
    agree = {"act": "agree", "version": field(page, "version"), "seen": field(page, "seen")}
    assert post(second, path, {**agree, "code": "000000"}).status_code == 422
    assert post(second, path, {**agree, "seen": "0" * 64, "code": console.code(SECOND)}).status_code == 409
    console.clock.pass_by(seconds=61)
    assert post(second, path, {**agree, "code": console.code(SECOND)}).status_code == 302
    assert order_of(console, order_id).status is AlertStandingOrderStatus.AGREED
    fired = Inbox.of(console.context).receive(signer().signed(message(sent=console.clock())), "feed kttv")
    assert fired.alert_id is not None
    alert = officer.get(f"/alerts/{fired.alert_id}").text
    assert 'id="fired"' in alert
    assert f'action="/alerts/{fired.alert_id}/cancel"' in alert
    shown = officer.get(path).text
    assert f'href="/alerts/{fired.alert_id}#act"' in shown
    assert "cần đánh giá" in officer.get("/").text
    with console.context.uow.reading() as uow:
        (firing,) = uow[Firings].of(AlertStandingOrderId(order_id))
    review = f"{path}/firings/{firing.id}"
    assert 'id="verdict-error-1"' in post(officer, review, {"verdict": "", "remark": ""}).text
    unsaid = post(officer, review, {"verdict": "false", "remark": ""})
    assert (unsaid.status_code, 'id="remark-error-1"' in unsaid.text) == (422, True)
    assert post(officer, review, {"verdict": "false", "remark": "Trạm đo hỏng"}).status_code == 302
    with console.context.uow.reading() as uow:
        assert uow[Firings].get(firing.id).verdict is FiringVerdict.FALSE
    assert "Trạm đo hỏng" in officer.get(path).text
    assert post(officer, f"/alerts/{fired.alert_id}/cancel", {"cause": "mistake"}).status_code == 302
    assert stored(console, fired.alert_id).status is AlertStatus.CANCELLED


def test_one_press_suspends_and_what_is_held_says_why(
    console: Console, officer: FlaskClient, second: FlaskClient
) -> None:
    pinned(console)
    order = agreed(console)
    path = f"/alert-orders/{order.id}"
    assert post(officer, path, {"act": "dance"}).status_code == 400
    assert post(officer, path, {"act": "suspend"}).status_code == 302
    held = Inbox.of(console.context).receive(signer().signed(update("m-2", message())), "feed kttv")
    draft = officer.get(f"/alerts/{held.alert_id}").text
    assert "lệnh đang tạm dừng; đây là tin cập nhật" in draft
    assert "lệnh đang tạm dừng" in officer.get(path).text
    assert post(second, path, {"act": "again"}).status_code == 302
    assert order_of(console, order.id).status is AlertStandingOrderStatus.PROPOSED
    refused = post(second, path, {"act": "end", "reason": ""})
    assert (refused.status_code, 'id="reason-error-1"' in refused.text) == (422, True)
    assert post(second, path, {"act": "end", "reason": "Mùa mưa đã qua"}).status_code == 302
    listed = officer.get("/alert-orders").text
    assert listed.index("Đã kết thúc") < listed.index(path)
    assert "Mùa mưa đã qua" in officer.get(path).text


def test_nobody_can_agree_while_it_is_switched_off_and_the_list_says_so(console: Console, officer: FlaskClient) -> None:
    assert "không có gì tự phát" in officer.get("/alert-orders").text
    pinned(console)
    draft = ready_draft(console)
    made = post(officer, f"/alerts/{draft.id}/alert-order", form(draft))
    assert "Tỉnh chưa bật" in console.client(SECOND).get(made.headers["Location"]).text
    admin = console.client("admin")
    numbers = {"hours_max": "168", "all_clear_minutes": "60", "hearing_m": "400"}
    post(admin, "/alerts/policy", {**numbers, "fires_standing_orders": "on"})
    assert "bật lệnh phát tự động" in admin.get("/alerts/policy").text
    assert "không có gì tự phát" not in officer.get("/alert-orders").text


def test_only_a_new_draft_becomes_an_order(console: Console, officer: FlaskClient) -> None:
    pinned(console)
    order = agreed(console)
    fired = Inbox.of(console.context).receive(signer().signed(message()), "feed kttv")
    assert officer.get(f"/alerts/{fired.alert_id}/alert-order").status_code == 404
    stranger = console.client("far-operator")
    assert stranger.get(f"/alert-orders/{order.id}").status_code == 404
    draft = ready_draft(console)
    over = post(officer, f"/alerts/{draft.id}/alert-order", form(draft, valid_until="20/11/2026"))
    assert 'id="valid_until-error-1"' in over.text


def test_a_warning_that_is_pushed_sounds_and_too_many_of_them_are_put_off(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cap, "PUSHED_A_MINUTE", 2)
    pinned(console, push_hash=secret_hash("secret"))
    order = agreed(console)
    headers = {"Authorization": "Bearer secret"}
    client = console.app.test_client()

    def push(document: bytes) -> TestResponse:
        return client.post("/api/v1/cap", data=document, content_type="application/cap+xml", headers=headers)

    first = push(signer().signed(message()))
    assert (first.status_code, first.get_json()["outcome"]) == (201, "fired")
    assert push(signer().signed(message())).status_code == 200
    assert push(signer().signed(message("m-2"))).get_json()["outcome"] == "repeated"
    late = push(signer().signed(message("m-3")))
    assert (late.status_code, late.headers["Retry-After"]) == (429, "60")
    console.clock.pass_by(seconds=61)
    assert push(signer().signed(message("m-3"))).status_code == 201
    with console.context.uow.reading() as uow:
        assert len(uow[Firings].of(order.id)) == 1
