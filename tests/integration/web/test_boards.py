"""What people see of a bulletin's text on electronic boards."""

from __future__ import annotations

from dataclasses import replace

from broadcast.model.bulletins import BoardText, BulletinId
from broadcast.model.deliveries import Delivery, DeliveryState
from broadcast.model.transmissions import OccurrenceId
from broadcast.ports import StoredBoardPlan
from devices.model import DeviceKind
from tests import newsroom
from tests.console import COMMUNE, Console, device, post

TEXT = "Mất điện từ 8 giờ. " * 30


def test_the_preview_follows_what_is_typed(console: Console) -> None:
    client = console.client("editor")
    form: dict[str, object] = {"title": "Lịch cắt điện", "text": TEXT, "on_boards": "1"}
    made = post(client, "/bulletins/board", form).text
    assert made.count("<pre") == 2
    assert "Lịch cắt điện\nMất điện từ 8 giờ." in made
    own = post(client, "/bulletins/board", {**form, "board_text": "Ế ẩm"}).text
    assert "Lịch cắt điện\nẾ ẩm\n" in own
    assert "4 chữ, 2 dòng, 1 trang" in own
    off = post(client, "/bulletins/board", {"title": "x", "text": TEXT}).text
    assert "không hiện bản tin này" in off
    assert "<pre" not in off


def test_what_was_typed_for_boards_is_saved_and_shown_again(console: Console) -> None:
    client = console.client("editor")
    form = {"title": "Tin", "text": "Xin chào", "areas": [COMMUNE], "language": "vi", "on_boards": "1"}
    answer = post(client, "/bulletins/new", {**form, "board_text": "Chào bà con", "board_minutes": "30"})
    bulletin_id = answer.headers["Location"].rsplit("/", 1)[1]
    with console.context.uow() as uow:
        assert uow.bulletins.get(BulletinId(bulletin_id)).board == BoardText("Chào bà con", is_own=True, minutes=30)
    assert ">Chào bà con</textarea>" in client.get(f"/bulletins/{bulletin_id}/edit").text
    page = client.get(f"/bulletins/{bulletin_id}").text
    assert "Tin\nChào bà con\n" in page
    assert "Hiện 30 phút" in page


def test_a_number_that_is_none_and_a_text_that_is_too_long_come_back_beside_their_fields(console: Console) -> None:
    client = console.client("editor")
    form = {"title": "Tin", "text": "Xin chào", "areas": [COMMUNE], "on_boards": "1", "board_text": "a" * 501}
    answer = post(client, "/bulletins/new", {**form, "board_minutes": "nhiều"})
    assert answer.status_code == 422
    assert "Hãy ghi số phút từ 0 đến 1440." in answer.text
    assert "Dài 501 ký tự, tối đa 500." in answer.text


def test_the_approver_sees_what_boards_will_show(console: Console) -> None:
    sent = newsroom.submit(console, newsroom.make_sound(console, newsroom.write(console)))
    page = console.client("approver").get(f"/bulletins/{sent.id}/approval").text
    assert "Chữ trên bảng tin điện tử" in page
    assert "Chữ lấy từ lời đọc." in page


def test_delivery_tells_what_was_shown_apart_from_what_was_heard(console: Console) -> None:
    board = replace(device(9), kind=DeviceKind.BOARD, name="Bảng chợ")
    with console.context.uow() as uow:
        uow.devices.add(board)
        uow.board_plans.put(StoredBoardPlan(COMMUNE, "1" * 64, 9, is_empty=False, built_at=console.clock.at))
        uow.commit()
    once = newsroom.on_the_way(console)
    client = console.client("editor")
    before = client.get(f"/bulletins/{once.id}/delivery").text
    assert "0 trên 1 bảng đang hiện hoặc đã hiện" in before
    assert "3 loa trong kế hoạch" in before
    with console.context.uow() as uow:
        (transmission,) = uow.transmissions.of_bulletin(once.id)
        occurrence = OccurrenceId(f"{transmission.id}-board-1")
        now = console.clock.at
        word = Delivery(board.id, board.name, occurrence, transmission.id, DeliveryState.STARTED, now)
        uow.deliveries.advance([word])
        uow.commit()
    after = client.get(f"/bulletins/{once.id}/delivery").text
    assert "1 trên 1 bảng đang hiện hoặc đã hiện" in after
    assert "Đang hiện" in after
    told = console.client("editor").get(f"/bulletins/{once.id}/delivery?occurrence=x")
    assert told.status_code == 200
