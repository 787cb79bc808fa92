"""Screen of a board: sizes, colours that a board does not have, marks, alerts, drills and pictures."""

from __future__ import annotations

import unicodedata

import pytest
from PIL import Image

from devices.boards.drawing import DRILL, LEVELS, Frame, drawn, png, run_px
from devices.boards.errors import NoPictureError
from devices.protocol.boards import USUAL, BoardLook, Page, Screen, alert_pages, cells_of, pages_shown

LED = Screen(w=96, h=32, colours="three")
MONO = Screen(w=96, h=32, colours="mono")
VIETNAMESE = "ẮẰẲẴẶẤẦẨẪẬẾỀỂỄỆỐỒỔỖỘỚỜỞỠỢỨỪỬỮỰỲỶỸỴĐ"


def page(screen: Screen, head: str = "Tin", text: str = "Chào bà con") -> Page:
    return pages_shown(head, text, None, cells_of(screen))[0]


def colours(image: Image.Image) -> set[object]:
    return {colour for _, colour in image.getcolors(1 << 16) or []}


@pytest.mark.parametrize("screen", [LED, Screen(w=192, h=64), USUAL, Screen(w=64, h=256)])
def test_a_screen_has_the_boards_size_and_is_dark_where_nothing_is_shown(screen: Screen) -> None:
    dark = drawn(screen, None)
    assert (dark.size, colours(dark)) == ((screen.w, screen.h), {(0, 0, 0)})
    assert drawn(screen, Frame(page(screen))).size == (screen.w, screen.h)


@pytest.mark.parametrize(
    ("screen", "colour", "expected"),
    [
        (MONO, "red", {(0, 0, 0), (255, 176, 0)}),
        (LED, "red", {(0, 0, 0), (255, 0, 0)}),
        (LED, "blue", {(0, 0, 0), (0, 255, 0)}),
        (LED, "white", {(0, 0, 0), (255, 255, 0)}),
        (LED, "of a later version", {(0, 0, 0), (255, 255, 0)}),
    ],
)
def test_a_board_shines_in_the_nearest_colour_it_has_and_its_lamps_are_on_or_off(
    screen: Screen, colour: str, expected: set[object]
) -> None:
    assert colours(drawn(screen, Frame(page(screen), "plain", colour))) == expected


@pytest.mark.parametrize("screen", [LED, USUAL])
def test_every_capital_with_its_marks_is_drawn_whole_and_unlike_any_other(screen: Screen) -> None:
    cells = cells_of(screen)
    seen = {}
    for letter in VIETNAMESE:
        # On the second line: what rises above its cell would be seen in the first.
        image = drawn(screen, Frame(Page((" ", letter), 0, 1), "plain", "white"))
        box = image.getbbox()
        assert box is not None
        assert cells.h <= box[1] < box[3] <= 2 * cells.h, letter
        seen[image.tobytes()] = letter
    assert len(seen) == len(VIETNAMESE)


def test_a_letter_written_with_loose_marks_takes_one_cell() -> None:
    loose = drawn(LED, Frame(Page((unicodedata.normalize("NFD", "Ạa"),), 0, 1), "plain"))
    box = loose.getbbox()
    assert box is not None
    assert box[2] <= 2 * cells_of(LED).w


def test_what_moves_comes_in_from_the_right_and_leaves_at_the_left() -> None:
    look = BoardLook(motion="scroll")
    moving = pages_shown("", "Xin chào", look, cells_of(LED))[0]
    at = {part: drawn(LED, Frame(moving, run_px=run_px(LED, moving.ms * part // 4))) for part in range(5)}
    assert at[0].getbbox() is None
    assert at[4].getbbox() is None
    middle, later = at[1].getbbox(), at[2].getbbox()
    assert middle is not None
    assert later is not None
    assert middle[0] > later[0]


@pytest.mark.parametrize("level", [1, 2, 3])
def test_an_alert_fills_the_screen_in_its_levels_colour(level: int) -> None:
    found = alert_pages("LŨ QUÉT", "Sơ tán ngay.", cells_of(USUAL), is_drill=False)[0]
    image = drawn(USUAL, Frame(found, level=level))
    assert image.getpixel((0, 0)) == image.getpixel((USUAL.w - 1, USUAL.h - 1)) == LEVELS[level]


def test_a_drill_says_so_and_is_striped_on_every_sort_of_board() -> None:
    for screen in (USUAL, LED, MONO):
        found = alert_pages("BÃO", "Vào bờ.", cells_of(screen), is_drill=True)[0]
        drill = drawn(screen, Frame(found, level=3, is_drill=True))
        live = drawn(screen, Frame(found, level=3))
        assert found.lines[0] == "DIỄN TẬP"
        assert len({drill.getpixel((x, 0)) for x in range(screen.w)}) > 1
        assert len({live.getpixel((x, 0)) for x in range(screen.w // 8)}) == 1
    striped = drawn(USUAL, Frame(alert_pages("BÃO", "", cells_of(USUAL), is_drill=True)[0], is_drill=True))
    assert {striped.getpixel((x, 0)) for x in range(USUAL.w)} == {DRILL, (255, 255, 255)}


@pytest.mark.parametrize(("screen", "expected"), [(LED, {(255, 0, 0), (0, 0, 0)}), (MONO, {(0, 0, 0), (255, 176, 0)})])
def test_a_picture_fits_the_screen_in_what_colours_the_board_has(screen: Screen, expected: set[object]) -> None:
    red = Image.new("RGB", (300, 300), (255, 0, 0))
    red.paste((255, 255, 255) if screen is MONO else (255, 0, 0), (0, 0, 150, 300))
    image = drawn(screen, Frame(Page((), 0, 1, picture="0" * 64), picture=png(red)))
    assert colours(image) == expected
    assert image.getbbox() == ((32, 0, 64, 32) if screen is LED else (32, 0, 48, 32))


@pytest.mark.parametrize("data", [b"", b"GIF89a", png(Image.new("RGB", (40, 40)))[:60]])
def test_bytes_that_are_no_picture_are_refused(data: bytes) -> None:
    with pytest.raises(NoPictureError):
        drawn(USUAL, Frame(Page((), 0, 1, picture="0" * 64), picture=data))


def test_a_picture_larger_than_any_board_is_refused() -> None:
    with pytest.raises(NoPictureError):
        drawn(USUAL, Frame(Page((), 0, 1, picture="0" * 64), picture=png(Image.new("1", (5_000, 1)))))
