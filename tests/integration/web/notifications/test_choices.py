"""The page on which a person chooses how they are notified."""

from __future__ import annotations

from flask.testing import FlaskClient

from broadcast.notifications.model import NotificationChannel, NotificationChoice
from cms.notifications.repository import NotificationChoices, PushSubscriptions
from cms.notifications.service.choices import BROWSERS_MOST
from tests.console import Console, post
from tests.integration.notifications.test_channels import Browser
from tests.integration.notifications.world import KeptMessages, job

PAGE = "/account/notifications"


def chosen(console: Console, login: str = "approver") -> NotificationChoice:
    user_id = console.actor(login).user_id
    with console.context.uow() as unit:
        return unit[NotificationChoices].of([user_id])[user_id]


def subscribe(console: Console, client: FlaskClient, number: int = 1, **wrong: str) -> int:
    made = Browser(f"https://push.example/{number}").subscription
    form = {"endpoint": made.endpoint, "p256dh": made.p256dh, "auth": made.auth, **wrong}
    return post(client, f"{PAGE}/browsers", form).status_code


def browsers(console: Console, login: str = "approver") -> list[str]:
    with console.context.uow() as unit:
        return [each.endpoint for each in unit[PushSubscriptions].of(console.actor(login).user_id)]


def test_a_person_chooses_channels_addresses_and_a_quiet_time(console: Console) -> None:
    console.set(smtp_url="smtp://mail.example")
    client = console.client("approver")
    form = {
        "email": "binh@x.vn",
        "phone": "0912 345 678",
        "channels": ["email"],
        "quiet_from": "21:00",
        "quiet_until": "06:00",
    }
    assert "Đã lưu" in post(client, PAGE, form, follow_redirects=True).text
    mine = chosen(console)
    assert (mine.email, mine.phone, mine.channels) == ("binh@x.vn", "0912345678", (NotificationChannel.EMAIL,))
    assert f"{mine.quiet_from:%H:%M}–{mine.quiet_until:%H:%M}" == "21:00–06:00"
    page = client.get(PAGE).text
    assert 'value="email" checked' in page
    assert 'value="21:00"' in page
    assert "SMS" not in page.split('name="channels"')[1].split("</fieldset>")[0]


def test_what_is_wrong_is_said_beside_the_field_and_nothing_typed_is_lost(console: Console) -> None:
    console.set(smtp_url="smtp://mail.example")
    wrong = {"email": "binh", "phone": "12", "channels": ["email"], "quiet_from": "9 giờ tối"}
    answer = post(console.client("approver"), PAGE, wrong)
    assert answer.status_code == 422
    assert 'value="9 giờ tối"' in answer.text
    answer = post(console.client("approver"), PAGE, {**wrong, "quiet_from": ""})
    for said in ('value="binh"', "không phải địa chỉ thư", "không phải số di động", 'value="email" checked'):
        assert said in answer.text
    assert chosen(console).email == ""


def test_a_server_without_channels_says_so(console: Console) -> None:
    assert "chưa được cài trên máy chủ này" in console.client("approver").get(PAGE).text


def test_a_browser_is_subscribed_once_and_removed_by_its_owner_alone(console: Console) -> None:
    client = console.client("approver")
    assert subscribe(console, client) == 204
    assert subscribe(console, client) == 204
    assert browsers(console) == ["https://push.example/1"]
    assert "Chưa có trình duyệt nào" not in client.get(PAGE).text
    with console.context.uow() as unit:
        (mine,) = unit[PushSubscriptions].of(console.actor("approver").user_id)
    post(console.client("editor"), f"{PAGE}/browsers/{mine.id}/remove")
    assert len(browsers(console)) == 1
    post(client, f"{PAGE}/browsers/{mine.id}/remove")
    assert browsers(console) == []


def test_a_browser_that_two_people_use_shows_those_of_the_last(console: Console) -> None:
    subscribe(console, console.client("approver"))
    subscribe(console, console.client("editor"))
    assert (browsers(console), browsers(console, "editor")) == ([], ["https://push.example/1"])


def test_so_many_browsers_and_the_oldest_goes(console: Console) -> None:
    client = console.client("approver")
    for number in range(BROWSERS_MOST + 2):
        console.clock.pass_by(seconds=1)
        subscribe(console, client, number)
    assert browsers(console) == [f"https://push.example/{number}" for number in range(2, BROWSERS_MOST + 2)]


def test_what_no_browser_makes_is_refused(console: Console) -> None:
    client = console.client("approver")
    assert subscribe(console, client, endpoint="http://127.0.0.1/") == 422
    assert subscribe(console, client, p256dh="x") == 422
    assert browsers(console) == []


def test_a_test_goes_out_by_every_channel(console: Console) -> None:
    console.set(smtp_url="smtp://mail.example")
    client, mail, pushed = console.client("approver"), KeptMessages(), KeptMessages()
    post(client, PAGE, {"email": "binh@x.vn", "channels": ["email"]})
    subscribe(console, client)
    assert "đang được gửi" in post(client, f"{PAGE}/test", follow_redirects=True).text
    job(console, email=mail, push=pushed).step()
    assert [each.title for each in (*mail.messages, *pushed.messages)] == ["Thông báo thử"] * 2


def test_the_account_page_leads_to_it(console: Console) -> None:
    assert f'href="{PAGE}"' in console.client("approver").get("/account").text
