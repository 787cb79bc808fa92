"""Feeds and subscribers on screens: added, removed, and sent to again from the log."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from cms.audit.queries import events_of
from cms.exchange.model import WebhookDelivery
from cms.exchange.repository.feeds import CapFeeds
from cms.exchange.repository.outbound import WebhookRecords
from tests.builders import alerts, people, subscriptions
from tests.console import COMMUNE, Console, post

FEED = {"name": "Đài KTTV", "url": "https://kttv.example/cap.atom", "poll_s": "60", "hosts": "may.kttv.example"}
HOOK = {"name": "Báo tỉnh", "url": "https://bao.example/nhan", "wants_drills": "1", "kinds": "cap"}


@pytest.fixture
def admin(console: Console) -> FlaskClient:
    return console.client("admin")


def test_a_feed_is_added_and_removed(console: Console, admin: FlaskClient) -> None:
    post(admin, "/exchange/feeds", FEED)
    with console.context.uow() as unit:
        (feed,) = unit[CapFeeds].all()
    assert (feed.hosts, feed.plain_hosts, feed.poll_s) == (("kttv.example", "may.kttv.example"), (), 60)
    assert "Đài KTTV" in admin.get("/exchange/feeds").text
    assert post(admin, "/exchange/feeds", FEED).status_code == 422
    post(admin, "/exchange/feeds/remove", {"name": "Đài KTTV"})
    assert post(admin, "/exchange/feeds/remove", {"name": "Đài KTTV"}).status_code == 404
    with console.context.uow() as unit:
        assert unit[CapFeeds].all() == []


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"name": ""}, "Cần điền"),
        ({"url": "kttv"}, "không phải"),
        ({"url": "http://kttv.example/cap"}, "không phải https"),
        ({"url": "https://127.0.0.1/cap"}, "mạng nội bộ"),
        ({"url": f"https://kttv.example/{'x' * 1100}"}, "không phải địa chỉ"),
        ({"poll_s": "1"}, "từ 5 đến 86400"),
    ],
)
def test_what_is_wrong_with_a_feed_is_said(admin: FlaskClient, form: dict[str, str], sentence: str) -> None:
    answer = post(admin, "/exchange/feeds", {**FEED, **form})
    assert answer.status_code == 422
    assert sentence in answer.text


def test_a_subscriber_is_added_with_a_secret_that_is_shown_once(console: Console, admin: FlaskClient) -> None:
    shown = post(admin, "/exchange/webhooks", HOOK).text
    assert "loahook_" in shown
    assert "loahook_" not in admin.get("/exchange/out").text
    with console.context.uow() as unit:
        (webhook,) = unit[WebhookRecords].all()
    assert webhook.wants_drills
    assert post(admin, "/exchange/webhooks", HOOK).status_code == 422
    assert post(admin, "/exchange/webhooks", {**HOOK, "name": "x", "url": ""}).status_code == 422
    assert "Chưa gửi gì" in admin.get(f"/exchange/webhooks/{webhook.id}").text
    post(admin, "/exchange/webhooks/remove", {"name": webhook.name})
    assert post(admin, "/exchange/webhooks/remove", {"name": webhook.name}).status_code == 404


def test_a_delivery_is_sent_again_from_the_log(console: Console, admin: FlaskClient) -> None:
    alerts.staff(console)
    path = subscriptions.delivered(console)
    webhook_id, _, delivery_id = path.split("/")
    with console.context.uow() as unit:
        store = unit[WebhookRecords]
        found = store.delivery(webhook_id, delivery_id)
        now = console.clock()
        store.save(
            WebhookDelivery(found.id, webhook_id, found.document_id, 12, now, dead_at=now, error="FETCH_FAILED TLS")
        )
        unit.commit()
    log = admin.get(f"/exchange/webhooks/{webhook_id}").text
    assert "Đã thôi gửi" in log
    assert f"{path}/again" in log
    assert f"{path}/again" not in console.client("officer").get(f"/exchange/webhooks/{webhook_id}").text
    post(admin, f"/exchange/webhooks/{path}/again")
    with console.context.uow() as unit:
        (due,) = unit[WebhookRecords].due(console.clock(), 10)
        names = [line.name for line in events_of(unit.session, webhook_id)]
    assert (due.delivery.id, due.delivery.attempts, due.delivery.error) == (delivery_id, 0, "")
    assert "webhook.sent_again" in names
    assert post(admin, f"/exchange/webhooks/none/deliveries/{delivery_id}/again").status_code == 404


def test_an_administrator_of_one_commune_changes_none_of_it(console: Console) -> None:
    local = console.client(people.second_admin(console, COMMUNE, "local-admin"))
    assert "Thêm nguồn tin" not in local.get("/exchange/feeds").text
    assert post(local, "/exchange/feeds", FEED).status_code == 403
    assert post(local, "/exchange/webhooks", HOOK).status_code == 403
    assert post(local, "/alerts/policy", {"hours_max": "24", "all_clear_minutes": "30"}).status_code == 403


def test_the_policy_of_alerts_is_set_with_its_history(admin: FlaskClient) -> None:
    post(admin, "/alerts/policy", {"may_send_alone": "1", "hours_max": "24", "all_clear_minutes": "30"})
    page = admin.get("/alerts/policy").text
    assert "checked" in page
    assert "24 giờ" in page
    wrong = post(admin, "/alerts/policy", {"hours_max": "24 giờ", "all_clear_minutes": "0"})
    assert wrong.status_code == 422
    assert 'value="24 giờ"' in wrong.text


def test_a_sender_is_registered_and_gets_a_secret_only_to_push(console: Console, admin: FlaskClient) -> None:
    form = {"sender": "kttv.example", "sender_name": "Đài KTTV", "area": COMMUNE}
    post(admin, "/exchange/senders", form)
    assert "Đài KTTV" in admin.get("/exchange/feeds").text
    assert "loacap_" in post(admin, "/exchange/senders", {**form, "may_push": "1"}).text
    for wrong, sentence in (
        ({"certificate": "x"}, "không phải chứng thư"),
        ({"area": "none"}, "none"),
        ({"sender": ""}, "Cần điền"),
    ):
        answer = post(admin, "/exchange/senders", {**form, **wrong})
        assert answer.status_code == 422
        assert sentence in answer.text
