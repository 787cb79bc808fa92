"""The decision page of a telephone: hear, read, one line of look ahead, one press."""

from __future__ import annotations

import pytest

from broadcast.bulletins.model import Bulletin, BulletinStatus
from cms.accounts.repository import People
from cms.bulletins.views import preflight
from province.people import Grant, Role
from tests.builders import bulletins
from tests.console import PROVINCE, Console, post


def waiting(console: Console, **more: object) -> Bulletin:
    ready = bulletins.make_sound(console, bulletins.write(console, **more))  # type: ignore[arg-type]
    return bulletins.submit(console, ready)


def page_of(bulletin: Bulletin) -> str:
    return f"/bulletins/{bulletin.id}/decision"


def shown(console: Console, bulletin: Bulletin) -> dict[str, str]:
    """Return the hidden fields of the form."""
    html = console.client("approver").get(page_of(bulletin)).text
    content = html.split('name="content" value="')[1].split('"')[0]
    return {"version": str(bulletin.version), "content": content}


def test_the_page_has_sound_text_time_left_and_one_line(console: Console) -> None:
    html = console.client("approver").get(page_of(waiting(console))).text
    for said in ("<audio", bulletins.TEXT, "còn 8 giờ", "1 nơi, 3 loa.", "3 mất kết nối", "Duyệt cho phát"):
        assert said in html


def test_one_press_approves(console: Console) -> None:
    made = waiting(console)
    answer = post(console.client("approver"), page_of(made), {**shown(console, made), "act": "approve"})
    assert answer.headers["Location"] == "/"
    assert bulletins.stored(console, made.id).status is BulletinStatus.APPROVED


@pytest.mark.parametrize(
    ("form", "remark"),
    [
        ({"quick": "sound"}, "Nghe không rõ."),
        ({"act": "return", "reason": "Sai tên khu phố"}, "Sai tên khu phố"),
    ],
)
def test_one_press_returns_with_a_reason(console: Console, form: dict[str, str], remark: str) -> None:
    made = waiting(console)
    post(console.client("approver"), page_of(made), {**shown(console, made), **form})
    back = bulletins.stored(console, made.id)
    assert (back.status, back.remarks[-1].text) == (BulletinStatus.RETURNED, remark)


def test_what_stands_in_the_way_is_said_and_nothing_is_decided(console: Console) -> None:
    made = waiting(console)
    client, fields = console.client("approver"), shown(console, made)
    assert post(client, page_of(made), {**fields, "act": "return"}).status_code == 422
    assert post(client, page_of(made), {**fields, "act": "approve", "version": "1"}).status_code == 409
    assert post(client, page_of(made), {**fields, "act": "approve", "content": "0" * 64}).status_code == 409
    # The reason is still in its field.
    late = post(client, page_of(made), {**fields, "act": "return", "reason": "Sai tên phố", "version": "1"})
    assert ">Sai tên phố</textarea>" in late.text
    bulletins.approve(console, waiting(console, title="Cùng giờ"))
    clash = post(client, page_of(made), {**shown(console, made), "act": "approve"})
    assert clash.status_code == 409
    assert "Cùng giờ" in clash.text
    assert bulletins.stored(console, made.id).status is BulletinStatus.SUBMITTED


def test_one_that_is_decided_leads_to_its_page(console: Console) -> None:
    made = bulletins.approve(console, waiting(console))
    client = console.client("approver")
    assert client.get(page_of(made)).headers["Location"] == f"/bulletins/{made.id}"
    answer = post(client, page_of(made), {"act": "approve", "version": made.version})
    assert answer.headers["Location"] == f"/bulletins/{made.id}"


def test_an_own_one_cannot_be_decided(console: Console) -> None:
    made = waiting(console)
    with console.context.uow() as unit:
        unit[People].grant(console.actor("editor").user_id, [Grant(Role.APPROVER, PROVINCE)])
        unit.commit()
    assert "không tự duyệt được" in console.client("editor").get(page_of(made)).text


def test_a_provinces_look_ahead_comes_afterwards(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "AREAS_AT_ONCE", 0)
    made = waiting(console)
    client = console.client("approver")
    html = client.get(page_of(made)).text
    assert 'value="approve" disabled' in html
    assert "1 nơi, 3 loa." in client.get(f"{page_of(made)}/ahead").text
    assert "1 nơi, 3 loa." in client.get(f"{page_of(made)}?ahead=now").text
    bulletins.approve(console, made)
    assert "đã có quyết định" in client.get(f"{page_of(made)}/ahead").text


def test_without_a_session_the_link_leads_through_the_sign_in(console: Console) -> None:
    made = waiting(console)
    answer = console.client().get(page_of(made))
    assert answer.headers["Location"].startswith("/sign-in?next=")
