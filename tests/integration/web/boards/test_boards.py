"""Board texts of bulletins, on the pages of the console."""

from __future__ import annotations

import hashlib
import html
import io
import re
from dataclasses import replace

import pytest
from PIL import Image

from broadcast.bulletins.board_appearance import AppearancePicture, BoardAppearance
from broadcast.bulletins.deliveries import Delivery, DeliveryState
from broadcast.bulletins.model import BoardText, BulletinId
from broadcast.bulletins.transmissions import OccurrenceId
from cms.boards.repository import BoardPlans, StoredBoardPlan
from cms.bulletins.repository.bulletins import Bulletins, Transmissions
from cms.fleet.repository.devices import Devices
from cms.schedule.repository.deliveries import Deliveries
from devices.boards.drawing import drawn, png
from devices.model import DeviceKind
from devices.protocol.boards import USUAL, Colour, Motion, Screen, Template
from tests.builders import bulletins
from tests.console import COMMUNE, Console, device, post

TEXT = "Mất điện từ 8 giờ. " * 30


def test_the_preview_follows_what_is_typed(console: Console) -> None:
    client = console.client("editor")
    form: dict[str, object] = {"title": "Lịch cắt điện", "text": TEXT, "on_boards": "1"}
    made = post(client, "/bulletins/board", form).text
    assert made.count("<img") == 2
    assert "Lịch cắt điện\nMất điện từ 8 giờ." in made
    own = post(client, "/bulletins/board", {**form, "board_text": "Ế ẩm"}).text
    assert 'alt="Lịch cắt điện\nẾ ẩm"' in own
    assert "4 chữ, 2 dòng, 1 trang" in own
    off = post(client, "/bulletins/board", {"title": "x", "text": TEXT}).text
    assert "không hiện bản tin này" in off
    assert "<img" not in off


def test_what_was_typed_for_boards_is_saved_and_shown_again(console: Console) -> None:
    client = console.client("editor")
    form = {"title": "Tin", "text": "Xin chào", "areas": [COMMUNE], "language": "vi", "on_boards": "1"}
    answer = post(client, "/bulletins/new", {**form, "board_text": "Chào bà con", "board_minutes": "30"})
    bulletin_id = answer.headers["Location"].rsplit("/", 1)[1]
    with console.context.uow() as uow:
        assert uow[Bulletins].get(BulletinId(bulletin_id)).board == BoardText("Chào bà con", is_own=True, minutes=30)
    assert ">Chào bà con</textarea>" in client.get(f"/bulletins/{bulletin_id}/edit").text
    page = client.get(f"/bulletins/{bulletin_id}").text
    assert 'alt="Tin\nChào bà con"' in page
    assert "Hiện 30 phút" in page


def test_a_number_that_is_none_and_a_text_that_is_too_long_come_back_beside_their_fields(console: Console) -> None:
    client = console.client("editor")
    form = {"title": "Tin", "text": "Xin chào", "areas": [COMMUNE], "on_boards": "1", "board_text": "a" * 501}
    answer = post(client, "/bulletins/new", {**form, "board_minutes": "nhiều"})
    assert answer.status_code == 422
    assert "Hãy ghi số phút từ 0 đến 1440." in answer.text
    assert "Dài 501 ký tự, tối đa 500." in answer.text


def test_the_approver_sees_what_boards_will_show(console: Console) -> None:
    sent = bulletins.submit(console, bulletins.make_sound(console, bulletins.write(console)))
    page = console.client("approver").get(f"/bulletins/{sent.id}/approval").text
    assert "Chữ trên bảng tin điện tử" in page
    assert "Chữ lấy từ lời đọc." in page


def test_delivery_tells_what_was_shown_apart_from_what_was_heard(console: Console) -> None:
    board = replace(device(9), kind=DeviceKind.BOARD, name="Bảng chợ")
    with console.context.uow() as uow:
        uow[Devices].add(board)
        uow[BoardPlans].put(StoredBoardPlan(COMMUNE, "1" * 64, 9, is_empty=False, built_at=console.clock.at))
        uow.commit()
    once = bulletins.on_the_way(console)
    client = console.client("editor")
    before = client.get(f"/bulletins/{once.id}/delivery").text
    assert "0 trên 1 bảng đang hiện hoặc đã hiện" in before
    assert "3 loa trong kế hoạch" in before
    with console.context.uow() as uow:
        (transmission,) = uow[Transmissions].of_bulletin(once.id)
        occurrence = OccurrenceId(f"{transmission.id}-board-1")
        now = console.clock.at
        word = Delivery(board.id, board.name, occurrence, transmission.id, DeliveryState.STARTED, now)
        uow[Deliveries].advance([word])
        uow.commit()
    after = client.get(f"/bulletins/{once.id}/delivery").text
    assert "1 trên 1 bảng đang hiện hoặc đã hiện" in after
    assert "Đang hiện" in after
    found = console.client("editor").get(f"/bulletins/{once.id}/delivery?occurrence=x")
    assert found.status_code == 200


LED = Screen(w=96, h=32, colours="three")
FORM: dict[str, object] = {"title": "Tin", "text": "Xin chào", "areas": [COMMUNE], "language": "vi", "on_boards": "1"}
LOOK = {"board_template": "centred", "board_colour": "red", "board_motion": "scroll", "board_page_s": "12"}
RED = png(Image.new("RGB", (64, 64), (255, 0, 0)))


def stand(console: Console, *screens: Screen | None) -> None:
    """Add boards at the commune's market."""
    with console.context.uow() as uow:
        for number, screen in enumerate(screens, 20):
            uow[Devices].add(replace(device(number), kind=DeviceKind.BOARD, screen=screen))
        uow.commit()


def pictures(page: str) -> list[str]:
    return [html.unescape(src) for src in re.findall(r'<img class="board-page"[^>]* src="([^"]+)"', page)]


def test_the_preview_shows_the_pages_of_every_sort_of_board_that_stands_there(console: Console) -> None:
    stand(console, LED, LED, Screen(w=192, h=64))
    client = console.client("editor")
    made = post(client, "/bulletins/board", {**FORM, "board_text": "Mất điện từ 8 giờ"}).text
    assert "2 bảng" in made
    assert re.search(r">96 × 32</span> điểm, ba màu, <span[^>]*>12 × 2</span> chữ; 2 trang", made)
    assert re.search(r">192 × 64</span> điểm, nhiều màu, <span[^>]*>24 × 4</span> chữ; 1 trang", made)
    first, second, wide = pictures(made)
    sizes = []
    for src in (first, second, wide):
        answer = client.get(src)
        assert answer.mimetype == "image/png"
        assert "immutable" in answer.headers["Cache-Control"]
        with Image.open(io.BytesIO(answer.data)) as opened:
            sizes.append(opened.size)
    assert sizes == [(96, 32), (96, 32), (192, 64)]
    assert client.get(first).data != client.get(second).data
    elsewhere = post(client, "/bulletins/board", {**FORM, "areas": []}).text
    assert "chưa có bảng nào" in elsewhere


def test_a_look_is_chosen_saved_shown_again_and_seen_by_the_approver(console: Console) -> None:
    stand(console, LED)
    client = console.client("editor")
    answer = post(client, "/bulletins/new", {**FORM, **LOOK, "board_picture_file": (io.BytesIO(RED), "r.png")})
    bulletin_id = answer.headers["Location"].rsplit("/", 1)[1]
    with console.context.uow() as uow:
        saved = uow[Bulletins].get(BulletinId(bulletin_id)).board
    assert saved is not None
    picture = saved.look.picture
    assert saved.look == BoardAppearance(Template.CENTRED, Colour.RED, Motion.SCROLL, 12, picture)
    assert picture is not None
    assert console.context.has_picture(picture)
    again = client.get(f"/bulletins/{bulletin_id}/edit").text
    assert '<option value="red" selected>' in again
    assert f'name="board_picture" value="{picture.sha256}"' in again
    (red, moving) = pictures(console.client("approver").get(f"/bulletins/{bulletin_id}").text)
    with Image.open(io.BytesIO(client.get(red).data)) as opened:
        assert opened.convert("RGB").getpixel((48, 16)) == (255, 0, 0)
    assert client.get(moving).status_code == 200
    kept = {**FORM, **LOOK, "version": "1", "board_picture": picture.sha256, "board_picture_bytes": str(picture.bytes)}
    post(client, f"/bulletins/{bulletin_id}/edit", {**kept, "drop_board_picture": "1"})
    with console.context.uow() as uow:
        dropped = uow[Bulletins].get(BulletinId(bulletin_id)).board
    assert dropped is not None
    assert dropped.look.picture is None


def test_a_picture_is_taken_while_somebody_writes_or_refused_with_what_to_do(console: Console) -> None:
    client = console.client("editor")
    taken = post(client, "/bulletins/board-picture", {"board_picture_file": (io.BytesIO(RED), "r.png")})
    sha256 = hashlib.sha256(RED).hexdigest()
    assert (taken.status_code, taken.headers["HX-Trigger-After-Settle"]) == (200, "board-picture")
    assert f'value="{sha256}"' in taken.text
    bad = post(client, "/bulletins/board-picture", {"board_picture_file": (io.BytesIO(b"GIF89a"), "r.gif")})
    assert bad.status_code == 422
    assert "PNG hoặc JPEG" in bad.text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"board_page_s": "0"}, "Hãy ghi số giây từ 1 đến 60."),
        ({"board_page_s": "lâu"}, "Hãy ghi số giây từ 1 đến 60."),
        ({"board_picture": "1" * 64, "board_picture_bytes": "9"}, "không phải hình PNG"),
        ({"board_picture": "../../etc/passwd"}, "không phải hình PNG"),
        ({"board_picture_file": (b"none", "r.png")}, "không phải hình PNG"),
    ],
)
def test_what_boards_do_not_take_comes_back_beside_its_field(
    console: Console, fields: dict[str, object], said: str
) -> None:
    sent = {k: (io.BytesIO(v[0]), v[1]) if isinstance(v, tuple) else v for k, v in fields.items()}
    answer = post(console.client("editor"), "/bulletins/new", {**FORM, **sent, "board_text": "Chữ đã gõ"})
    assert answer.status_code == 422
    assert said in answer.text
    assert "Chữ đã gõ" in answer.text


def test_content_that_is_no_fitted_picture_is_not_taken_for_one(console: Console) -> None:
    words = console.context.content.put_bytes(b"a sound")
    whole = console.context.content.put_bytes(RED)
    assert not console.context.has_picture(AppearancePicture(words, 7))
    assert not console.context.has_picture(AppearancePicture(whole, 7))
    assert console.context.has_picture(AppearancePicture(whole, len(RED)))


@pytest.mark.parametrize(
    "query", ["", "w=96", "w=9999&h=32&top=0", "w=16&h=32&top=0", "w=96&h=-1&top=0", "w=٩٦&h=32&top=0"]
)
def test_an_address_that_is_no_page_is_refused(console: Console, query: str) -> None:
    client = console.client("editor")
    assert client.get(f"/boards/page.png?{query}").status_code == 400
    assert client.get("/boards/page.png?w=96&h=32&top=0&picture=1").status_code == 400
    assert client.get(f"/boards/page.png?w=96&h=32&top=0&picture={'1' * 64}").status_code == 400
    assert client.get("/boards/page.png?w=96&h=32&top=0").data == png(drawn(LED, None))


def test_a_screen_nobody_told_of_is_drawn_at_the_usual_size(console: Console) -> None:
    stand(console, None)
    made = post(console.client("editor"), "/bulletins/board", FORM).text
    assert f">{USUAL.w} × {USUAL.h}</span>" in made
