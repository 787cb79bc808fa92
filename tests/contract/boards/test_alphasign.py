"""Frames of the Alpha sign protocol against published ones, and the screens that a reader of the frames gets."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image

from devices.boards.alphasign import AlphaSign, DotsFile, StringFile, TextFile, dots, frame, held, memory, text
from devices.boards.drawing import drawn
from devices.protocol.boards import BoardLook, Page, Screen
from firmware_sim.boards.board import Board, ControllerWire
from firmware_sim.core.effects import ShowPage, ShowText
from tests.contract.boards.messages import MESSAGES

LED = Screen(w=96, h=32, colours="three")
DIGITS = {(0, 0, 0): "0", (255, 0, 0): "1", (0, 255, 0): "2", (255, 255, 0): "3"}
FRAME = re.compile(rb"\x00{5}\x01Z00(\x02([^\x03]*)\x03)([0-9A-F]{4})\x04", re.DOTALL)

# Frames as others' programs for these signs send them: bytes published with the tests of the betabrite library for
# Ruby, and in two descriptions of the protocol by users of the signs (Alpha 215C, BetaBrite).
PUBLISHED = [
    (memory(TextFile("A", 256)), "0000000000015a303002452441415530313030464630300" + "4"),
    (memory(StringFile("0", 32)), "0000000000015a303002452430424c303032303030303004"),
    (memory(DotsFile("1", 7, 7)), "0000000000015a30300245243144553037303734303030" + "04"),
    (
        memory(StringFile("0", 32), TextFile("A", 256)),
        "0000000000015a303002452430424c3030323030303030" + "41415530313030464630300" + "4",
    ),
    (text("A", held(b" ", b"Message")), "0000000000015a30300241411b20624d65737361676504"),
]


@pytest.mark.parametrize(("command", "published"), PUBLISHED)
def test_a_frame_is_the_published_one(command: bytes, published: str) -> None:
    assert frame(command, with_sum=False) == bytes.fromhex(published)


def test_the_sum_is_that_of_the_bytes_from_stx_to_etx() -> None:
    sent = frame(b"AA" + b"\xff" * 300)
    assert sent.endswith(f"{(2 + 65 + 65 + 300 * 255 + 3) % 65536:04X}".encode() + b"\x04")


def test_a_picture_is_its_height_its_width_and_its_rows() -> None:
    assert dots("B", [b"012", b"300"]) == b"IB0203012\r300\r"


def read(sent: bytes) -> list[bytes]:
    """Return the commands of a stream of frames, checking their sums and that nothing is between them."""
    commands, at = [], 0
    for found in FRAME.finditer(sent):
        assert found.start() == at
        assert int(found[3], 16) == sum(found[1]) % 65536
        commands.append(found[2])
        at = found.end()
    assert at == len(sent)
    return commands


def lamps(image: Image.Image) -> list[str]:
    return ["".join(DIGITS[image.getpixel((x, y))] for x in range(image.width)) for y in range(image.height)]  # type: ignore[index] # an RGB picture's


def shown(commands: list[bytes]) -> list[str]:
    """Return the rows on the sign after these commands: the last picture of each file, one above the other."""
    files: dict[str, list[str]] = {}
    for command in commands:
        if command[:1] == b"I":
            rows = command[6:].decode().split("\r")
            assert rows.pop() == ""
            assert (len(rows), len(rows[0])) == (int(command[2:4], 16), int(command[4:6], 16))
            files[command[1:2].decode()] = rows
    return [row for label in sorted(files) for row in files[label]]


@pytest.mark.parametrize("name", MESSAGES)
def test_every_message_reaches_the_sign_lamp_by_lamp_with_every_vietnamese_letter(name: str) -> None:
    image = drawn(LED, MESSAGES[name](LED))
    assert shown(read(b"".join(AlphaSign().show(image)))) == lamps(image)


def test_a_board_is_prepared_once_and_told_what_changes(tmp_path: Path) -> None:
    board = Board(tmp_path, wire=ControllerWire(tmp_path, AlphaSign()))
    board.use(LED, 0)
    board.redraw(0)
    board.show(ShowText("LŨ QUÉT", "Sơ tán ngay.", 3, is_drill=False, until_ms=0), 9_000, 0)
    commands = read((tmp_path / "frames.bin").read_bytes())
    assert commands[:3] == [
        b"E$AAU0040FF00" + b"BDU10604000" + b"CDU10604000",
        b'AA\x1b"b\x14B\x1b&b\x14C',
        b"E.SUA",
    ]
    assert [command[:2] for command in commands[3:]] == [b"IB", b"IC", b"IB", b"IC"]
    with Image.open(tmp_path / "screen.png") as opened:
        assert shown(commands) == lamps(opened.convert("RGB"))


def test_a_line_that_moves_jumps_on_by_a_screen(tmp_path: Path) -> None:
    board = Board(tmp_path, wire=ControllerWire(tmp_path, AlphaSign()))
    board.use(LED, 0)
    page = Page((), 0, 9_000, run="Mất điện toàn xã từ 7 giờ")
    board.show_page(ShowPage("i", "", page, 0, 1, 0, 0, BoardLook(motion="scroll")), 0, 99_000, 0)
    for at_ms in range(0, 4_000, 100):
        board.redraw(at_ms)
    pictures = [command for command in read((tmp_path / "frames.bin").read_bytes()) if command[:2] == b"IB"]
    # Dark, "Mất điện toà", "n xã từ 7 gi", "ờ": in four seconds three of them.
    assert len(pictures) == 4


def test_one_picture_is_enough_for_a_low_sign_and_a_large_board_is_left_alone(tmp_path: Path) -> None:
    sign = AlphaSign()
    low = Image.new("RGB", (80, 16), (0, 0, 255))
    assert [command[:6] for command in read(b"".join(sign.show(low)))] == [b"IB1050"]
    assert read(b"".join(sign.prepare(80, 16)))[1] == b"AA\x1b0b\x14B"
    assert shown(read(b"".join(sign.show(low))))[0] == "2" * 80
    assert not sign.takes(192, 64)
    assert not sign.takes(256, 16)
    ControllerWire(tmp_path, sign).show(Image.new("RGB", (192, 64)))
    assert not (tmp_path / "frames.bin").exists()
