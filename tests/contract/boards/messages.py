"""Thirteen messages as three boards show them. ``python -m tests.contract.boards.messages`` rewrites the pictures.

Review every rewritten picture: the code is tested against them.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw

from devices.boards.drawing import Frame, drawn, png, run_px
from devices.protocol.boards import BoardLook, Page, Screen, alert_pages, cells_of, pages_shown

FOLDER: Final = Path(__file__).parent / "golden"
SCREENS: Final = (Screen(w=96, h=32, colours="three"), Screen(w=192, h=64), Screen(w=480, h=270))
BLACKOUT: Final = (
    "Điện lực Tuy Phong tạm ngừng cấp điện từ 7 giờ 30 đến 11 giờ ngày 25/11 tại thôn 1, thôn 2 và khu chợ Liên Hương."
)
CLINIC: Final = "Trẻ từ 6 đến 36 tháng\nTrạm y tế xã\n8 giờ thứ Năm"

Make = Callable[[Screen], Frame]


def text(head: str, body: str, *, at: int = 0, **look: object) -> Make:
    """Make the frame of page ``at`` of the message."""
    wanted = BoardLook(**look)  # type: ignore[arg-type] # each message names fields

    def frame(screen: Screen) -> Frame:
        page = pages_shown(head, body, wanted, cells_of(screen))[at]
        come = run_px(screen, page.ms * 2 // 5) if page.run else 0
        return Frame(page, wanted.template, wanted.colour, run_px=come)

    return frame


def alert(head: str, body: str, level: int, *, is_drill: bool = False, is_calm: bool = False) -> Make:
    def frame(screen: Screen) -> Frame:
        page = alert_pages(head, body, cells_of(screen), is_drill=is_drill)[0]
        return Frame(page, level=level, is_drill=is_drill, is_calm=is_calm)

    return frame


def picture(_: Screen) -> Frame:
    """Make a white cross on red and a green ball: edges, colours and a size that fits none of the boards."""
    image = Image.new("RGB", (200, 150), (200, 20, 20))
    draw = ImageDraw.Draw(image)
    draw.rectangle((85, 20, 115, 130), fill=(255, 255, 255))
    draw.rectangle((30, 60, 170, 90), fill=(255, 255, 255))
    draw.ellipse((140, 90, 195, 145), fill=(30, 180, 60))
    return Frame(Page((), 0, 8_000, picture="0" * 64), picture=png(image))


MESSAGES: Final[dict[str, Make]] = {
    "capitals": text("Ế Ộ Ữ Ẵ Ậ Ỹ", "BỘ NỘI VỤ: ẾCH ỐM, THỨ BẢY ĐỂ Ở ĐẦU XÃ, ẴM BÉ NGÃ"),
    "long-words": text("Thôngbáokhôngcóchỗngắt", "Nghiêngnghiêngnghiêngnghiêngnghiêngnghiêng hết.", template="plain"),
    "numbers": text("07:30–11:45", "25/11/2026; 1.250.000 đ; ĐT 0252 3821 113; 38,5 °C; 100 %", colour="green"),
    "plain-red": text("Lịch cắt điện", BLACKOUT, template="plain", colour="red"),
    "centred": text("Tiêm chủng", CLINIC, template="centred", colour="white"),
    "last-page": text("Lịch cắt điện", BLACKOUT, at=-1, colour="yellow"),
    "scroll": text("Lịch cắt điện", BLACKOUT, motion="scroll"),
    "alert-red": alert("BÃO SỐ 12 GIÓ GIẬT CẤP 13", "Không ra khơi. Tàu thuyền vào nơi trú ẩn trước 17 giờ.", 3),
    "alert-orange": alert("LŨ QUÉT", "Sơ tán khỏi ven suối Cát ngay bây giờ.", 2),
    "alert-yellow": alert("NẮNG NÓNG", "Hạn chế ra ngoài từ 11 đến 16 giờ. Uống đủ nước.", 1),
    "drill": alert("BÃO SỐ 12", "Không ra khơi. Tàu thuyền vào nơi trú ẩn.", 3, is_drill=True),
    "all-clear": alert("ĐÃ HẾT CẢNH BÁO", "Lũ quét đã qua. Bà con tiếp tục theo dõi thông báo.", 2, is_calm=True),
    "picture": picture,
}


def golden(name: str, screen: Screen) -> Path:
    return FOLDER / f"{name}-{screen.w}x{screen.h}.png"


def elements(data: bytes) -> tuple[tuple[int, int], bytes]:
    """Return size and pixels of a PNG, however it is compressed."""
    with Image.open(io.BytesIO(data)) as opened:
        return opened.size, opened.convert("RGB").tobytes()


if __name__ == "__main__":
    for wanted, make in MESSAGES.items():
        for board in SCREENS:
            golden(wanted, board).write_bytes(png(drawn(board, make(board))))
