"""Screen of a simulated board: a picture of its pixels and the words beside it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from devices.boards.drawing import LEVELS, png
from devices.protocol.boards import BoardLook, Page, Screen
from firmware_sim.boards.board import REDRAW_MS, Board
from firmware_sim.core.effects import ShowPage, ShowText

LED = Screen(w=96, h=32, colours="three")
FLOOD = ShowText("Lũ quét", "Sơ tán ngay.", 3, is_drill=False, until_ms=0)


def picture(folder: Path) -> Image.Image:
    with Image.open(folder / "screen.png") as opened:
        return opened.convert("RGB")


def words(folder: Path) -> dict[str, Any]:
    body: dict[str, Any] = json.loads((folder / "screen.json").read_text())
    return body


def page(lines: tuple[str, ...], **more: Any) -> ShowPage:
    look = more.pop("look", BoardLook())
    return ShowPage("t-board-1", lines[0] if lines else "", Page(lines, 1, 8_000, **more), 0, 2, 0, 0, look)


@pytest.mark.parametrize("level", [1, 2, 3])
def test_an_alert_fills_the_screen_with_its_words_until_it_is_over(tmp_path: Path, level: int) -> None:
    board = Board(tmp_path)
    board.show(ShowText("Lũ quét", "Sơ tán ngay.", level, is_drill=False, until_ms=0), 1_000, 0)
    assert picture(tmp_path).getpixel((0, 0)) == LEVELS[level]
    found = words(tmp_path)
    assert (found["showing"], found["head"], found["text"], found["until_ms"], found["lines"]) == (
        "alert",
        "Lũ quét",
        "Sơ tán ngay.",
        1_000,
        ["Lũ quét", "Sơ tán ngay."],
    )
    board.clear()
    assert words(tmp_path) == {"showing": "ordinary"}
    assert picture(tmp_path).getbbox() is None


@pytest.mark.parametrize("colours", ["full", "three", "mono"])
def test_what_ends_a_warning_has_no_warnings_colour_and_is_told_by_its_shape(tmp_path: Path, colours: str) -> None:
    board = Board(tmp_path)
    board.use(Screen(w=192, h=64, colours=colours), 0)
    calm = ShowText("Đã hết cảnh báo", "Lũ quét đã qua.", 2, is_drill=False, until_ms=0, is_calm=True)
    board.show(calm, 1_000, 0)
    shown = picture(tmp_path)
    lit = [colour for _, colour in shown.getcolors() or [] if colour != (0, 0, 0)]
    assert words(tmp_path)["showing"] == "calm"
    assert len({shown.getpixel((x, 0)) for x in range(192)}) == 1
    assert shown.getpixel((0, 0)) != (0, 0, 0)
    assert shown.getpixel((4, 4)) == (0, 0, 0), "the ground is dark: a warning's is lit"
    assert not set(lit) & {*LEVELS.values(), (255, 0, 0), (255, 255, 0)}


def test_a_drill_says_so(tmp_path: Path) -> None:
    board = Board(tmp_path)
    board.show(ShowText("Bão", "", 3, is_drill=True, until_ms=0), 1_000, 0)
    found = words(tmp_path)
    assert (found["showing"], found["lines"]) == ("drill", ["DIỄN TẬP", "Bão"])
    assert not {picture(tmp_path).getpixel((x, 0)) for x in range(480)} & set(LEVELS.values())


def test_an_alert_that_is_longer_than_the_board_turns_its_pages(tmp_path: Path) -> None:
    board = Board(tmp_path)
    board.use(LED, 0)
    board.show(FLOOD, 99_000, 0)
    first = words(tmp_path)["lines"]
    again_ms = board.redraw(0)
    board.redraw(again_ms)
    assert first == ["Lũ quét", "Sơ tán ngay."]
    board.show(ShowText("Lũ quét", "Sơ tán ngay khỏi ven suối.", 3, is_drill=False, until_ms=0), 99_000, 0)
    first = words(tmp_path)["lines"]
    board.redraw(again_ms)
    assert words(tmp_path)["lines"] != first


def test_the_words_name_the_hash_of_the_very_elements(tmp_path: Path) -> None:
    board = Board(tmp_path)
    board.use(LED, 0)
    board.show_page(page(("Tin", "Chào")), 0, 9, 0)
    found = words(tmp_path)
    assert found["elements"] == hashlib.sha256(picture(tmp_path).tobytes()).hexdigest()
    assert found["screen"] == "96x32 three"
    assert (found["page"], found["pages"], found["item"]) == (1, 2, "t-board-1")
    assert picture(tmp_path).size == (96, 32)
    assert board.redraw(0) == 0


def test_a_line_moves_from_when_it_began(tmp_path: Path) -> None:
    board = Board(tmp_path)
    board.show_page(page(("Tin",), run="Mất điện"), 10_000, 99_000, 10_000)
    begun = picture(tmp_path)
    assert board.redraw(10_000) == 10_000 + REDRAW_MS
    board.redraw(12_000)
    assert picture(tmp_path).tobytes() != begun.tobytes()
    assert words(tmp_path)["run"] == "Mất điện"


def test_a_picture_comes_from_flash_and_one_that_is_none_leaves_the_screen_dark(tmp_path: Path) -> None:
    green = png(Image.new("RGB", (8, 8), (0, 200, 0)))
    board = Board(tmp_path, {"1" * 64: green, "2" * 64: b"none"}.get)
    for sha256, expected in (("1" * 64, (0, 200, 0)), ("2" * 64, (0, 0, 0)), ("3" * 64, (0, 0, 0))):
        board.show_page(page((), picture=sha256), 0, 9, 0)
        assert picture(tmp_path).getpixel((240, 135)) == expected
