from __future__ import annotations

import pytest

from broadcast.bulletins.model import Bulletin, BulletinStatus
from cms.schedule.repository.calendar import Slots
from tests.builders import bulletins
from tests.console import COMMUNE, Console, post

SLOT: dict[str, object] = {
    "login": "operator",
    "area": COMMUNE,
    "weekdays": ["MO", "WE"],
    "starts": "17:00",
    "ends": "18:00",
    "classes": ["normal"],
    "last_on": "2026-12-31",
}


def at(clock: str, on: str = "2026-11-25") -> dict[str, object]:
    return {"s": "1", "s-1-kind": "once", "s-1-on": on, "s-1-at": clock}


def fill(console: Console, bulletin: Bulletin, form: dict[str, object], by: str = "operator") -> tuple[int, str]:
    answer = post(console.client(by), f"/bulletins/{bulletin.id}/fill", form)
    return answer.status_code, answer.text


def test_a_slot_is_granted_shown_and_revoked(console: Console) -> None:
    approver = console.client("approver")
    html = post(approver, "/slots", SLOT, follow_redirects=True).text
    assert "Operator được tự xếp lịch trong khung này." in html
    assert "Thứ Hai, Thứ Tư, 17:00–18:00" in html
    with console.context.uow() as uow:
        (slot,) = uow[Slots].in_areas([COMMUNE])
    mine = console.client("operator").get("/slots").text
    assert "Thứ Hai, Thứ Tư" in mine
    assert "Giao một khung giờ" not in mine
    assert "Chưa giao khung giờ nào" in console.client("far-approver").get("/slots").text
    assert "Đã thu lại" in post(approver, f"/slots/{slot.id}/revoke", follow_redirects=True).text
    assert "Chưa giao khung giờ nào" in approver.get("/slots").text


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"login": "nobody"}, "Không có ai đăng nhập bằng tên này."),
        ({"starts": "sớm"}, "Giờ không đúng."),
        ({"last_on": ""}, "Ngày không đúng."),
        ({"ends": "16:00"}, "Phải sau giờ bắt đầu."),
        ({"last_on": "2030-01-01"}, "nhiều nhất 366 ngày nữa"),
        ({"weekdays": []}, "Cần điền mục này."),
    ],
)
def test_a_slot_that_cannot_be_is_told_beside_what_was_typed(
    console: Console, wrong: dict[str, object], told: str
) -> None:
    answer = post(console.client("approver"), "/slots", {**SLOT, **wrong})
    assert answer.status_code == 422
    assert told in answer.text
    assert 'value="18:00"' in answer.text or "ends" in wrong


def test_nobody_gives_a_slot_to_themselves(console: Console) -> None:
    answer = post(console.client("approver"), "/slots", {**SLOT, "login": "approver"})
    assert answer.status_code == 403
    assert "Không tự giao khung giờ cho mình được" in answer.text


def test_whoever_holds_no_slot_is_not_led_to_one(console: Console) -> None:
    """Before, everybody who may write was shown a button that led to "no slot was delegated to you"."""
    bulletin = bulletins.on_the_way(console)
    assert "/fill" not in console.client("operator").get(f"/bulletins/{bulletin.id}").text


def test_whoever_holds_a_slot_places_what_is_approved_within_it(console: Console) -> None:
    bulletins.delegate(console)
    bulletin = bulletins.on_the_way(console)
    operator = console.client("operator")
    assert f"/bulletins/{bulletin.id}/fill" in operator.get(f"/bulletins/{bulletin.id}").text
    assert "17:00–18:00" in operator.get(f"/bulletins/{bulletin.id}/fill").text
    assert fill(console, bulletin, at("17:30"))[0] == 302
    assert bulletins.again(console, bulletin).status is BulletinStatus.APPROVED
    bulletins.plan(console)
    assert [airing.start_at.hour for airing in bulletins.airings(console, bulletin)] == [10]
    assert "Xếp lại lịch trong khung được giao · Operator" in operator.get(f"/bulletins/{bulletin.id}").text


def test_outside_the_slot_in_anothers_way_or_unreadable_it_stays_with_the_reason_told(console: Console) -> None:
    bulletins.delegate(console)
    bulletin = bulletins.on_the_way(console)
    bulletins.on_the_way(console, "Tin hai", starts="2026-11-25T17:30")
    for form, status, found in (
        (at("16:30"), 422, "nằm ngoài khung được giao"),
        (at("17:30"), 409, "trùng với “Tin hai”"),
        (at("xx"), 422, "Giờ không đúng."),
        ({}, 422, "Cần điền mục này."),
        ({**at("17:30"), "act": "add"}, 200, 'name="s" value="2"'),
    ):
        answered, html = fill(console, bulletin, form)
        assert (answered, found in html) == (status, True)
    assert bulletins.again(console, bulletin) == bulletin
    assert fill(console, bulletin, at("17:10"), by="editor")[0] == 422


def test_only_what_is_approved_can_be_placed(console: Console) -> None:
    draft = bulletins.write(console)
    answer = console.client("operator").get(f"/bulletins/{draft.id}/fill")
    assert answer.headers["Location"] == f"/bulletins/{draft.id}"
    assert fill(console, draft, at("17:30"))[0] == 409
    other = bulletins.on_the_way(console, areas=(COMMUNE,))
    assert fill(console, other, at("17:30"), by="approver")[0] == 403
