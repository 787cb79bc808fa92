from __future__ import annotations

import re
from datetime import timedelta

from flask.testing import FlaskClient

from broadcast.alerts.model import OrderId
from broadcast.alerts.orders import OrderReach, ReachState, Stop, StopId
from cms.alerts.messages.alerts import AlertMessages
from cms.alerts.messages.sync import AlertSync
from cms.alerts.repository.orders import Orders
from cms.areas.repository import Places
from cms.fleet.repository.devices import Devices
from tests.builders import alerts
from tests.console import COMMUNE, FAR_COMMUNE, PROVINCE, Console, post


def stopped(console: Console, client: FlaskClient, **form: object) -> Stop:
    answer = post(client, "/stop", {"areas": [COMMUNE], "reason": "Loa kêu nhầm", **form})
    assert answer.status_code == 302, answer.text
    with console.context.uow() as uow:
        return uow[Orders].stop(StopId(answer.headers["Location"].rsplit("/", 1)[1]))


def test_stop_is_in_the_menu_of_whoever_may_and_has_their_own_area_ticked(console: Console) -> None:
    operator = console.client("operator")
    assert 'class="stop-link"' in operator.get("/").text
    assert 'class="stop-link"' not in console.client("auditor").get("/").text
    html = operator.get("/stop").text
    assert re.search(rf'value="{COMMUNE}" checked', html)
    assert "Đang chọn 1 xã, phường." in html


def test_nothing_beyond_somebody_s_one_commune_is_ticked_ahead_and_alerts_are_spared(
    console: Console, officer: FlaskClient
) -> None:
    html = officer.get("/stop").text
    assert not re.search(r'name="areas"[^>]*checked', html)
    assert "Đang chọn 0 xã, phường." in html
    assert re.search(r'value="below" checked', html)


def test_a_live_alert_is_muted_only_after_it_was_named(console: Console, officer: FlaskClient) -> None:
    sent = alerts.active(console, officer)
    form = {"areas": [COMMUNE], "reason": "Loa hỏng", "what": "all", "hush_hours": "1"}
    asked = post(officer, "/stop", form)
    assert asked.status_code == 422
    for shown in (sent.headline, 'data-hold="2000"', "Chưa dừng gì.", f'name="muted" value="{sent.order_id}"'):
        assert shown in asked.text, shown
    assert post(officer, "/stop", {**form, "mutes_alerts": "yes", "muted": "another"}).status_code == 422
    assert stopped(console, officer, **{**form, "what": "below"}).prio == 8
    made = stopped(console, officer, **form, mutes_alerts="yes", muted=str(sent.order_id))
    assert (made.prio, made.hush_until_at) == (9, console.clock() + timedelta(hours=1))


def test_a_stop_shows_on_the_alert_it_silenced_and_what_it_silenced_sounds_again(
    console: Console, officer: FlaskClient
) -> None:
    sent = alerts.active(console, officer)
    console.clock.pass_by(seconds=30)
    made = stopped(console, officer, what="all", mutes_alerts="yes", muted=str(sent.order_id))
    with console.context.uow() as uow:
        first = uow[Orders].reaches(OrderId(made.id))[0]
        uow[Orders].report(
            [OrderReach(first.order_id, first.device_id, "Cụm loa 1", COMMUNE, ReachState.DONE, console.clock())]
        )
        uow.commit()
    html = officer.get(f"/alerts/{sent.id}").text
    assert "Bị dừng bởi" in html
    assert "1/3 loa đã im" in html
    assert sent.headline in officer.get(f"/stops/{made.id}").text
    console.clock.pass_by(seconds=5)
    assert post(officer, f"/alerts/{sent.id}/sound-again").status_code == 302
    again = alerts.stored(console, sent.id)
    assert again.order_id != sent.order_id
    assert "Bị dừng bởi" not in officer.get(f"/alerts/{sent.id}").text
    assert post(officer, f"/alerts/{sent.id}/sound-again").status_code == 409


def test_an_alert_younger_than_the_stop_survives_the_lift(console: Console, officer: FlaskClient) -> None:
    made = stopped(console, officer, what="all", hush_hours="1")
    console.clock.pass_by(seconds=30)
    sent = alerts.active(console, officer)
    answer = post(officer, f"/stops/{made.id}/lift")
    with console.context.uow() as uow:
        lifted = uow[Orders].stop(StopId(answer.headers["Location"].rsplit("/", 1)[1]))
        order = uow[Orders].get(OrderId(str(sent.order_id)))
        tree = uow[Places].tree()
        letters = AlertMessages(console.context.keyring)
        desk = AlertSync(uow[Orders], tree, letters, console.clock())
        assert desk.meant(uow[Devices].in_area(COMMUNE)[0]) == [order]
    assert not lifted.mutes_alerts
    assert "Bị dừng bởi" not in officer.get(f"/alerts/{sent.id}").text
    assert "Đã cho phát lại" in officer.get(f"/stops/{lifted.id}").text


def test_one_step_silences_and_every_device_confirms(console: Console, officer: FlaskClient) -> None:
    made = stopped(console, officer, what="all")
    assert (made.areas, made.prio, made.hush_until_at) == ((COMMUNE,), 9, None)
    html = officer.get(f"/stops/{made.id}").text
    assert "kể cả cảnh báo" in html
    assert html.count("mất kết nối") == 3
    assert 'hx-trigger="every 1s"' in html
    with console.context.uow() as uow:
        expected = uow[Orders].reaches(OrderId(made.id))
        uow[Orders].report(
            [
                OrderReach(
                    each.order_id, each.device_id, each.device_name, each.area_id, ReachState.DONE, console.clock()
                )
                for each in expected
            ]
        )
        uow.commit()
    html = officer.get(f"/stops/{made.id}").text
    assert "Mọi loa đã trả lời." in html
    assert "3 / 3" in html
    assert "every 1s" not in html


def test_alerts_are_spared_when_wished_and_always_by_whoever_may_not_cancel_them(
    console: Console, officer: FlaskClient
) -> None:
    assert stopped(console, officer, what="below").prio == 8
    operator = console.client("operator")
    assert 'name="what"' not in operator.get("/stop").text
    made = stopped(console, operator, what="all")
    assert made.prio == 8
    assert "trừ cảnh báo" in operator.get(f"/stops/{made.id}").text


def test_silence_is_kept_for_some_hours_and_lifted_in_one_step(console: Console, officer: FlaskClient) -> None:
    made = stopped(console, officer, hush_hours="3", what="all")
    assert made.hush_until_at == console.clock() + timedelta(hours=3)
    html = officer.get(f"/stops/{made.id}").text
    assert "Giữ im lặng đến" in html
    assert "Không dừng gì: cảnh báo đang phát vẫn phát tiếp." in html
    answer = post(officer, f"/stops/{made.id}/lift")
    with console.context.uow() as uow:
        lifted = uow[Orders].stop(StopId(answer.headers["Location"].rsplit("/", 1)[1]))
    assert (lifted.areas, lifted.hush_until_at, lifted.lifts) == (made.areas, None, made.id)
    console.clock.pass_by(hours=4)
    assert "Giữ im lặng đến" not in console.client("technician").get(f"/stops/{made.id}").text


def test_everything_wrong_with_a_stop_is_said_at_once_and_the_choice_stays(
    console: Console, officer: FlaskClient
) -> None:
    answer = post(officer, "/stop", {"reason": " ", "hush_hours": "48", "what": "below"})
    assert answer.status_code == 422
    for field in ("areas", "hush_hours", "reason"):
        assert f'id="{field}-error-1"' in answer.text, field
    assert re.search(r'value="below" checked', answer.text)


def test_another_place_is_refused(console: Console) -> None:
    far = console.client("far-operator")
    assert post(far, "/stop", {"areas": [COMMUNE], "reason": "x"}).status_code == 403
    near = stopped(console, console.client("operator"))
    assert far.get(f"/stops/{near.id}").status_code == 404
    assert near.id not in far.get("/stop").text


def test_the_latest_stops_are_listed_for_whoever_may_stop_there(console: Console, officer: FlaskClient) -> None:
    made = stopped(console, officer, areas=[PROVINCE])
    assert f"/stops/{made.id}" in officer.get("/stop").text
    here = stopped(console, officer, areas=[FAR_COMMUNE])
    assert f"/stops/{here.id}" in console.client("far-operator").get("/stop").text
    assert alerts.WORD not in officer.get("/stop").text
