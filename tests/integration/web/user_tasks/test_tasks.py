"""“Waiting for you” on Today, its number in the menu, and what a sender reads about the approval."""

from __future__ import annotations

import re

import pytest

from broadcast.bulletins.model import Bulletin
from cms.accounts.repository import People
from cms.areas.repository import Places
from province.contacts import Contact
from tests.builders import alerts, bulletins, commands, inbox, people, relays
from tests.console import COMMUNE, FAR_COMMUNE, Console, post
from tests.integration.notifications.world import choose, job


def submitted(console: Console, title: str = "Tiêm phòng dại", **more: object) -> Bulletin:
    ready = bulletins.make_sound(console, bulletins.write(console, title, **more))  # type: ignore[arg-type]
    return bulletins.submit(console, ready)


def card(console: Console, login: str) -> str:
    """Return the words of the card, and its links."""
    html = console.client(login).get("/").text
    found = re.search(r'<section class="card" aria-labelledby="your-tasks".*?</section>', html, re.DOTALL)
    assert found is not None
    return re.sub(r"\s+", " ", found.group())


def menu(console: Console, login: str) -> str:
    """Return the entry of Today, with its number in brackets."""
    page = console.client(login).get("/account").text
    found = re.search(r'<a href="/"[^>]*>(?:<svg.*?</svg>)?(Hôm nay)\s*(?:<b class="count">(\d+)</b>)?</a>', page)
    assert found is not None
    return found[1] + (f" ({found[2]})" if found[2] else "")


def test_a_bulletin_waits_for_its_approver_with_the_time_left(console: Console) -> None:
    made = submitted(console)
    console.clock.pass_by(hours=7, minutes=20)
    words = card(console, "approver")
    for said in ("Việc của bạn (1)", "Tiêm phòng dại", f'href="/bulletins/{made.id}/approval"', "còn 40 phút", "17:00"):
        assert said in words
    assert menu(console, "approver") == "Hôm nay (1)"
    assert menu(console, "editor") == "Hôm nay"
    assert "Không có việc nào chờ bạn" in card(console, "editor")


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        (0, "còn 8 giờ<"),
        (1.5, "còn 6 giờ 30 phút<"),
        (-24, "17:00 24/11/2026"),
        (7.75, "chip bad"),
        (6.5, "còn 1 giờ 30 phút"),
        (6.5, "chip wait"),
    ],
)
def test_the_deadline_is_said_as_people_say_it(console: Console, hours: float, said: str) -> None:
    console.clock.pass_by(hours=min(hours, 0))
    submitted(console)
    console.clock.pass_by(hours=max(hours, 0))
    assert said in card(console, "approver")


def test_a_returned_bulletin_waits_for_its_author(console: Console) -> None:
    back = bulletins.send_back(console, submitted(console))
    assert f'href="/bulletins/{back.id}"' in card(console, "editor")
    assert "Bị trả lại, cần sửa" in card(console, "editor")


def test_a_commune_sees_what_it_has_to_answer(console: Console) -> None:
    item = inbox.hand_down(console)
    words = card(console, "operator")
    assert f'href="/inbox/{item.id}"' in words
    assert "trước" in words
    assert menu(console, "far-operator") == "Hôm nay"


def test_a_change_of_times_waits_for_who_decides(console: Console) -> None:
    made = bulletins.approve(console, submitted(console))
    bulletins.plan(console, COMMUNE)
    bulletins.reschedule(console, bulletins.stored(console, made.id))
    assert f'href="/bulletins/{made.id}/change"' in card(console, "approver")


def test_second_persons_are_asked_for_alerts_sources_and_commands(console: Console) -> None:
    alerts.staff(console)
    made = alerts.submitted(console, console.client("officer"))
    relays.written(console)
    batch = commands.waiting(console)
    assert 'href="/relay-sources"' in card(console, "approver")
    assert f'href="/commands/{batch.id}"' in card(console, "admin")
    assert menu(console, "technician") == "Hôm nay"
    assert f'href="/alerts/{made.id}"' in card(console, alerts.SECOND)
    assert menu(console, "officer") == "Hôm nay"


def test_news_stays_until_it_is_seen(console: Console) -> None:
    bulletins.reject(console, submitted(console), "Trùng tin")
    job(console).step()
    words = card(console, "editor")
    assert "Không được duyệt: Tiêm phòng dại" in words
    key = re.search(r'name="event" value="([^"]+)"', words)
    assert key is not None
    client = console.client("editor")
    assert post(client, "/news/seen", {"event": key.group(1)}).headers["Location"] == "/"
    assert "Không có việc nào chờ bạn" in card(console, "editor")


def test_who_submits_reads_who_may_approve_until_when_and_what_happens_otherwise(console: Console) -> None:
    name = console.actor("far-approver").name
    with console.context.uow() as unit:
        unit[Places].set_contacts(FAR_COMMUNE, (Contact(name, "Trưởng đài", "0912 345 678"),))
        unit.commit()
    made = submitted(console, areas=(FAR_COMMUNE,))
    page = re.sub(r"\s+", " ", console.client("editor").get(f"/bulletins/{made.id}").text)
    first, second = page.index(name), page.index(console.actor("approver").name, page.index("Ai duyệt được"))
    assert first < second
    choose(console, "approver")
    assert 'href="tel:0912345678"' in console.client("editor").get(f"/bulletins/{made.id}").text
    for said in ("0912 345 678", "còn 8 giờ", "không phát vào giờ đó"):
        assert said in page


def test_who_submits_where_nobody_may_approve_is_told_so(console: Console) -> None:
    made = submitted(console)
    with console.context.uow() as unit:
        approver = unit[People].get(console.actor("approver").user_id)
        unit[People].ungrant(approver.id, approver.grants)
        unit.commit()
    assert "Không còn ai khác được duyệt" in console.client("editor").get(f"/bulletins/{made.id}").text


def test_a_locked_account_is_the_task_of_its_administrators_until_it_is_unlocked(console: Console) -> None:
    people.second_admin(console, FAR_COMMUNE, "far-admin")
    people.lock(console, "operator")
    words = card(console, "admin")
    person = console.actor("operator").user_id
    for said in ("Tài khoản bị khóa vì nhập sai mật khẩu", "Operator", f'href="/people/{person}"', "còn 2 phút"):
        assert said in words
    assert "Không có việc nào chờ bạn" in card(console, "far-admin")
    assert post(console.client("admin"), f"/people/{person}/unblock").status_code == 302
    assert "Không có việc nào chờ bạn" in card(console, "admin")
    people.lock(console, "operator")
    assert "Tài khoản bị khóa" in card(console, "admin")
    console.clock.pass_by(minutes=3)
    assert "Không có việc nào chờ bạn" in card(console, "admin")


def test_an_invitation_that_nobody_uses_is_the_task_of_who_sent_it_until_another_is_sent(console: Console) -> None:
    user = people.invite(console).user
    people.joined(console)
    assert "Không có việc nào chờ bạn" in card(console, "admin")
    console.clock.pass_by(days=6, hours=2)
    people.second_admin(console)
    assert "Lời mời của bạn sắp hết hạn mà chưa dùng" in card(console, "admin")
    assert "Không có việc nào chờ bạn" in card(console, people.SECOND_ADMIN)
    console.clock.pass_by(days=1)
    words = card(console, "admin")
    assert "Lời mời của bạn đã hết hạn mà chưa dùng" in words
    assert "Việc của bạn (1)" in words
    assert f'href="/people/{user.id}"' in words
    assert post(console.client("admin"), f"/people/{user.id}/invitation").status_code == 200
    assert "Không có việc nào chờ bạn" in card(console, "admin")
