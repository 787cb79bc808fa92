from __future__ import annotations

import pytest

from broadcast.bulletins.deliveries import DeliveryState
from broadcast.bulletins.model import BulletinStatus
from broadcast.inbox.model import First, HandedDown, HandedDownState, InboxRules
from cms.inbox.jobs import InboxJob
from cms.inbox.repository import HandedDowns
from tests.builders import bulletins, inbox
from tests.console import COMMUNE, PROVINCE, Console, post

S = HandedDownState
TIMES = {"s": "1", "s-1-kind": "once", "s-1-on": "2026-11-24", "s-1-at": "17:30"}
RULES = {"area": PROVINCE, "first": "own", "order_minutes": "30", "answer_hours": "12"}


def stored(console: Console, item: HandedDown) -> HandedDown:
    with console.context.uow() as uow:
        return uow[HandedDowns].get(item.id)


def test_a_commune_hears_accepts_and_places_what_was_handed_down_and_the_sender_sees_it(console: Console) -> None:
    item = inbox.hand_down(console)
    operator, editor = console.client("operator"), console.client("editor")
    assert "Tin gửi xuống (1)" in operator.get("/bulletins").text
    assert "Tin của tỉnh" in operator.get("/inbox").text
    page = operator.get(f"/inbox/{item.id}").text
    assert "Nhận và phát theo giờ này" in page
    assert bulletins.TEXT in page
    placed_page = post(operator, f"/inbox/{item.id}/accept", {**TIMES, "act": "save"}, follow_redirects=True).text
    assert "Đã nhận. Bản tin được phát theo giờ bạn chọn." in placed_page
    assert "bản tin gốc" in placed_page
    placed_id = stored(console, item).placed_id
    assert placed_id is not None
    bulletins.plan(console, COMMUNE)
    (airing,) = bulletins.airings(console, bulletins.stored(console, placed_id))
    first, second, _third = bulletins.devices(console)
    bulletins.report(console, airing, first, DeliveryState.DONE)
    bulletins.report(console, airing, second, DeliveryState.MISSED, "POWER_LOST")
    receipts = editor.get(f"/bulletins/{item.bulletin_id}").text
    assert "Các xã đã trả lời" in receipts
    assert "Đã nhận, đã xếp lịch" in receipts
    assert '<td data-label="Lượt loa đã phát" class="number">1</td>' in receipts
    assert '<td data-label="Lượt không trọn" class="number">1</td>' in receipts


def test_the_commune_may_add_a_row_before_it_accepts(console: Console) -> None:
    item = inbox.hand_down(console)
    html = post(console.client("operator"), f"/inbox/{item.id}/accept", {**TIMES, "act": "add"}).text
    assert html.count('name="s"') == 2
    assert stored(console, item).state is S.OFFERED


@pytest.mark.parametrize(
    ("times", "said"),
    [
        ({**TIMES, "s-1-at": "25:00"}, "Giờ không đúng"),
        ({**TIMES, "s-1-on": "2020-01-01"}, "Mọi giờ phát đã qua"),
    ],
)
def test_times_that_cannot_be_are_shown_beside_the_form(console: Console, times: dict[str, object], said: str) -> None:
    item = inbox.hand_down(console)
    answer = post(console.client("operator"), f"/inbox/{item.id}/accept", {**times, "act": "save"})
    assert (answer.status_code, said in answer.text) == (422, True)


def test_a_time_that_is_taken_is_named(console: Console) -> None:
    own = bulletins.write(console, "Tin của xã", starts="2026-11-24T17:30", by="operator")
    bulletins.approve(console, bulletins.submit(console, bulletins.make_sound(console, own)))
    item = inbox.hand_down(console)
    answer = post(console.client("operator"), f"/inbox/{item.id}/accept", {**TIMES, "act": "save"})
    assert (answer.status_code, "Tin của xã" in answer.text) == (409, True)


def test_a_refusal_needs_a_reason_and_brings_it_to_the_sender(console: Console) -> None:
    item, operator = inbox.hand_down(console), console.client("operator")
    assert post(operator, f"/inbox/{item.id}/decline", {"reason": " "}).status_code == 422
    assert (
        "Đã từ chối"
        in post(operator, f"/inbox/{item.id}/decline", {"reason": "Đã phát tuần trước"}, follow_redirects=True).text
    )
    sender = console.client("editor").get(f"/bulletins/{item.bulletin_id}").text
    assert "Đã phát tuần trước" in sender
    assert "lại chờ bạn trả lời" in post(operator, f"/inbox/{item.id}/reopen", follow_redirects=True).text
    assert stored(console, item).state is S.OFFERED


def test_a_commune_says_which_of_two_priority_items_goes_first(console: Console) -> None:
    item, operator = inbox.collide(console, "2026-11-24T17:00"), console.client("operator")
    assert "Tin nào phát trước?" in operator.get(f"/inbox/{item.id}").text
    assert post(operator, f"/inbox/{item.id}/order", {"first": "none"}).status_code == 422
    assert (
        "Đã xếp thứ tự phát" in post(operator, f"/inbox/{item.id}/order", {"first": "own"}, follow_redirects=True).text
    )
    assert stored(console, item).state is S.PLACED


def test_what_nobody_answered_lapses_and_is_told_to_both(console: Console) -> None:
    item = inbox.hand_down(console)
    console.clock.pass_by(hours=48)
    assert InboxJob(console.context).step() == 1
    assert InboxJob(console.context).step() == 0
    for login, path in (("operator", f"/inbox/{item.id}"), ("editor", f"/bulletins/{item.bulletin_id}")):
        assert "Xã không trả lời trong hạn." in console.client(login).get(path).text


def test_what_was_answered_meanwhile_holds_up_no_other(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    item = inbox.hand_down(console)
    console.clock.pass_by(hours=48)
    desk = InboxJob(console.context)
    monkeypatch.setattr("cms.inbox.jobs.placement.settle", _withdrawn_meanwhile)
    assert desk.step() == 1
    assert stored(console, item).state is S.OFFERED


def _withdrawn_meanwhile(*_args: object, **_more: object) -> None:
    from province.errors import ConflictError  # noqa: PLC0415 - only raised here

    raise ConflictError("handed_down", "x", 1, 2)


def test_an_administrator_sets_what_holds_without_an_answer(console: Console) -> None:
    admin = console.client("admin")
    assert "Khi xã không trả lời" in admin.get("/inbox").text
    assert "Đã đặt" in post(admin, "/inbox/rules", dict(RULES), follow_redirects=True).text
    with console.context.uow() as uow:
        assert uow[HandedDowns].rules(COMMUNE) == InboxRules(First.OWN, 30, 12)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"first": ""}, "Cần điền mục này"),
        ({"order_minutes": "x"}, "Cần một số nguyên"),
        ({"answer_hours": "99999"}, "Từ 1 đến 744"),
    ],
)
def test_a_default_that_cannot_hold_is_said_at_its_field(console: Console, wrong: dict[str, object], said: str) -> None:
    answer = post(console.client("admin"), "/inbox/rules", {**RULES, **wrong})
    assert (answer.status_code, said in answer.text) == (422, True)


def test_a_bulletin_is_written_to_be_handed_down_and_approved_so(console: Console) -> None:
    editor = console.client("editor")
    form: dict[str, object] = {
        "title": "Tin của tỉnh",
        "text": "Xin chào",
        "topic": "health",
        "priority": "normal",
        "language": "vi",
        "after": "restart",
        "areas": [PROVINCE],
        "is_handed_down": "yes",
    }
    made = post(editor, "/bulletins/new", form).headers["Location"].rsplit("/", 1)[1]
    assert " checked" in editor.get(f"/bulletins/{made}/edit").text.split('name="is_handed_down"')[1][:40]
    submitted = bulletins.submit(console, bulletins.make_sound(console, bulletins.stored(console, made)))
    approver = console.client("approver")
    assert "Duyệt" in approver.get(f"/bulletins/{made}/approval").text
    post(approver, f"/bulletins/{submitted.id}/approval", {"act": "approve", "version": submitted.version})
    assert bulletins.stored(console, made).status is BulletinStatus.HANDED_DOWN
    assert "Liên Hương" in editor.get(f"/bulletins/{made}").text
    # A commune's people see what came of it in their own place only.
    assert "Liên Hương" not in console.client("operator").get(f"/bulletins/{made}").text.split("Các xã đã trả lời")[1]
